"""The document of a signed version: from its inputs to the bytes of a PDF, the same wherever and whenever it is made.

Nothing but the inputs is read: no clock, no time zone of the machine, no catalogue. What the library would take from
the machine (times, chance, compression) is given to it or turned off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from io import BytesIO
from threading import Lock
from typing import Any

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from analysis_service.reports import layout, phrases, typefaces
from analysis_service.reports.axes import minutes_ahead
from analysis_service.reports.drawing import GREY, PALE

EDITION = 1
"""Of the layout: a change to how the same inputs look takes the next."""
RENDERER = f"chevet {EDITION}, reportlab {reportlab.Version}, {typefaces.NAME}"
_SIDE, _ABOVE, _BELOW = 20 * mm, 22 * mm, 20 * mm
_ONE_AT_A_TIME = Lock()
"""The library's parser of paragraphs is one for all threads."""


def digest(content: str | bytes) -> str:
    """The SHA-256 of it, in hexadecimal digits."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def rendered(inputs: str) -> bytes:
    """The PDF that `inputs`, as they were stored, say."""
    given = json.loads(inputs)
    with _ONE_AT_A_TIME:
        typefaces.register()
        _, pages = _built(given, digest(inputs), 0)
        return _built(given, digest(inputs), pages)[0]


def _built(given: Mapping[str, Any], sha256: str, pages: int) -> tuple[bytes, int]:
    target, last = BytesIO(), 0

    def furnish(canvas: Canvas, _: BaseDocTemplate) -> None:
        nonlocal last
        last = canvas.getPageNumber()
        _margins(canvas, given, last, pages)

    template = BaseDocTemplate(
        target,
        pagesize=A4,
        leftMargin=_SIDE,
        rightMargin=_SIDE,
        topMargin=_ABOVE,
        bottomMargin=_BELOW,
        title=f"{given['title']} · {given['patient']['name']}",
        author=given["author"]["name"],
        subject=phrases.say("report", given["language"]),
        creator="Chevet",
        producer=RENDERER,
        lang=given["language"],
        displayDocTitle=1,
        invariant=1,
        pageCompression=0,
    )
    frame = Frame(_SIDE, _BELOW, A4[0] - 2 * _SIDE, A4[1] - _ABOVE - _BELOW, 0, 0, 0, 0)
    template.addPageTemplates([PageTemplate(frames=[frame], onPage=furnish)])
    template.build(layout.story(given, sha256), canvasmaker=_canvas_of(given, sha256))
    return target.getvalue(), last


def _canvas_of(given: Mapping[str, Any], sha256: str) -> Any:
    """A canvas whose document has the time of its signature, and an identity made of its inputs alone."""

    def made(*positional: Any, **named: Any) -> Canvas:
        canvas = Canvas(*positional, **(named | {"initialFontName": typefaces.REGULAR}))
        at = phrases.local(given["signed_ms"], 0)
        canvas.setDateFormatter(lambda *_: f"D:{at:%Y%m%d%H%M%S}Z")
        canvas._doc.signature = hashlib.md5(sha256.encode(), usedforsecurity=False)
        return canvas

    return made


def _margins(canvas: Canvas, given: Mapping[str, Any], page: int, pages: int) -> None:
    language, width = given["language"], A4[0]
    canvas.saveState()
    canvas.setStrokeColor(PALE)
    canvas.setFillColor(GREY)
    canvas.setFont(typefaces.REGULAR, 8)
    signed = phrases.local(given["signed_ms"], minutes_ahead(given["signed_ms"], given["offsets"]))
    version = phrases.say("version", language, number=given["number"])
    canvas.line(_SIDE, A4[1] - 16 * mm, width - _SIDE, A4[1] - 16 * mm)
    canvas.drawString(_SIDE, A4[1] - 14 * mm, phrases.say("report", language))
    canvas.drawRightString(width - _SIDE, A4[1] - 14 * mm, f"{version} · {phrases.date(signed, language)}")
    canvas.line(_SIDE, 14 * mm, width - _SIDE, 14 * mm)
    who = layout.fitted(typefaces.shown(given["patient"]["name"]), 340, 8)
    canvas.drawString(_SIDE, 10 * mm, f"{who} · {given['patient']['patient']}")
    canvas.drawRightString(width - _SIDE, 10 * mm, phrases.say("page", language, page=page, pages=pages))
    canvas.restoreState()
