"""Weight that rises fast: two kilograms in three days by hand, and Prometheus's gain equal to the library's."""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from alert_rules import weight
from alert_rules.prometheus import rule_file
from alert_rules.rows import Recording
from chevet.weight import Reading, gained
from tests.alert_rules.promtool import Case, failures

METRIC = "chevet_vital_weight_grams"
HOURS = 240
"""That each case lasts; weighings are told by how many hours before its end they were."""
BEGINNING = {"up": "1"}
"""Something at the very beginning: promtool takes no sample that is older by an hour than the first it is given."""
Weighings = dict[float, int]


def _text(weighings: Weighings) -> str:
    by_slot = {round((HOURS - ago) * 2): grams for ago, grams in weighings.items()}
    return " ".join(str(by_slot.get(slot, "_")) for slot in range(2 * HOURS + 1))


def _case(name: str, told: str, **scales: Weighings) -> Case:
    says = (
        f"weight gained in 3 days: {told} kg (limit ≥ 2 kg), patient p1",
        f"poids pris en 3 jours : {told} kg (limite ≥ 2 kg), patient p1",
        "Have them weigh again, undressed. If it is so: breath, ankles, tablets? Tell the doctor today.",
        "Faire repeser sans vêtements. Si confirmé : souffle, chevilles, comprimés ? Médecin prévenu ce jour.",
    )
    series = {
        f'{METRIC}{{gateway="g01",device="{scale}",patient="p1"}}': _text(weighings)
        for scale, weighings in scales.items()
    }
    return Case(
        name=name,
        alert="ChevetWeightRising",
        series=BEGINNING | series,
        every="30m",
        evaluated=f"{HOURS}h",
        at=f"{HOURS}h",
        says=says if told else None,
        labels={"rule": "weight.rising", "kind": "clinical", "severity": "medium"},
        of=("patient",),
    )


BEFORE: Weighings = {98: 69_000, 74: 70_000, 50: 71_000}
STEADY: Weighings = {98: 70_000, 74: 70_000, 50: 70_000}
RISING: Weighings = {111: 70_000, 87: 70_700, 63: 71_400, 39: 72_100}
"""By 700 g a day."""
# Now: of the last 24 h the lightest, else the newest of the last 50 h. Before: from 118 to 46 h ago, two at least.
CASES = (
    _case("two kilograms above the median of three days", "2.0", d1={**BEFORE, 26: 70_000, 2: 72_000}),
    _case("a gram less", "", d1={**BEFORE, 26: 70_000, 2: 71_999}),
    _case("of a day's weighings the lightest counts", "", d1={**STEADY, 14: 71_900, 2: 74_000}),
    _case("a weighing of just under a day ago is of the day", "", d1={**STEADY, 23.5: 71_900, 2: 74_000}),
    _case("a weighing of a day ago is not", "4.0", d1={**STEADY, 24: 71_900, 2: 74_000}),
    _case("of two days the newest speaks where none is of the day", "3.0", d1={**STEADY, 30: 72_000, 25: 73_000}),
    _case("for not quite fifty hours it speaks", "3.0", d1={98: 70_000, 74: 70_000, 49.5: 73_000, 73: 70_000}),
    _case("after fifty hours it is no longer current", "", d1={98: 70_000, 74: 70_000, 73: 70_000, 50: 73_000}),
    _case("one weighing before is too few", "", d1={74: 70_000, 2: 73_000}),
    _case("two are enough", "3.0", d1={74: 70_000, 50: 70_000, 2: 73_000}),
    _case("before begins 118 hours ago", "", d1={118: 70_000, 74: 70_000, 2: 73_000}),
    _case("and holds what came just after", "3.0", d1={117.5: 70_000, 74: 70_000, 2: 73_000}),
    _case("it ends 46 hours ago", "3.0", d1={74: 70_000, 46: 70_000, 2: 73_000}),
    _case("and holds nothing that came later", "", d1={74: 70_000, 45.5: 70_000, 2: 73_000}),
    _case("in the evening the morning's weight says the same", "2.1", d1={**RISING, 14: 72_800}),
    _case(
        "so it does just before the next", "2.1", d1={ago + 6.5: one for ago, one in RISING.items()} | {21.5: 72_800}
    ),
    _case("one foot beside the scale changes no median", "", d1={98: 70_000, 74: 41_000, 50: 70_100, 2: 70_500}),
    _case("no two scales agree", "", home={**STEADY, 2: 70_100}, ward={1: 74_000}),
    _case("of two scales the one that shows more counts", "2.5", a={**STEADY, 2: 70_000}, b={**STEADY, 2: 72_500}),
)


def test_two_kilograms_in_three_days_are_told_and_what_is_odd_is_not(tmp_path: Path) -> None:
    assert failures(tmp_path, [weight.GROUP], CASES) == ""


def _random(draw: random.Random) -> dict[str, Weighings]:
    scales = ["a", "b"][: draw.choice((1, 1, 2))]
    return {scale: _weighings(draw) for scale in scales}


def _weighings(draw: random.Random) -> Weighings:
    times = draw.sample(range(2 * 140), draw.randint(1, 14))
    return {half / 2: draw.randint(60_000, 90_000) for half in sorted(times)}


def _compared(folder: Path, people: list[dict[str, Weighings]]) -> str:
    """What promtool finds unequal between the most that each person gained and what the library says."""
    recorded = tuple(rule for rule in weight.GROUP.rules if isinstance(rule, Recording))
    (folder / "rules.yml").write_text(rule_file(replace(weight.GROUP, rules=recorded)))
    content = {"rule_files": ["rules.yml"], "evaluation_interval": f"{HOURS}h", "tests": [_test(one) for one in people]}
    (folder / "cases.yml").write_text(json.dumps(content))
    done = subprocess.run(
        ["promtool", "test", "rules", "cases.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[:2000]


def _test(scales: dict[str, Weighings]) -> dict[str, Any]:
    readings = [
        Reading(at=round((HOURS - ago) * 3_600_000), grams=grams, device=scale)
        for scale, weighings in scales.items()
        for ago, grams in weighings.items()
    ]
    found = gained(readings, HOURS * 3_600_000)
    inputs = [
        {"series": f'{METRIC}{{patient="p1",gateway="g",device="{scale}"}}', "values": _text(weighings)}
        for scale, weighings in scales.items()
    ]
    samples = [] if found is None else [{"labels": '{patient="p1"}', "value": found.grams}]
    asked = {"expr": "max by (patient) (chevet:weight:gained_grams)", "eval_time": f"{HOURS}h", "exp_samples": samples}
    inputs += [{"series": name, "values": values} for name, values in BEGINNING.items()]
    return {"interval": "30m", "input_series": inputs, "promql_expr_test": [asked]}


def test_prometheus_sees_what_three_hundred_people_gained_as_the_library_does(tmp_path: Path) -> None:
    draw = random.Random(2021)
    people = [_random(draw) for _ in range(300)]
    assert sum(1 for one in people if _test(one)["promql_expr_test"][0]["exp_samples"]) > 100
    assert _compared(tmp_path, people) == ""


def test_an_unequal_gain_would_be_found(tmp_path: Path) -> None:
    person = _test({"a": {**STEADY, 2: 72_000}})
    person["promql_expr_test"][0]["exp_samples"][0]["value"] = 2001
    (tmp_path / "rules.yml").write_text(rule_file(weight.GROUP))
    content = {"rule_files": ["rules.yml"], "evaluation_interval": f"{HOURS}h", "tests": [person]}
    (tmp_path / "cases.yml").write_text(json.dumps(content))
    done = subprocess.run(["promtool", "test", "rules", "cases.yml"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode != 0
