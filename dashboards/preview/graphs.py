"""Lines over time and profiles over the hours of a day: axes, limits, bands, stacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboards.colours import PALETTE
from dashboards.preview import svg
from dashboards.preview.answers import Series
from dashboards.preview.numbers import ticks, written
from dashboards.rows import Panel, Query, Shape

LEFT, RIGHT, TOP, BOTTOM = 72.0, 18.0, 34.0, 40.0
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

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of a point."""
        across = (x - self.x[0]) / ((self.x[1] - self.x[0]) or 1)
        up = (y - self.y[0]) / ((self.y[1] - self.y[0]) or 1)
        return LEFT + across * (self.width - LEFT - RIGHT), self.height - BOTTOM - up * (self.height - TOP - BOTTOM)


def graph(panel: Panel, answers: Answers, width: float, height: float, shown: tuple[float, float]) -> Iterator[str]:
    """The inside of a panel of lines, from the first to the last of the moments that are `shown`."""
    curves = _curves(panel, answers)
    if not curves:
        return
    frame = _frame(panel, curves, (width, height), shown)
    yield from _axes(panel, frame)
    named = {curve.name: curve for curve in curves}
    for curve in curves:
        yield from _drawn(panel, frame, curve, named)
    yield from _legend(curves, frame)


def _curves(panel: Panel, answers: Answers) -> list[Curve]:
    curves: list[Curve] = []
    below: dict[float, float] = {}
    for query, series in answers:
        for one in [_profile(panel, query, series)] if panel.shape is Shape.PROFILE else series:
            colour = query.colour or PALETTE[len(curves) % len(PALETTE)]
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
    points = sorted((float(one.labels[panel.key]), one.newest) for one in series)
    return Series(name=series[0].name if series else "", labels={}, points=tuple(points))


def _frame(panel: Panel, curves: Sequence[Curve], size: tuple[float, float], shown: tuple[float, float]) -> Frame:
    values = [value for curve in curves for _, value in curve.points]
    low, high = min(values), max(values)
    room = 0.08 * ((high - low) or abs(high) or 1)
    low, high = (panel.low if panel.low is not None else low - room), high + room
    if panel.high is not None:
        high = min(high, panel.high) if panel.shape is not Shape.LINES or panel.stacked else max(high, low + room)
    x = (0.0, 23.0) if panel.shape is Shape.PROFILE else shown
    return Frame(width=size[0], height=size[1], x=x, y=(low, high))


def _axes(panel: Panel, frame: Frame) -> Iterator[str]:
    for value in ticks(*frame.y):
        _, y = frame.at(frame.x[0], value)
        yield svg.line([(LEFT, y), (frame.width - RIGHT, y)], svg.FRAME, width=0.6)
        words = written(value, panel.unit)
        yield svg.text(LEFT - 6, y + 4, words, size=10, fill=svg.QUIET, anchor="end")
    for part in range(5):
        at = frame.x[0] + part * (frame.x[1] - frame.x[0]) / 4
        x, _ = frame.at(at, frame.y[0])
        words = f"{at:.0f} h" if panel.shape is Shape.PROFILE else _moment(at, frame.x[1] - frame.x[0])
        yield svg.text(x, frame.height - BOTTOM + 14, words, size=10, fill=svg.QUIET, anchor="middle")
    for step in panel.thresholds:
        if step.value is not None and frame.y[0] < step.value < frame.y[1]:
            ends = [frame.at(at, step.value) for at in frame.x]
            yield svg.line(ends, step.colour, dashed=True, width=1)


def _moment(at: float, span: float) -> str:
    """In UTC, for a picture is looked at anywhere."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M" if span <= 2 * 86_400 else "%d.%m.")


def _drawn(panel: Panel, frame: Frame, curve: Curve, named: dict[str, Curve]) -> Iterator[str]:
    places = [frame.at(*point) for point in curve.points]
    lower = curve.base or _lower(curve, named)
    if lower:
        yield svg.area([*places, *(frame.at(*point) for point in reversed(lower))], curve.colour, _opacity(panel))
    if (panel.points and not curve.query.dashed) or len(places) == 1:
        yield from (svg.dot(*place, curve.colour) for place in places)
    yield svg.line(places, curve.colour, dashed=curve.query.dashed, width=1 if panel.points or lower else 1.5)


def _opacity(panel: Panel) -> float:
    return 0.75 if panel.stacked else 0.18


def _lower(curve: Curve, named: dict[str, Curve]) -> Points:
    fills = curve.query.fills_to
    found = next((named[name] for name in (fills.en, fills.fr) if name in named), None) if fills else None
    return found.points if found else ()


def _legend(curves: Sequence[Curve], frame: Frame) -> Iterator[str]:
    x = LEFT
    for curve in curves:
        length = 22 + 6.2 * len(curve.name)
        if x + length > frame.width:
            return
        yield svg.rect(x, frame.height - 16, 10, 4, curve.colour)
        yield svg.text(x + 14, frame.height - 10, curve.name, size=10, fill=svg.QUIET)
        x += length
