"""The document's typeface, which travels in it: Lato, and what its letters can show."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

NAME = "Lato 2.0"
REGULAR, BOLD = "Lato", "Lato-Bold"
_FILES: Mapping[str, str] = MappingProxyType({REGULAR: "Lato-Regular.ttf", BOLD: "Lato-Bold.ttf"})
_ALIKE: Mapping[int, str] = MappingProxyType({0x2011: "-", 0x2010: "-", 0x09: "    ", 0x00AD: ""})
"""What looks alike: hyphens that do not break, a tab, a hyphen that is shown at the end of a line alone."""
_UNKNOWN = "?"


@cache
def register() -> None:
    """Have the library know both."""
    folder = Path(__file__).parent / "fonts"
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


@cache
def _letters() -> frozenset[int]:
    register()
    both = [frozenset(pdfmetrics.getFont(name).face.charToGlyph) for name in _FILES]
    return both[0] & both[1]


def composed(text: str) -> str:
    """`text` with each letter and its accent as one, and lines that end in one way."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def not_shown(text: str) -> str | None:
    """The first character of `text` that no letter shows: it would be an empty box in what somebody signed."""
    for character in composed(text):
        if character != "\n" and ord(character) not in _ALIKE and ord(character) not in _letters():
            return character
    return None


def shown(text: str) -> str:
    """`text` as letters; of what none shows, such as in a name, the sign that something stood there."""
    known = _letters()
    letters = composed(text).translate(_ALIKE)
    return "".join(one if one == "\n" or ord(one) in known else _UNKNOWN for one in letters)
