"""Every expression is PromQL to a parser that is not ours, and names only metrics that are known."""

from __future__ import annotations

import pytest

from alert_rules.groups import GROUPS
from alert_rules.rows import Recording
from chevet import promql, recordings
from dashboards.boards import BOARDS
from dashboards.rows import is_known
from tests.dashboards.asked import filled_in, panels
from tests.filled.selectors import names

EXPRESSIONS = sorted(
    {query.expression for _, panel in panels(BOARDS) for query in panel.queries}
    | {annotation.expression for board in BOARDS for annotation in board.annotations}
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_is_promql_and_its_metrics_are_known(expression: str) -> None:
    found = names(filled_in(expression))
    assert found
    assert all(is_known(name) for name in found)
    assert found == promql.names(expression)


def test_no_variable_is_left_that_no_dashboard_offers() -> None:
    for board in BOARDS:
        offered = {f"${variable.name}" for variable in board.variables} | {promql.STEP, promql.RATE, promql.SHOWN}
        for panel in board.panels:
            for query in panel.queries:
                left = query.expression
                for name in offered:
                    left = left.replace(name, "")
                assert "$" not in left, (board.name, panel.title.en, query.expression)


def test_what_is_drawn_as_recorded_is_recorded_by_a_rule() -> None:
    recorded = {rule.name for group in GROUPS for rule in group.rules if isinstance(rule, Recording)}
    assert recordings.NAMES - {recordings.ALERTS} <= recorded


def test_the_parser_finds_a_name_that_the_spelling_hides() -> None:
    assert names('sum by (a) (x{b="up"}) / on (a) rate(y[5m]) + z offset 5m') == {"x", "y", "z"}
    assert promql.names('sum by (a) (x{b="up"}) / on (a) rate(y[5m]) + z offset 5m') == {"x", "y", "z"}
