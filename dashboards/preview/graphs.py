"""Lines over time and profiles over the hours of a day: axes, limits, bands, stacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboards import units
from dashboards.colours import GREY, PALETTE
from dashboards.preview import svg
from dashboards.preview.answers import Series
from dashboards.preview.legend import ROW, legend, rows
from dashboards.preview.marks import Mark, drawn
from dashboards.preview.numbers import ticks, written
from dashboards.rows import Panel, Query, Shape

LEFT, RIGHT, TOP, BOTTOM = 78.0, 18.0, 34.0, 26.0
"""The room round a graph; its legend needs more below."""
THIN = 0.6
Answers = Sequence[tuple[Query, Sequence[Series]]]
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line to be drawn; `base` is what it stands on where lines are stacked."""

    name: str
    colour: str
    query: Query
    points: Points
    base: Points = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where values lie on the paper."""

    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]
    below: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of a point."""
        across = (x - self.x[0]) / ((self.x[1] - self.x[0]) or 1)
        up = (y - self.y[0]) / ((self.y[1] - self.y[0]) or 1)
        x = LEFT + across * (self.width - LEFT - RIGHT)
        return x, self.height - self.below - up * (self.height - TOP - self.below)


def graph(
    panel: Panel, answers: Answers, size: tuple[float, float], shown: tuple[float, float], marked: Sequence[Mark] = ()
) -> Iterator[str]:
    """The inside of a panel of lines, from the first to the last of the moments that are `shown`."""
    width, height = size
    marked = () if panel.shape is Shape.PROFILE else marked
    curves = _curves(panel, answers)
    if not curves:
        return
    entries = [(one.name, one.colour, one.query.dashed) for one in curves] + [mark.entry for mark in marked]
    named_once = rows(entries, width - LEFT - RIGHT)
    frame = _frame(panel, curves, size, shown, BOTTOM + ROW * len(named_once))
    yield from _axes(panel, frame)
    yield from drawn(marked, LEFT, width - RIGHT, shown)
    named = {curve.name: curve for curve in curves}
    for curve in curves:
        yield from _drawn(panel, frame, curve, named)
    yield from legend(named_once, LEFT, height - 10)


def _curves(panel: Panel, answers: Answers) -> list[Curve]:
    curves: list[Curve] = []
    below: dict[float, float] = {}
    for place, (query, series) in enumerate(answers):
        for one in [_profile(panel, query, series)] if panel.shape is Shape.PROFILE else series:
            many = "{{" in query.legend.en
            turn = sum(not curve.query.colour for curve in curves) if many else place
            colour = query.colour or one.colour or PALETTE[turn % len(PALETTE)]
            base: Points = ()
            points = one.points
            if panel.stacked:
                base = tuple((at, below.get(at, 0.0)) for at, _ in points)
                points = tuple((at, value + below.get(at, 0.0)) for at, value in points)
                below |= dict(points)
            curves.append(Curve(name=one.name, colour=colour, query=query, points=points, base=base))
    return [curve for curve in curves if curve.points]


def _profile(panel: Panel, query: Query, series: Sequence[Series]) -> Series:
    """One line over the values of the key instead of one value for each."""
    points = sorted((float(one.labels[panel.key]), one.newest) for one in series if one.points)
    return Series(name=series[0].name if series else "", labels={}, points=tuple(points))


def _frame(
    panel: Panel, curves: Sequence[Curve], size: tuple[float, float], shown: tuple[float, float], below: float
) -> Frame:
    values = [value for curve in curves for _, value in curve.points]
    low, high = min(values), max(values)
    room = 0.08 * ((high - low) or abs(high) or 1)
    y = (
        panel.low if panel.low is not None else low - room,
        panel.high if panel.high is not None else high + room,
    )
    x = (0.0, 23.0) if panel.shape is Shape.PROFILE else shown
    return Frame(width=size[0], height=size[1], x=x, y=y, below=below)


def _axes(panel: Panel, frame: Frame) -> Iterator[str]:
    for value in ticks(*frame.y, of_time=panel.unit in (units.SECONDS, units.DURATION)):
        _, y = frame.at(frame.x[0], value)
        yield svg.line([(LEFT, y), (frame.width - RIGHT, y)], svg.FRAME, width=THIN)
        words = written(value, panel.unit)
        yield svg.text(LEFT - 6, y + 4, words, size=10, fill=svg.QUIET, anchor="end")
    for at, words in _moments(panel, frame.x):
        x, y = frame.at(at, frame.y[0])
        yield svg.line([(x, y), (x, y + 4)], svg.FRAME, width=THIN)
        anchor = "end" if x > frame.width - RIGHT - 12 else "middle"
        yield svg.text(x, y + 15, words, size=10, fill=svg.QUIET, anchor=anchor)
    for step in panel.thresholds:
        if step.value is not None and frame.y[0] < step.value < frame.y[1]:
            ends = [frame.at(at, step.value) for at in frame.x]
            yield svg.line(ends, step.colour, dashed=True, width=1)


def _moments(panel: Panel, shown: tuple[float, float]) -> Iterator[tuple[float, str]]:
    """The places of the axis that are named."""
    if panel.shape is Shape.PROFILE:
        yield from ((float(hour), f"{hour} h") for hour in range(0, 24, 3))
        return
    yield from ((at, _moment(at, shown[1] - shown[0])) for at in ticks(*shown, about=8, of_time=True))


def _moment(at: float, span: float) -> str:
    """In UTC, for a picture is looked at anywhere."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M" if span <= 2 * 86_400 else "%d.%m.")


def _drawn(panel: Panel, frame: Frame, curve: Curve, named: dict[str, Curve]) -> Iterator[str]:
    places = [frame.at(*point) for point in curve.points]
    lower = curve.base or _lower(curve, named)
    if lower:
        yield svg.area([*places, *(frame.at(*point) for point in reversed(lower))], curve.colour, _opacity(panel))
    if (panel.points and not curve.query.dashed) or len(places) == 1:
        yield svg.dots(places, curve.colour)
    thin = panel.points or lower or curve.query.colour == GREY
    yield svg.line(places, curve.colour, dashed=curve.query.dashed, width=1 if thin else 1.5)


def _opacity(panel: Panel) -> float:
    return 0.75 if panel.stacked else 0.18


def _lower(curve: Curve, named: dict[str, Curve]) -> Points:
    fills = curve.query.fills_to
    found = next((named[name] for name in (fills.en, fills.fr) if name in named), None) if fills else None
    return found.points if found else ()
