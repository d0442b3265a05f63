"""What a panel takes from its answers is in them: labels of legends and links; and machines' words have people's."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dashboards.boards import BOARDS
from dashboards.rows import LANGUAGES, Panel, Query
from tests.dashboards.asked import answer, panels
from tests.filled.history import FALLEN
from tests.filled.store import Filled

LABEL = re.compile(r"\{\{(\w+)\}\}")
PANELS = panels(BOARDS)
IDS = [f"{name}-{panel.title.en}" for name, panel in PANELS]


def found(filled: Filled, panel: Panel, query: Query) -> list[dict[str, Any]]:
    return answer(filled, query, patient=FALLEN) if panel.empty else answer(filled, query)


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=IDS)
def test_each_label_of_a_legend_a_key_and_a_link_is_one_of_the_answers(filled: Filled, name: str, panel: Panel) -> None:
    for query in panel.queries:
        asked = {panel.key, panel.links_by} | {
            one for each in LANGUAGES for one in LABEL.findall(query.legend.of(each))
        }
        for row in found(filled, panel, query) if asked - {""} else []:
            assert asked - {""} <= set(row["metric"]), query.expression


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=IDS)
def test_a_line_that_a_machine_names_is_called_in_both_languages(filled: Filled, name: str, panel: Panel) -> None:
    for query in panel.queries:
        words = {one.name for one in query.called}
        if set(LABEL.findall(query.legend.en)) & {"vital", "side", "outcome", "result", "severity", "cut", "state"}:
            for row in found(filled, panel, query):
                told = LABEL.sub(lambda label, row=row: row["metric"][label[1]], query.legend.en)  # type: ignore[misc]
                assert told in words, f"{name}, {panel.title.en}"
