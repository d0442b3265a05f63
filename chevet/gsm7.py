"""The alphabet of SMS (GSM 03.38): what a text needs in it, how many messages that makes, and how it is made to fit."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table, without its escape: one septet each."""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""Behind an escape: two septets each, which are never parted."""

SINGLE, PART = 160, 153
"""Septets in one message, and in each of several: their header takes seven."""

UNKNOWN = "?"

OTHERWISE: Mapping[str, str] = MappingProxyType(
    {
        "\u2018": "'",  # ‘
        "\u2019": "'",  # ’
        "\u201a": "'",  # ‚
        "\u201c": '"',  # “
        "\u201d": '"',  # ”
        "«": '"',
        "»": '"',
        "\u2010": "-",  # hyphen
        "\u2011": "-",  # hyphen that does not break
        "\u2013": "-",  # –
        "\u2014": "-",  # —
        "\u2212": "-",  # minus
        "\t": " ",
        "œ": "oe",
        "Œ": "OE",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "Ł": "L",
        "ı": "i",
        "≤": "<=",
        "≥": ">=",
        "×": "x",
        "µ": "u",
        "°": " ",
    }
)
"""What has no form in Unicode that is spelled with the alphabet's characters."""


def transliterated(text: str) -> str:
    """`text` in the alphabet: «fenêtre» becomes «fenetre», «é» stays. What nothing stands for becomes a question mark.

    It stays as it is where it fits already.
    """
    return "".join(map(_fitting, unicodedata.normalize("NFC", text)))


def septets(text: str) -> int:
    """How long `text`, which fits the alphabet, is on the air."""
    return sum(map(_width, text))


def parts(text: str) -> tuple[str, ...]:
    """The messages that `text`, which fits the alphabet, is sent as: one, or several that a telephone joins again."""
    if septets(text) <= SINGLE:
        return (text,)
    found, room = [""], PART
    for character in text:
        if _width(character) > room:
            found.append("")
            room = PART
        found[-1] += character
        room -= _width(character)
    return tuple(found)


def _fits(text: str) -> bool:
    return all(character in ALPHABET or character in EXTENSION for character in text)


def _fitting(character: str) -> str:
    if _fits(character):
        return character
    if character in OTHERWISE:
        return OTHERWISE[character]
    spelled = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    spelled = "".join(OTHERWISE.get(one, one) for one in spelled)
    return spelled if spelled and _fits(spelled) else UNKNOWN


def _width(character: str) -> int:
    return 2 if character in EXTENSION else 1
