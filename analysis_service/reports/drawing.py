"""One chart as a drawing: the mean as a line, the extremes as a band, limits as dashed lines, gaps as gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor

from analysis_service.reports import axes, phrases
from analysis_service.reports.typefaces import REGULAR

WIDTH, HEIGHT = 482.0, 150.0
_LEFT, _RIGHT, _BOTTOM, _TOP = 34.0, 446.0, 16.0, 146.0
_SMALL, _BETWEEN = 7.0, 8.0
_SPARSE = 60
"""So few readings are shown as dots each, beside the line that joins them."""
INK, GREY = HexColor("#1f2933"), HexColor("#616e7c")
PALE, PAPER = HexColor("#e4e7eb"), HexColor("#f5f7fa")
MEAN, BAND = HexColor("#1f5f8b"), HexColor("#cfe2f0")
LIMITS: Mapping[str, tuple[Color, list[int]]] = MappingProxyType(
    {
        "high": (HexColor("#b3261e"), [4, 2]),
        "medium": (HexColor("#b26a00"), [1, 2]),
        "low": (HexColor("#52606d"), [1, 4]),
    }
)
"""Each with dashes of its own: many print without colours."""
DASHES: Mapping[str, str] = MappingProxyType({"high": "– –", "medium": "· ·", "low": "·  ·"})
"""The same in a line of text."""
Point = Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where a moment and a number stand on paper."""

    since: int
    until: int
    numbers: axes.Numbers

    def x(self, at: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * (at - self.since) / (self.until - self.since), 2)

    def y(self, value: float) -> float:
        low, high = self.numbers.low, self.numbers.high
        return round(_BOTTOM + (_TOP - _BOTTOM) * (value - low) / (high - low), 2)


def drawn(chart: Mapping[str, Any], language: str) -> Drawing:
    """The drawing of a chart that has points."""
    scaled = [(at, *(value / chart["divisor"] for value in values)) for at, *values in chart["points"]]
    limits = [{**one, "value": one["value"] / chart["divisor"]} for one in chart["limits"]]
    values = [value for _, *many in scaled for value in many] + [one["value"] for one in limits]
    frame = _Frame(since=chart["from_ms"], until=chart["until_ms"], numbers=axes.numbers(values))
    drawing = Drawing(WIDTH, HEIGHT, initialFontName=REGULAR)
    shapes = (
        *_grid(frame, chart["offsets"], language),
        *(shape for run in runs(scaled, chart["joined_ms"]) for shape in _run(frame, run, len(scaled) <= _SPARSE)),
        *_limits(frame, limits, language),
    )
    for shape in shapes:
        drawing.add(shape)
    return drawing


def runs(points: Sequence[Point], joined: int) -> list[list[Point]]:
    """`points` cut where two lie further apart than `joined`: a line across would tell of what nobody measured."""
    found: list[list[Point]] = []
    for point in points:
        if found and point[0] - found[-1][-1][0] <= joined:
            found[-1].append(point)
        else:
            found.append([point])
    return found


def _grid(frame: _Frame, offsets: Sequence[Sequence[int]], language: str) -> list[Any]:
    found: list[Any] = []
    for value in frame.numbers.ticks:
        y = frame.y(value)
        found.append(Line(_LEFT, y, _RIGHT, y, strokeColor=PALE, strokeWidth=0.5))
        found.append(_label(_LEFT - 4, y - 2.5, phrases.number(value, frame.numbers.decimals, language), "end"))
    moments, step = axes.moments(frame.since, frame.until, offsets)
    for at in moments:
        x = frame.x(at)
        found.append(Line(x, _BOTTOM, x, _TOP, strokeColor=PALE, strokeWidth=0.5))
        found.append(_label(x, _BOTTOM - 10, _moment(at, step, offsets, language), "middle"))
    found.append(
        Rect(_LEFT, _BOTTOM, _RIGHT - _LEFT, _TOP - _BOTTOM, fillColor=None, strokeColor=GREY, strokeWidth=0.5)
    )
    return found


def _moment(at: int, step: int, offsets: Sequence[Sequence[int]], language: str) -> str:
    local = phrases.local(at, axes.minutes_ahead(at, offsets))
    if step >= axes.DAY or (local.hour, local.minute) == (0, 0):
        return phrases.day(local, language)
    return f"{local.hour:02}:{local.minute:02}"


def _limits(frame: _Frame, limits: Sequence[Mapping[str, Any]], language: str) -> list[Any]:
    """Each as long as it held. Its number stands at the end, or where it begins if it holds no more at the end."""
    found: list[Any] = []
    last = [one for one in limits if one["until_ms"] == frame.until]
    labelled = {one["value"] for one in last}
    for one in limits:
        colour, dashes = LIMITS[one["severity"]]
        y, begins = frame.y(one["value"]), frame.x(one["from_ms"])
        ends = frame.x(one["until_ms"])
        found.append(Line(begins, y, ends, y, strokeColor=colour, strokeWidth=0.8, strokeDashArray=dashes))
        if one["value"] not in labelled:
            labelled.add(one["value"])
            found.append(_label(begins + 3, y + 2, _written(one["value"], language), "start", colour))
    return found + _at_the_end(frame, last, language)


def _at_the_end(frame: _Frame, limits: Sequence[Mapping[str, Any]], language: str) -> list[Any]:
    found, above = [], -_BETWEEN
    for one in sorted(limits, key=lambda one: float(one["value"])):
        above = max(frame.y(one["value"]) - 2.5, above + _BETWEEN)
        found.append(_label(_RIGHT + 4, above, _written(one["value"], language), "start", LIMITS[one["severity"]][0]))
    return found


def _written(value: float, language: str) -> str:
    return phrases.number(value, 0 if value == round(value) else 1, language)


def _run(frame: _Frame, run: Sequence[Point], dotted: bool) -> list[Any]:
    found: list[Any] = []
    if len(run) > 1:
        there = [(frame.x(at), frame.y(high)) for at, _, _, high in run]
        back = [(frame.x(at), frame.y(low)) for at, _, low, _ in reversed(run)]
        around = [number for pair in (*there, *back) for number in pair]
        found.append(Polygon(around, fillColor=BAND, strokeColor=None))
        means = [number for at, mean, _, _ in run for number in (frame.x(at), frame.y(mean))]
        found.append(PolyLine(means, strokeColor=MEAN, strokeWidth=1.1, strokeLineJoin=1))
    if dotted or len(run) == 1:
        found += [_dot(frame, point) for point in run]
    return found


def _dot(frame: _Frame, point: Point) -> Circle:
    return Circle(frame.x(point[0]), frame.y(point[1]), 1.6, fillColor=MEAN, strokeColor=None)


def _label(x: float, y: float, text: str, anchor: str, colour: Color = GREY) -> String:
    return String(x, y, text, fontName=REGULAR, fontSize=_SMALL, fillColor=colour, textAnchor=anchor)
