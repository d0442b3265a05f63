"""Every panel's question has an answer in a Prometheus that simulated patients and recording rules have filled."""

from __future__ import annotations

import pytest

from dashboards.boards import BOARDS
from dashboards.rows import Panel
from tests.dashboards.asked import answer, panels

PANELS = panels(BOARDS)
FULL = [(name, panel) for name, panel in PANELS if not panel.empty]


@pytest.mark.parametrize(("name", "panel"), FULL, ids=[f"{name}-{panel.title.en}" for name, panel in FULL])
def test_each_query_of_a_panel_has_data(filled: str, name: str, panel: Panel) -> None:
    silent = [query.expression for query in panel.queries if not answer(filled, query)]
    assert silent == []


def test_at_most_one_panel_in_ten_is_rightly_empty() -> None:
    assert 10 * (len(PANELS) - len(FULL)) <= len(PANELS)
