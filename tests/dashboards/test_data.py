"""Every panel's question has an answer in a Prometheus that simulated patients and recording rules have filled."""

from __future__ import annotations

import pytest

from dashboards.boards import BOARDS
from dashboards.rows import Dashboard, Panel, Query
from tests.dashboards.asked import answer, panels
from tests.filled.history import FALLEN
from tests.filled.store import Filled

PANELS = panels(BOARDS)
EMPTY = [(name, panel) for name, panel in PANELS if panel.empty]
FULL = [(name, panel) for name, panel in PANELS if not panel.empty]


@pytest.mark.parametrize(("name", "panel"), FULL, ids=[f"{name}-{panel.title.en}" for name, panel in FULL])
def test_each_query_of_a_panel_has_data(filled: Filled, name: str, panel: Panel) -> None:
    silent = [query.expression for query in panel.queries if not answer(filled, query)]
    assert silent == []


@pytest.mark.parametrize(("name", "panel"), EMPTY, ids=[f"{name}-{panel.title.en}" for name, panel in EMPTY])
def test_what_is_rightly_empty_is_filled_by_its_episode_and_by_nothing_else(
    filled: Filled, name: str, panel: Panel
) -> None:
    for query in panel.queries:
        assert answer(filled, query) == []
        assert answer(filled, query, patient=FALLEN)


@pytest.mark.parametrize("board", [board for board in BOARDS if board.annotations], ids=lambda board: board.name)
def test_each_annotation_marks_something(filled: Filled, board: Dashboard) -> None:
    for annotation in board.annotations:
        assert answer(filled, Query(expression=annotation.expression, legend=annotation.title))


@pytest.mark.parametrize("board", [board for board in BOARDS if board.variables], ids=lambda board: board.name)
def test_each_variable_has_values_to_choose_from(filled: Filled, board: Dashboard) -> None:
    for variable in board.variables:
        if variable.series:
            found = answer(filled, Query(expression=variable.series, legend=variable.title, instant=True))
            assert all(row["metric"][variable.name] for row in found)
            assert found


def test_at_most_one_panel_in_ten_is_rightly_empty() -> None:
    assert 10 * len(EMPTY) <= len(PANELS)
