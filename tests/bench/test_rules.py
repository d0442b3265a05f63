"""Numbers are found in rows that nobody listed, rules are built anew from others, and a case that is missing shows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from bench import chain, mutants
from bench.errors import Unmeasured
from bench.mutations import OF_RULES, UNSHIFTED, Number, numbers, shifted, why_not
from bench.progress import progress
from bench.rebuilt import assigned, rebuilt
from bench.trials import rules
from chevet.errors import ChevetError
from tests.alert_rules import typed

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> list[Number]:
    return list(numbers(assigned()[1]))


def changes_a_rule(number: Number, before: dict[object, str]) -> bool:
    for mutation in shifted(number):
        try:
            world = rebuilt(number.place, mutation.value)
        except Exception as refusal:
            if not any(one.__name__ == ChevetError.__name__ for one in type(refusal).__mro__):
                raise
            continue
        if {place: repr(rule) for place, rule in rules(world).items()} != before:
            return True
    return False


def test_every_number_in_a_row_changes_a_rule_or_stands_in_the_table_with_a_reason(found: list[Number]) -> None:
    before = {place: repr(rule) for place, rule in rules(assigned()[0]).items()}
    fields: dict[tuple[str, str], list[Number]] = defaultdict(list)
    for number in found:
        if number.is_row or number.place.module.startswith(OF_RULES):
            fields[number.owner, number.field].append(number)
    unknown = [
        field
        for field, some in fields.items()
        if not why_not(*field) and not any(changes_a_rule(number, before) for number in some)
    ]
    assert unknown == []


def test_the_table_of_what_is_not_shifted_names_nothing_that_is_gone(found: list[Number]) -> None:
    assert set(UNSHIFTED) <= {(number.owner, number.field) for number in found}


def test_another_bound_in_a_row_is_another_in_the_expression_and_in_both_sentences(found: list[Number]) -> None:
    charge = next(one for one in found if (one.row, one.field) == ("ChevetSensorBatteryEmpty", "bound"))
    world = rebuilt(charge.place, 6)
    alert = next(rule for rule in rules(world).values() if rule.name == "ChevetSensorBatteryEmpty")
    assert alert.expression.endswith("<= 6")
    assert "(limit ≤ 6 %)" in alert.summary.en
    assert "(limite ≤ 6 %)" in alert.summary.fr


def test_a_number_of_the_catalogue_is_another_in_all_that_is_made_of_it(found: list[Number]) -> None:
    stale = next(one for one in found if one.field == "stale_after" and one.row == "heart_rate")
    world = rebuilt(stale.place, stale.value + stale.step)
    other = [rule.name for rule in rules(world).values() if "360s" in rule.expression]
    assert {"ChevetHeartRateSilent", "ChevetSensorSilent"} <= set(other)


def test_rules_are_as_they_were_after_they_were_others(found: list[Number]) -> None:
    before = repr(assigned()[0].groups)
    rebuilt(found[0].place, found[0].value + 1)
    assert repr(assigned()[0].groups) == before


@pytest.mark.parametrize(
    ("row", "field", "step"),
    [
        ("ChevetSensorBatteryLow", "bound", 1),
        ("ChevetSensorBatteryLow", "lasting", 60),
        ("ChevetGatewayOffline", "bound", 60),
        ("heart_rate", "stale_after", 60),
    ],
)
def test_a_number_is_shifted_by_the_smallest_step_in_which_it_is_measured(
    found: list[Number], row: str, field: str, step: float
) -> None:
    number = next(one for one in found if (one.row, one.field) == (row, field))
    assert [one.value - number.value for one in shifted(number)] == [-step, step]


def test_a_temperature_is_shifted_by_a_tenth(found: list[Number]) -> None:
    limits = [one for one in found if one.owner == "Limit" and one.field == "value" and one.value in (35.0, 39.1, 40.0)]
    tenths = {
        round(abs(one.value - number.value), 6) for number in limits if number.step < 1 for one in shifted(number)
    }
    assert tenths == {0.1}


def test_what_no_case_holds_from_its_other_side_is_missed() -> None:
    cases = [case for case in typed.cases() if "too early" not in case.name]
    some = mutants.found(cases, "ChevetSpoolFull.lasting").mutants
    missed = [str(mutant.mutation) for mutant, is_caught in mutants.caught(some) if not is_caught]
    assert missed == ["alert_rules.storage: ChevetSpoolFull.lasting 120 → 60"]


def test_cases_that_do_not_hold_from_the_start_are_refused_by_the_name_of_the_rule() -> None:
    cases = [case for case in typed.cases() if getattr(case, "alert", "") == "ChevetSpoolFull"]
    some = mutants.found(cases, "ChevetSpoolFull.lasting").mutants
    odd = [type(case)(**{**_fields(case), "at": "0m"}) for case in cases]
    with pytest.raises(Unmeasured, match=r"^ChevetSpoolFull: expected its cases to hold before anything is shifted"):
        mutants.require_kept(odd, some)


def _fields(case: object) -> dict[str, object]:
    return {name: getattr(case, name) for name in case.__slots__}  # type: ignore[attr-defined]


def test_the_last_line_counts_what_was_caught() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "rules", "--of", "ChevetSpoolFull"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    assert result["mutations"] == result["caught"] > 2
    assert result["missed"] == 0
    assert result["cases"] > result["alerts"] > 90


def test_each_patient_beyond_a_limit_is_told_to_the_webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "SPREAD", 5)
    delays = chain.delays(tmp_path, 4, 1, progress())
    assert len(delays) == 4
    assert all(0 < one.told < 90 and one.ruled <= one.told for one in delays)
