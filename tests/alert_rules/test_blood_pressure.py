"""Blood pressure averaged at home: the limits and the protocol by hand, and Prometheus averages as the library does."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alert_rules import blood_pressure
from alert_rules.prometheus import rule_file
from alert_rules.rows import Recording
from chevet.home_pressure import Reading, average
from tests.alert_rules.promtool import Case, failures

METRICS = {"systolic": "chevet_vital_systolic_pressure_mmhg", "diastolic": "chevet_vital_diastolic_pressure_mmhg"}
HOURS = 240
"""That each case lasts; readings are told by how many hours before its end they were."""
BEGINNING = {"up": "1"}
"""Something at the very beginning: promtool takes no sample that is older by an hour than the first it is given."""
Readings = dict[float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """ESC 2024, ESH 2023: from `bound` on an average at home is hypertension."""

    alert: str
    which: str
    bound: int
    titles: tuple[str, str]


TYPED = (
    Typed(
        alert="ChevetHomeSystolicPressureHigh",
        which="systolic",
        bound=135,
        titles=("systolic pressure", "pression systolique"),
    ),
    Typed(
        alert="ChevetHomeDiastolicPressureHigh",
        which="diastolic",
        bound=85,
        titles=("diastolic pressure", "pression diastolique"),
    ),
)


def _text(readings: Readings) -> str:
    by_slot = {round((HOURS - ago) * 2): value for ago, value in readings.items()}
    return " ".join(str(by_slot.get(slot, "_")) for slot in range(2 * HOURS + 1))


def days(*values: int, each: int = 4) -> Readings:
    """So many readings a day of one value each, the last value on the last day."""
    return {24 * ago + 1 + hour: value for ago, value in enumerate(reversed(values)) for hour in range(each)}


def _case(typed: Typed, name: str, readings: Readings, told: str = "", kept: int = 0) -> Case:
    en, fr = typed.titles
    says = (
        f"{en} at home, average of up to 7 days: {told} mmHg (limit ≥ {typed.bound} mmHg, from {kept} readings), "
        "patient p1",
        f"{fr} à domicile, moyenne de 7 jours au plus : {told} mmHg (limite ≥ {typed.bound} mmHg, d'après {kept} "
        "mesures), patient p1",
        "For the next appointment: tablets taken, salt, pain, alcohol? Was the cuff at the height of the heart?",
        "Pour la prochaine consultation : traitement pris, sel, douleur, alcool ? Brassard à hauteur du cœur ?",
    )
    series = {f'{METRICS[typed.which]}{{gateway="g01",device="d1",patient="p1"}}': _text(readings)}
    return Case(
        name=f"{typed.alert}: {name}",
        alert=typed.alert,
        series=BEGINNING | series,
        every="30m",
        evaluated=f"{HOURS}h",
        at=f"{HOURS}h",
        says=says if told else None,
        labels={"rule": "blood_pressure.home", "kind": "clinical", "severity": "low"},
        of=("patient",),
    )


def _cases(typed: Typed) -> Iterator[Case]:
    bound, told = typed.bound, str(typed.bound)
    yield _case(typed, "three days, the first dropped", days(60, bound, bound), told, 8)
    yield _case(typed, "one reading of eight is 1 lower", days(60, bound, bound) | {1: bound - 1})
    yield _case(typed, "seven days, the oldest dropped", days(60, *[bound] * 6), told, 24)
    yield _case(typed, "the eighth day back is no day of seven", days(200, 60, *[bound] * 6), told, 24)
    yield _case(typed, "six days, their first is dropped", days(60, *[bound] * 5), told, 20)
    yield _case(typed, "the first day is high, the others are not", days(200, *[bound - 1] * 6))
    few = days(bound, bound, bound)
    yield _case(typed, "one of twelve is missing", {ago: value for ago, value in few.items() if ago != 49})
    yield _case(typed, "one of the eight that are kept is missing", {**_without(few, 1), 53: bound})
    yield _case(typed, "twelve in two days are two days and four kept", {**days(bound, bound, each=6)})
    yield _case(typed, "a day begins 24 hours ago", {**_without(few, 1), 47.5: bound}, told, 8)
    yield _case(typed, "and not before", {**_without(few, 1), 48: bound})


def _without(readings: Readings, ago: float) -> Readings:
    return {when: value for when, value in readings.items() if when != ago}


CASES = tuple(case for typed in TYPED for case in _cases(typed))


def test_the_average_at_home_is_held_from_both_sides_and_too_few_readings_say_nothing(tmp_path: Path) -> None:
    assert failures(tmp_path, [blood_pressure.GROUP], CASES) == ""


def test_every_alert_has_its_numbers_by_hand() -> None:
    assert {typed.alert for typed in TYPED} == {alert.name for alert in blood_pressure.GROUP.alerts}


def _random(draw: random.Random) -> Readings:
    times = draw.sample(range(2 * 190), draw.randint(1, 30))
    return {half / 2: draw.randint(90, 190) for half in sorted(times)}


def _test(readings: Readings) -> dict[str, Any]:
    """One person's readings, diastolic two thirds of systolic, and what the library makes of them."""
    diastolic = {ago: round(value * 0.65) for ago, value in readings.items()}
    until = HOURS * 3_600_000
    found = average(
        [
            Reading(at=until - round(ago * 3_600_000), systolic=value, diastolic=diastolic[ago])
            for ago, value in readings.items()
        ],
        until,
    )
    told: dict[str, float] = {}
    if found is not None:
        for which, mean in (("systolic", found.systolic), ("diastolic", found.diastolic)):
            told[f'chevet:home_pressure:average_mmhg{{patient="p1",vital="{which}_pressure"}}'] = mean
    inputs = {
        f'{METRICS[which]}{{patient="p1",gateway="g",device="cuff"}}': _text(values)
        for which, values in (("systolic", readings), ("diastolic", diastolic))
    }
    asked = [
        {"expr": expression, "eval_time": f"{HOURS}h", "exp_samples": samples}
        for expression, samples in (
            ("chevet:home_pressure:average_mmhg", [{"labels": name, "value": value} for name, value in told.items()]),
            (
                'max without (readings, vital, patient) (chevet:home_pressure:readings{readings="kept"})',
                [] if found is None else [{"labels": "{}", "value": found.kept}],
            ),
        )
    ]
    return {
        "interval": "30m",
        "input_series": [{"series": name, "values": values} for name, values in (BEGINNING | inputs).items()],
        "promql_expr_test": asked,
    }


def _compared(folder: Path, tests: list[dict[str, Any]]) -> str:
    """What promtool finds unequal between Prometheus's averages and the library's."""
    recorded = tuple(rule for rule in blood_pressure.GROUP.rules if isinstance(rule, Recording))
    (folder / "rules.yml").write_text(rule_file(replace(blood_pressure.GROUP, rules=recorded)))
    content = {"rule_files": ["rules.yml"], "evaluation_interval": f"{HOURS}h", "tests": tests}
    (folder / "cases.yml").write_text(json.dumps(content))
    done = subprocess.run(
        ["promtool", "test", "rules", "cases.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[:2000]


def test_prometheus_averages_two_hundred_people_as_the_library_does(tmp_path: Path) -> None:
    draw = random.Random(135)
    assert _compared(tmp_path, [_test(_random(draw)) for _ in range(200)]) == ""


def test_an_unequal_average_would_be_found(tmp_path: Path) -> None:
    one = _test(days(60, 140, 140))
    one["promql_expr_test"][0]["exp_samples"][0]["value"] += 1
    assert "FAILED" in _compared(tmp_path, [one])
