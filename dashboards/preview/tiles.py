"""Numbers, bars, gauges, pies and tables: what a panel says of one moment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate

from dashboards.colours import PALETTE
from dashboards.fields import NO_VALUE, key_title
from dashboards.preview import svg
from dashboards.preview.answers import Series
from dashboards.preview.graphs import Answers
from dashboards.preview.numbers import written
from dashboards.rows import Panel, Query, Threshold

TOP, EDGE, ROW = 34.0, 12.0, 22.0
BAR = 16.0
LINE = 12.0
PAPER_ON_COLOUR = 0.35
"""How strongly a cell is coloured, so that what is written in it stays readable."""


def numbers(panel: Panel, answers: Answers, width: float, height: float, language: str) -> Iterator[str]:
    """One tile for each value, a dash where there is none."""
    tiles = list(_values(answers, language))
    each = (width - 2 * EDGE) / max(1, len(tiles))
    for number, (query, name, value) in enumerate(tiles):
        middle, y = EDGE + (number + 0.5) * each, TOP + (height - TOP) / 2 - 6
        words, colour = _told(panel, query, value, language)
        size = max(11, min(26, 1.35 * each / max(4, len(words))))
        yield svg.text(middle, y, words, size=size, fill=colour, anchor="middle")
        under = [line for part in name.split(" · ") for line in _wrapped(part, each - 8)]
        for line, shown in enumerate(under[:3]):
            yield svg.text(middle, y + 20 + 13 * line, shown, size=10, fill=svg.QUIET, anchor="middle")


def bars(panel: Panel, answers: Answers, width: float, height: float, language: str) -> Iterator[str]:
    """One bar for each value, as far as there is room."""
    rows = [(query, name, value) for query, name, value in _values(answers, language) if value is not None]
    if not rows:
        return
    step = min(ROW, (height - TOP - 6) / len(rows))
    name_width = min(0.5 * width, 2 * EDGE + max(svg.length(name, 11) for _, name, _ in rows))
    low = panel.low or 0.0
    high = panel.high if panel.high is not None else max(value for _, _, value in rows)
    room = width - name_width - 90
    for number, (query, name, value) in enumerate(rows):
        y = TOP + number * step
        words, colour = _told(panel, query, value, language)
        share = min(1.0, max(0.0, (value - low) / ((high - low) or 1)))
        yield svg.text(name_width, y + 12, svg.shortened(name, name_width - EDGE, 11), anchor="end")
        yield svg.rect(name_width + 8, y, room, min(BAR, step - 3), "#f6f8fa")
        yield svg.rect(name_width + 8, y, room * share, min(BAR, step - 3), colour)
        yield svg.text(name_width + 14 + room, y + 12, words)


def pie(panel: Panel, answers: Answers, width: float, height: float, language: str) -> Iterator[str]:
    """Shares of a whole, with their numbers."""
    rows = [(query, name, value) for query, name, value in _values(answers, language) if value is not None]
    whole = sum(value for _, _, value in rows) or 1.0
    radius = (height - TOP - 16) / 2
    centre = (EDGE + radius, TOP + radius)
    ends = [0.0, *accumulate(value / whole for _, _, value in rows)]
    for number, (query, name, value) in enumerate(rows):
        colour = query.colour or PALETTE[number % len(PALETTE)]
        turn = [ends[number] + (ends[number + 1] - ends[number]) * step / 48 for step in range(49)]
        angles = [math.tau * at for at in turn]
        rim = [(centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)) for angle in angles]
        if value:
            yield svg.area([centre, *rim], colour, 1)
        y = TOP + 14 + number * ROW
        yield svg.rect(2 * EDGE + 2 * radius, y - 9, 10, 10, colour)
        words = f"{name}: {written(value, panel.unit, panel.decimals)} ({100 * value / whole:.0f} %)"
        yield svg.text(2 * EDGE + 2 * radius + 16, y, words)


def table(panel: Panel, answers: Answers, width: float, height: float, language: str) -> Iterator[str]:
    """A row for each value of the key, sorted as Grafana sorts it."""
    columns = [{one.labels.get(panel.key, ""): one.newest for one in series if one.points} for _, series in answers]
    keys = sorted({key for column in columns for key in column})
    titles = [query.legend.of(language) for query, _ in answers]
    if panel.sort:
        order = columns[titles.index(panel.sort.of(language))]
        keys.sort(key=lambda key: order.get(key, -math.inf), reverse=True)
    each = (width - 2 * EDGE) / (1 + len(columns))
    headings = [_wrapped(title, each - 6) for title in [key_title(panel, language), *titles]]
    top = TOP + LINE * max(len(lines) for lines in headings)
    for place, lines in enumerate(headings):
        for number, words in enumerate(lines):
            yield svg.text(EDGE + place * each, TOP + 8 + LINE * number, words, size=10, fill=svg.QUIET)
    for number, key in enumerate(keys[: int((height - top) / ROW)]):
        y = top + number * ROW
        yield svg.text(EDGE, y + 14, key)
        for place, ((query, _), column) in enumerate(zip(answers, columns, strict=True), 1):
            yield from _cell(panel, query, column.get(key), (EDGE + place * each, y), each, language)


def _wrapped(words: str, width: float) -> list[str]:
    """Broken between words, and shortened where one word is too long."""
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and svg.length(longer, 10) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [svg.shortened(line, width, 10) for line in lines]


def _cell(
    panel: Panel, query: Query, value: float | None, place: tuple[float, float], width: float, language: str
) -> Iterator[str]:
    if value is None:
        return
    x, y = place
    words, colour = _told(panel, query, value, language)
    if query.thresholds:
        box = svg.rect(x - 4, y, width - 2, ROW - 2, colour)
        yield box.replace("/>", f' fill-opacity="{PAPER_ON_COLOUR}"/>')
    yield svg.text(x, y + 14, words)


def _values(answers: Answers, language: str) -> Iterator[tuple[Query, str, float | None]]:
    """Each value with its name; None where there is none to be told, or a query of one value has no answer."""
    for query, series in answers:
        if not series and "{{" not in query.legend.en:
            yield query, query.legend.of(language), None
        for one in _ordered(query, series):
            yield query, one.name, one.newest if one.points else None


def _ordered(query: Query, series: Sequence[Series]) -> Sequence[Series]:
    """As Prometheus itself gives them, which is in order only where it was asked for the most or the least."""
    if not query.expression.startswith(("topk", "bottomk")):
        return series
    return sorted(
        (one for one in series if one.points), key=lambda one: one.newest, reverse=query.expression.startswith("topk")
    )


def _told(panel: Panel, query: Query, value: float | None, language: str) -> tuple[str, str]:
    """A value in words, and its colour."""
    if value is None:
        return NO_VALUE, svg.QUIET
    decimals = query.decimals if query.decimals is not None else panel.decimals
    words = next((one.words.of(language) for one in query.told if one.low <= value <= one.high), None)
    words = words or written(value, query.unit or panel.unit, decimals)
    return words, _colour(query.thresholds or panel.thresholds, value)


def _colour(steps: tuple[Threshold, ...], value: float) -> str:
    reached = [step.colour for step in steps if step.value is None or value >= step.value]
    return reached[-1] if reached else svg.INK
