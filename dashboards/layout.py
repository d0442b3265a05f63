"""Where panels lie on Grafana's grid: from left to right, on the next line where one does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.rows import WIDTH, Dashboard, Panel, Section, Words

HEADING_HEIGHT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A panel and its upper left corner, in columns and rows."""

    panel: Panel
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSection:
    """A heading at row `y`, and the panels under it."""

    title: Words
    y: int
    spots: tuple[Spot, ...]


def placed(dashboard: Dashboard) -> Iterator[PlacedSection]:
    """Each section of a dashboard below the one before."""
    y = 0
    for section in dashboard.sections:
        spots = tuple(_spots(section, y + HEADING_HEIGHT))
        yield PlacedSection(title=section.title, y=y, spots=spots)
        y = max(spot.y + spot.panel.height for spot in spots)


def _spots(section: Section, y: int) -> Iterator[Spot]:
    x, below = 0, y
    for panel in section.panels:
        if x + panel.width > WIDTH:
            x, y = 0, below
        yield Spot(panel=panel, x=x, y=y)
        x, below = x + panel.width, max(below, y + panel.height)
