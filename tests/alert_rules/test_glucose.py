"""Time with too low or too high glucose: the consensus's shares by hand, and Prometheus counts as the library does."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alert_rules import glucose
from alert_rules.prometheus import rule_file
from alert_rules.rows import Group, Recording
from chevet.glucose import ADULTS, Goal
from chevet.time_in_range import Reading, Stretch, completeness, share, slots
from tests.alert_rules.promtool import Case, failures

SENSOR = "chevet_vital_glucose_sensor_mg_per_dl"
BEGINNING = {"up": "1"}
"""Something at the very beginning: promtool takes no sample that is older by an hour than the first it is given."""
GROUPS = (glucose.DAILY, glucose.FORTNIGHTLY)
LOW_NOW = (
    "Call the patient now: meals left out, exertion, too much insulin? Tell the doctor before the next dose.",
    "Appeler le patient maintenant : repas sauté, effort, trop d'insuline ? Médecin prévenu avant la dose suivante.",
)
LOW_TODAY = (
    "Call the patient today: are lows felt, what was eaten and injected? Tell the doctor if it comes again.",
    "Appeler le patient ce jour : les sent-il, quels repas, quelles doses ? Médecin prévenu si cela revient.",
)
LOW = (
    "Have the doctor look at the day's profile: at which hour is it low, and which dose comes before?",
    "Faire lire au médecin le profil de la journée : à quelle heure est-ce bas, et quelle dose précède ?",
)
HIGH_TODAY = (
    "Call the patient: ill, a dose forgotten, a pump or a pen that fails? Thirst, nausea: the doctor now.",
    "Appeler le patient : malade, dose oubliée, pompe ou stylo en panne ? Soif, nausées : médecin aussitôt.",
)
HIGH = (
    "Bring the next appointment forward: meals and doses beside the day's profile.",
    "Avancer le prochain rendez-vous : repas et doses en regard du profil de la journée.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """By hand: the last value that is beyond and the first that is not; `needed` of `readings` miss the goal."""

    alert: str
    rule: str
    severity: str
    beyond: int
    not_beyond: int
    readings: int
    needed: int
    told: str
    limit: str
    where: tuple[str, str]
    first: tuple[str, str]


BELOW_54 = ("below 54 mg/dL", "sous 54 mg/dL")
BELOW_70 = ("below 70 mg/dL", "sous 70 mg/dL")
ABOVE_180 = ("above 180 mg/dL", "au-dessus de 180 mg/dL")
ABOVE_250 = ("above 250 mg/dL", "au-dessus de 250 mg/dL")


def _typed(
    alert: str,
    rule: str,
    severity: str,
    values: tuple[int, int],
    counts: tuple[int, int],
    told: str,
    limit: str,
    where: tuple[str, str],
    first: tuple[str, str],
) -> Typed:
    return Typed(
        alert=alert,
        rule=f"glucose_sensor.{rule}",
        severity=severity,
        beyond=values[0],
        not_beyond=values[1],
        needed=counts[0],
        readings=counts[1],
        told=told,
        limit=limit,
        where=where,
        first=first,
    )


# Consensus 2019, adults: <1 % below 54, <4 % below 70, <25 % above 180, <5 % above 250. A day has 288 readings.
DAYS = (
    _typed("ChevetGlucoseBelow54Day", "low_day", "medium", (53, 54), (3, 288), "1.0", "1", BELOW_54, LOW_NOW),
    _typed("ChevetGlucoseBelow70Day", "low_day", "low", (69, 70), (9, 225), "4.0", "4", BELOW_70, LOW_TODAY),
    _typed("ChevetGlucoseAbove250Day", "high_day", "low", (251, 250), (11, 220), "5.0", "5", ABOVE_250, HIGH_TODAY),
)
FORTNIGHTS = (
    _typed("ChevetGlucoseBelow54Fortnight", "low_fortnight", "low", (53, 54), (40, 4000), "1.0", "1", BELOW_54, LOW),
    _typed("ChevetGlucoseBelow70Fortnight", "low_fortnight", "low", (69, 70), (160, 4000), "4.0", "4", BELOW_70, LOW),
    _typed(
        "ChevetGlucoseAbove180Fortnight",
        "high_fortnight",
        "low",
        (181, 180),
        (1000, 4000),
        "25.0",
        "25",
        ABOVE_180,
        HIGH,
    ),
    _typed(
        "ChevetGlucoseAbove250Fortnight", "high_fortnight", "low", (251, 250), (200, 4000), "5.0", "5", ABOVE_250, HIGH
    ),
)
# Of 288 readings 70 % are 201.6, of 4032 they are 2822.4.
ENOUGH_OF_DAY, ENOUGH_OF_FORTNIGHT = 202, 2823
KNOWN = {288: "100", 225: "78", 220: "76", 4000: "99", 202: "70", 2823: "70"}


def _cases(typed: Typed) -> Iterator[Case]:
    enough = ENOUGH_OF_DAY if typed in DAYS else ENOUGH_OF_FORTNIGHT
    others = typed.readings - typed.needed
    yield _case(typed, "its share", [(typed.beyond, typed.needed), (100, others)], typed.told)
    yield _case(typed, "one reading less", [(typed.beyond, typed.needed - 1), (100, others + 1)])
    yield _case(typed, "always at the bound", [(typed.not_beyond, typed.readings)])
    yield _case(typed, "just enough readings", [(typed.beyond, enough)], "100.0")
    yield _case(typed, "one reading too few to tell", [(typed.beyond, enough - 1)])


def _case(typed: Typed, name: str, values: list[tuple[int, int]], told: str = "") -> Case:
    """The newest of them at the end of the span; what was before, nobody knows."""
    days = 1 if typed in DAYS else 14
    readings = sum(count for _, count in values)
    row = " ".join(f"{value}x{count - 1}" for value, count in values if count)
    known = KNOWN.get(readings, "")
    span = ("24 h", "24 h") if days == 1 else ("14 days", "14 jours")
    says = (
        f"glucose {typed.where[0]} for {told} % of {span[0]} (limit ≥ {typed.limit} %, from {known} % of the "
        "readings), patient p1",
        f"glycémie {typed.where[1]} pendant {told} % de {span[1]} (limite ≥ {typed.limit} %, d'après {known} % des "
        "mesures), patient p1",
        *typed.first,
    )
    return Case(
        name=f"{typed.alert}: {name}",
        alert=typed.alert,
        series={f'{SENSOR}{{gateway="g01",device="d1",patient="p1"}}': f"_x{288 * days - readings + 1} {row}"},
        every="5m",
        evaluated=f"{24 * days}h",
        at=f"{24 * days}h",
        says=says if told else None,
        labels={"rule": typed.rule, "kind": "clinical", "severity": typed.severity},
        of=("patient",),
    )


def _two_sensors() -> Case:
    """One is taken off at noon, the next is put on: 3 readings of both together are below 54."""
    one = _case(DAYS[0], "a sensor changed at noon", [(53, 3), (100, 285)], "1.0")
    series = {
        f'{SENSOR}{{gateway="g01",device="old",patient="p1"}}': "_ 53x1 100x141",
        f'{SENSOR}{{gateway="g01",device="new",patient="p1"}}': "_x145 53 100x142",
    }
    return replace(one, series=BEGINNING | series)


def _each_minute() -> Case:
    """Far more readings than a day's, all of them in its last sixteen hours: two thirds, twelve of each hour."""
    worn = _case(DAYS[0], "a sensor that tells each minute, worn for sixteen hours", [(53, 960)])
    series = {f'{SENSOR}{{gateway="g01",device="d1",patient="p1"}}': "_x481 53x959"}
    return replace(worn, series=BEGINNING | series, every="1m")


CASES = (*(case for typed in (*DAYS, *FORTNIGHTS) for case in _cases(typed)), _two_sensors(), _each_minute())


def test_every_share_is_held_from_both_sides_and_too_few_readings_say_nothing(tmp_path: Path) -> None:
    assert failures(tmp_path, GROUPS, CASES) == ""


def test_every_alert_has_its_numbers_by_hand() -> None:
    told = {typed.alert for typed in (*DAYS, *FORTNIGHTS)}
    assert told == {alert.name for group in GROUPS for alert in group.alerts}


def test_an_alert_is_called_by_the_bound_that_it_judges() -> None:
    for row in glucose.TOO_LONG:
        bound = f"{row.goal.where.capitalize()}{row.goal.bounds[0].mg_per_dl}"
        assert row.name == f"ChevetGlucose{bound}{row.span.name.capitalize()}"


Series = dict[int, int]
"""Values by the minute since the beginning."""


def _random(draw: random.Random, minutes: int) -> Series:
    """A sensor that is late, silent for hours, says things twice in a slot, and begins and ends when it likes."""
    first, last = sorted(draw.sample(range(1, minutes), 2)) if draw.random() < 0.4 else (1, minutes)
    values: Series = {}
    minute, level = first, draw.choice((60, 120, 220))
    while minute <= last:
        values[minute] = round(draw.gauss(level, 45)) if draw.random() < 0.9 else draw.choice((54, 70, 180, 250))
        minute += draw.choice((5, 5, 5, 5, 4, 6, 1, 2, 10)) if draw.random() < 0.995 else draw.randint(60, 400)
    return values


def _text(values: Series) -> str:
    return " ".join(str(values.get(minute, "_")) for minute in range(max(values) + 1))


def _recorded_alone(group: Group) -> Group:
    return replace(group, rules=tuple(rule for rule in group.rules if isinstance(rule, Recording)))


def _compared(folder: Path, group: Group, days: int, people: list[dict[str, Series]]) -> str:
    """What promtool finds unequal between Prometheus's shares and the library's, a minute after the last day."""
    until = days * 1440 + 1
    (folder / "rules.yml").write_text(rule_file(_recorded_alone(group)))
    tests = [_test(sensors, until, days) for sensors in people]
    content = {"rule_files": ["rules.yml"], "evaluation_interval": f"{until}m", "tests": tests}
    (folder / "cases.yml").write_text(json.dumps(content))
    done = subprocess.run(
        ["promtool", "test", "rules", "cases.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[:2000]


def _test(sensors: dict[str, Series], until: int, days: int) -> dict[str, Any]:
    """One person's readings, and what the library makes of them."""
    stretch = Stretch(until=until * 60_000, days=days)
    readings = [
        Reading(at=minute * 60_000, value=value, device=device)
        for device, values in sensors.items()
        for minute, value in values.items()
    ]
    own = f'over="{days}d",patient="p1"'
    found = {region: share(goal, slots(readings, stretch)) for region, goal in _regions(days).items()}
    shares = {
        f'chevet:glucose:share_percent{{{own},region="{region}"}}': one
        for region, one in found.items()
        if one is not None
    }
    complete = completeness(readings, stretch)
    known = {f"chevet:glucose:completeness_percent{{{own}}}": complete} if complete else {}
    inputs = [
        {"series": f'{SENSOR}{{patient="p1",gateway="g",device="{device}"}}', "values": _text(values)}
        for device, values in sensors.items()
    ]
    inputs += [{"series": name, "values": values} for name, values in BEGINNING.items()]
    asked = [
        {"expr": name, "eval_time": f"{until}m", "exp_samples": [{"labels": k, "value": v} for k, v in told.items()]}
        for name, told in (("chevet:glucose:share_percent", shares), ("chevet:glucose:completeness_percent", known))
    ]
    return {"interval": "1m", "input_series": inputs, "promql_expr_test": asked}


def _regions(days: int) -> dict[str, Goal]:
    _, below_70, below_54, above_180, above_250 = ADULTS
    of_day = {"below_54": below_54, "below_70": below_70, "above_250": above_250}
    return of_day if days == 1 else of_day | {"above_180": above_180}


def _people(number: int, days: int, seed: int) -> list[dict[str, Series]]:
    draw = random.Random(seed)
    return [
        {device: _random(draw, days * 1440) for device in ("left", "right")[: draw.choice((1, 1, 2))]}
        for _ in range(number)
    ]


def test_prometheus_counts_a_day_of_two_hundred_people_as_the_library_does(tmp_path: Path) -> None:
    assert _compared(tmp_path, glucose.DAILY, 1, _people(200, 1, seed=2019)) == ""


def test_prometheus_counts_a_fortnight_of_ten_people_as_the_library_does(tmp_path: Path) -> None:
    assert _compared(tmp_path, glucose.FORTNIGHTLY, 14, _people(10, 14, seed=1593)) == ""


def test_an_unequal_share_would_be_found(tmp_path: Path) -> None:
    (person,) = _people(1, 1, seed=1)
    other = replace(glucose.TOO_LONG[0], goal=replace(glucose.TOO_LONG[0].goal, bounds=glucose.TOO_LONG[1].goal.bounds))
    wrong = Recording(
        name="chevet:glucose:share_percent",
        expression=glucose.share(other.goal, glucose.DAY),
        labels={"over": "1d", "region": "below_54"},
    )
    rules = tuple(
        wrong if isinstance(rule, Recording) and rule.labels.get("region") == "below_54" else rule
        for rule in glucose.DAILY.rules
    )
    assert "FAILED" in _compared(tmp_path, replace(glucose.DAILY, rules=rules), 1, [person])
