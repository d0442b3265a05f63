"""The marks of a dashboard's annotations over each of its graphs: when an alert was there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboards.preview import svg
from dashboards.preview.answers import STEPS, Store
from dashboards.preview.legend import Entry
from dashboards.rows import Dashboard, Query

EVERY = 60
"""Seconds: an annotation is looked for each minute, or as often as can be seen."""
TOP, HEIGHT = 26.0, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is marked, from when to when, in seconds since 1970."""

    name: str
    colour: str
    spans: tuple[tuple[float, float], ...]

    @property
    def entry(self) -> Entry:
        """How it is named under a graph."""
        return self.name, self.colour, False


def marks(board: Dashboard, store: Store, chosen: Mapping[str, str], language: str) -> tuple[Mark, ...]:
    """Those of its annotations that mark something. Raises NoAnswer."""
    found = []
    for one in board.annotations:
        series = store.ask(Query(expression=one.expression, legend=one.title), EVERY, chosen, language)
        moments = sorted({at for each in series for at, _ in each.points})
        if moments:
            spans = tuple(_spans(moments, max(EVERY, store.seconds // STEPS)))
            found.append(Mark(name=one.title.of(language), colour=one.colour, spans=spans))
    return tuple(found)


def _spans(moments: Sequence[float], step: float) -> Iterator[tuple[float, float]]:
    """Moments no further apart than `step` are one span, which ends a step after the last."""
    begins = last = moments[0]
    for at in moments[1:]:
        if at - last > step:
            yield begins, last + step
            begins = at
        last = at
    yield begins, last + step


def drawn(marked: Sequence[Mark], left: float, right: float, shown: tuple[float, float]) -> Iterator[str]:
    """Each mark as a band above the graph, which reaches from `left` to `right`."""
    scale = (right - left) / ((shown[1] - shown[0]) or 1)
    for row, mark in enumerate(marked):
        for begins, ends in mark.spans:
            x, end = (left + (min(at, shown[1]) - shown[0]) * scale for at in (begins, ends))
            yield svg.rect(x, TOP + row * (HEIGHT + 1), end - x, HEIGHT, mark.colour)
