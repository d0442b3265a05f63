"""A row refuses nonsense, and its sentences and its expression take the bound from the same place."""

from __future__ import annotations

from typing import Any

import pytest

from alert_rules.conditions import DAY, Condition, Unit, of
from alert_rules.rows import Sentence
from chevet.errors import BadRow
from chevet.severities import Severity


def condition(**given: Any) -> Condition:
    fields: dict[str, Any] = {
        "name": "ChevetTried",
        "rule": "tried",
        "measured": "chevet_gateway_battery_percent",
        "operator": "<=",
        "bound": 15,
        "unit": Unit.PERCENT,
        "severity": Severity.LOW,
        "whose": of("device", "gateway"),
        "what": Sentence(en="charge", fr="charge restante"),
        "first": Sentence(en="Look.", fr="Voir."),
    }
    return Condition(**fields | given)


@pytest.mark.parametrize("operator", ["=", "!=", "=~", "", "≥"])
def test_an_operator_that_no_bound_has_is_refused_by_the_name_of_the_row(operator: str) -> None:
    with pytest.raises(BadRow, match=r"^ChevetTried\.operator: expected == or >= or <= or > or <, got"):
        condition(operator=operator)


@pytest.mark.parametrize("operator", ["==", ">", "<"])
def test_a_more_urgent_row_can_only_take_over_from_a_bound_that_it_lies_beyond(operator: str) -> None:
    with pytest.raises(BadRow, match=r"^ChevetTried\.operator: expected ≥ or ≤ with until"):
        condition(operator=operator, until=5)


def test_another_bound_changes_the_expression_and_both_sentences() -> None:
    before, after = condition(), condition(bound=16)
    assert (before.expression, after.expression) == (
        "(chevet_gateway_battery_percent) <= 15",
        "(chevet_gateway_battery_percent) <= 16",
    )
    assert "(limit ≤ 16 %), {{ $labels.device }} of {{ $labels.gateway }}" in after.summary.en
    assert "(limite ≤ 16 %), {{ $labels.device }} de {{ $labels.gateway }}" in after.summary.fr


@pytest.mark.parametrize(
    ("seconds", "en", "fr"),
    [(2, "2 s", "2 s"), (90, "90 s", "90 s"), (300, "5 min", "5 min"), (7200, "2 h", "2 h"), (3 * DAY, "3 d", "3 j")],
)
def test_a_duration_is_written_as_people_write_it(seconds: float, en: str, fr: str) -> None:
    row = condition(unit=Unit.DURATION, bound=seconds)
    assert row.summary.en.endswith(f"(limit ≤ {en}), {{{{ $labels.device }}}} of {{{{ $labels.gateway }}}}")
    assert f"(limite ≤ {fr})" in row.summary.fr
