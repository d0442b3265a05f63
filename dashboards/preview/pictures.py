"""A dashboard as pictures: one of each panel, and one of the whole as it lies in Grafana."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from dashboards.layout import Spot, placed
from dashboards.preview import svg, tiles
from dashboards.preview.answers import Store, seconds_of
from dashboards.preview.graphs import Answers, graph
from dashboards.preview.marks import Mark, marks
from dashboards.rows import Dashboard, Panel, Shape

ACROSS, DOWN, GAP = 54.0, 32.0, 6.0
"""Size of one of Grafana's 24 columns and of one of its rows, and the room between panels."""
TITLE_HEIGHT = 40.0

Tile = Callable[[Panel, Answers, float, float, str], Iterator[str]]
_TILES: Mapping[Shape, Tile] = MappingProxyType(
    {
        Shape.NUMBER: tiles.numbers,
        Shape.GAUGE: tiles.numbers,
        Shape.BARS: tiles.bars,
        Shape.PIE: tiles.pie,
        Shape.TABLE: tiles.table,
    }
)
_NOTHING = MappingProxyType({"en": "no data", "fr": "pas de données"})


def pictures(board: Dashboard, store: Store, chosen: Mapping[str, str], language: str) -> Iterator[tuple[str, str]]:
    """Names of files and their SVG: each panel, then the whole dashboard under its own name. Raises NoAnswer."""
    marked = marks(board, store, chosen, language)
    parts: list[str] = [svg.text(12, 27, board.title.of(language), size=18)]
    bottom = TITLE_HEIGHT
    for section in placed(board):
        y = TITLE_HEIGHT + section.y * DOWN
        parts.append(svg.text(12, y + 21, section.title.of(language), size=13, fill=svg.QUIET))
        for spot in section.spots:
            width, height = spot.panel.width * ACROSS - GAP, spot.panel.height * DOWN - GAP
            asked = replace(store, seconds=seconds_of(spot.panel.since)) if spot.panel.since else store
            answers = [(one, asked.ask(one, spot.panel.every, chosen, language)) for one in spot.panel.queries]
            shown = (asked.until - asked.seconds, asked.until)
            inner = list(_panel(spot.panel, answers, (width, height), shown, marked, language))
            yield f"{board.name}-{_slug(spot.panel.title.en)}.svg", svg.document(width, height, inner)
            parts.append(svg.moved(spot.x * ACROSS, TITLE_HEIGHT + spot.y * DOWN, inner))
            bottom = max(bottom, _below(spot))
    yield f"{board.name}.svg", svg.document(24 * ACROSS, bottom, parts)


def _below(spot: Spot) -> float:
    return TITLE_HEIGHT + (spot.y + spot.panel.height) * DOWN


def _panel(
    panel: Panel,
    answers: Answers,
    size: tuple[float, float],
    shown: tuple[float, float],
    marked: Sequence[Mark],
    language: str,
) -> Iterator[str]:
    width, height = size
    yield svg.rect(0.5, 0.5, width - 1, height - 1, svg.PAPER, svg.FRAME)
    yield svg.text(12, 20, panel.title.of(language), size=13)
    tile = _TILES.get(panel.shape)
    drawn = tile(panel, answers, width, height, language) if tile else graph(panel, answers, size, shown, marked)
    inner = list(drawn)
    nothing = panel.empty.of(language) if panel.empty else _NOTHING[language]
    yield from inner or [svg.text(width / 2, height / 2, nothing, fill=svg.QUIET, anchor="middle")]


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
