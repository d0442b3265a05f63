"""What stands in a document, from top to bottom: whom it is about, what was written, charts, and who signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

from analysis_service.reports import drawing, phrases, typefaces
from analysis_service.reports.axes import minutes_ahead

_PLAIN = ParagraphStyle(
    "plain", fontName=typefaces.REGULAR, fontSize=10, leading=14, textColor=drawing.INK, splitLongWords=1
)
_MOST_OF_A_FACT = 500
"""Characters: more than any name has, and less than a page of them."""
_APART = "\N{NO-BREAK SPACE} "
_STYLES: Mapping[str, ParagraphStyle] = MappingProxyType(
    {
        "plain": _PLAIN,
        "title": ParagraphStyle("title", _PLAIN, fontName=typefaces.BOLD, fontSize=18, leading=23, spaceAfter=8),
        "heading": ParagraphStyle(
            "heading",
            _PLAIN,
            fontName=typefaces.BOLD,
            fontSize=12,
            leading=16,
            textColor=drawing.MEAN,
            spaceBefore=12,
            spaceAfter=3,
            keepWithNext=1,
        ),
        "chart": ParagraphStyle("chart", _PLAIN, fontName=typefaces.BOLD, spaceBefore=10, keepWithNext=1),
        "small": ParagraphStyle("small", _PLAIN, fontSize=8, leading=11, textColor=drawing.GREY),
        "note": ParagraphStyle("note", _PLAIN, fontSize=9, leading=13),
    }
)
_LETTERS = ("FONT", (0, 0), (-1, -1), typefaces.REGULAR, 10)
_BOX = TableStyle(
    [
        _LETTERS,
        ("BACKGROUND", (0, 0), (-1, -1), drawing.PAPER),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (-1, -1), 8),
    ]
)
_SIGNATURE = TableStyle(
    [
        _LETTERS,
        ("LINEABOVE", (0, 0), (-1, 0), 0.8, drawing.MEAN),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
    ]
)


def story(given: Mapping[str, Any], sha256: str) -> list[Flowable]:
    """All of it, for one building: the library uses each part up."""
    return [
        _text(given["title"], "title"),
        *_about(given),
        *_amends(given),
        *(part for section in given["sections"] for part in _section(section)),
        *_charts(given),
        *_signed(given, sha256),
    ]


def fitted(text: str, width: float, size: float) -> str:
    """As much of one line as there is room for."""
    if stringWidth(text, typefaces.REGULAR, size) <= width:
        return text
    while text and stringWidth(f"{text}…", typefaces.REGULAR, size) > width:
        text = text[:-1]
    return f"{text}…"


def _text(text: str, style: str) -> Paragraph:
    """Whatever looks like markup is text."""
    return Paragraph(escape(typefaces.shown(text)), _STYLES[style])


def _about(given: Mapping[str, Any]) -> list[Flowable]:
    language, patient = given["language"], given["patient"]
    at = phrases.local(given["signed_ms"], minutes_ahead(given["signed_ms"], given["offsets"]))
    author = f"{given['author']['name']}, {phrases.say(given['author']['role'], language)}"
    left = (("patient", patient["name"]), ("born", _born(patient, language)), ("record", patient["record_number"]))
    right = (
        ("author", author),
        ("date", phrases.moment(at, language)),
        ("reference", f"{given['report']} · {given['number']}"),
    )
    rows = [[_facts(left, language), _facts(right, language)]]
    return [Table(rows, colWidths=[85 * mm, 85 * mm], style=_BOX), Spacer(0, 4)]


def _born(patient: Mapping[str, Any], language: str) -> str | None:
    return patient["birth_date"] and phrases.born(patient["birth_date"], language)


def _facts(facts: Iterable[tuple[str, str | None]], language: str) -> list[Flowable]:
    return [_fact(phrases.say(key, language), value) for key, value in facts if value]


def _fact(named: str, value: str) -> Paragraph:
    written = escape(typefaces.shown(value)[:_MOST_OF_A_FACT])
    return Paragraph(f"{_coloured(escape(named), drawing.GREY)}<br/>{written}", _STYLES["note"])


def _amends(given: Mapping[str, Any]) -> list[Flowable]:
    if given["amends"] is None:
        return []
    said = phrases.say("amends", given["language"], amends=given["amends"], reason=given["reason"])
    return [Table([[_text(said, "note")]], colWidths=[170 * mm], style=_BOX), Spacer(0, 4)]


def _section(section: Mapping[str, str]) -> Iterable[Flowable]:
    if section["heading"]:
        yield _text(section["heading"], "heading")
    for line in section["text"].split("\n"):
        yield _line(line)


def _line(line: str) -> Flowable:
    """A line as it was typed: what stands in from the margin still does."""
    words = line.lstrip(" \t")
    if not words.strip():
        return Spacer(0, 7)
    indent = len(line.expandtabs(4)) - len(words.expandtabs(4))
    return _text("\N{NO-BREAK SPACE}" * min(indent, 40) + words, "plain")


def _charts(given: Mapping[str, Any]) -> Iterable[Flowable]:
    if given["charts"]:
        yield CondPageBreak(drawing.HEIGHT + 70)
        yield _text(phrases.say("charts", given["language"]), "heading")
    for chart in given["charts"]:
        yield KeepTogether(list(_chart(chart, given)))


def _chart(chart: Mapping[str, Any], given: Mapping[str, Any]) -> Iterable[Flowable]:
    language = given["language"]
    title = chart["title"][language]
    since, until = (
        phrases.moment(phrases.local(chart[edge], minutes_ahead(chart[edge], chart["offsets"])), language)
        for edge in ("from_ms", "until_ms")
    )
    yield _text(f"{title[:1].upper()}{title[1:]} ({chart['unit']})", "chart")
    yield _text(phrases.say("period", language, since=since, until=until, zone=given["time_zone"]), "small")
    if chart["points"]:
        yield _legend(chart, language)
        yield Spacer(0, 4)
        yield drawing.drawn(chart, language)
    else:
        yield _text(phrases.say("empty", language, title=title, since=since, until=until), "plain")


def _legend(chart: Mapping[str, Any], language: str) -> Paragraph:
    severities = {limit["severity"] for limit in chart["limits"]}
    said = [phrases.say("each", language, step=phrases.stretch(chart["step_ms"], language))]
    for severity in (one for one in drawing.LIMITS if one in severities):
        named = f"{drawing.DASHES[severity]} {escape(phrases.say(f'limit_{severity}', language))}"
        said.append(_coloured(named, drawing.LIMITS[severity][0]))
    return Paragraph(f"{_APART}{_APART}{_APART}".join(said), _STYLES["small"])


def _coloured(markup: str, colour: Color) -> str:
    return f'<font color="#{colour.hexval()[2:]}">{markup}</font>'


def _signed(given: Mapping[str, Any], sha256: str) -> Iterable[Flowable]:
    language = given["language"]
    ahead = minutes_ahead(given["signed_ms"], given["offsets"])
    said = phrases.say(
        "signed",
        language,
        name=given["author"]["name"][:_MOST_OF_A_FACT],
        role=phrases.say(given["author"]["role"], language),
        at=f"{phrases.moment(phrases.local(given['signed_ms'], ahead), language)} ({phrases.zone(ahead)})",
        number=given["number"],
    )
    lines = [_text(said, "note"), _text(phrases.say("digest", language, sha256=sha256), "small")]
    yield Spacer(0, 16)
    yield KeepTogether([Table([[lines]], colWidths=[170 * mm], style=_SIGNATURE)])
