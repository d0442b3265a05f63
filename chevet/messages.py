"""The text of an SMS to a relative, in English and French, in the alphabet that every phone and modem has.

It names no patient and no diagnosis. The vital, its value and limit stand in it only for a contact to whom the patient
has granted that vital; others read that help is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from chevet import gsm7
from chevet.rules import OF_VITAL
from chevet.sheet import Contact
from chevet.vitals import BY_KEY, Vital

REPEAT_WITHIN = 5
"""Minutes within which a vital that is judged by one reading is to be measured again."""

_UNITS = MappingProxyType({"Cel": "C"})
"""Units whose usual form the alphabet does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The parts of a message in one language."""

    value: str
    fall: str
    general: str
    see: str
    again: str
    reference: str
    time: str
    date: str
    decimal: str


LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "en": Language(
            value="Chevet: {vital} {value} {unit} (limit {limit}) since {since}.",
            fall="Chevet: a possible fall at {since}.",
            general="Chevet: your relative needs attention since {since}.",
            see="Please go and see, or call for help.",
            again="Please measure again within {minutes} min.",
            reference="Ref {reference}",
            time="%H:%M",
            date="%d/%m %H:%M",
            decimal=".",
        ),
        "fr": Language(
            value="Chevet: {vital} {value} {unit} (limite {limit}) depuis {since}.",
            fall="Chevet: chute possible, {since}.",
            general="Chevet: votre proche a besoin d'attention depuis {since}.",
            see="Allez voir ou appelez à l'aide.",
            again="Mesurez à nouveau dans les {minutes} min.",
            reference="Réf {reference}",
            time="%Hh%M",
            date="le %d/%m %Hh%M",
            decimal=",",
        ),
    }
)


def text(
    contact: Contact,
    vital: str,
    value: float | None,
    limit: float | None,
    *,
    since: datetime,
    now: datetime,
    reference: str,
) -> str:
    """The whole SMS. `since` and `now` in the patient's local time; another day than today is written out."""
    words, row = LANGUAGES[contact.language], BY_KEY[vital]
    granted = vital in contact.signals
    parts = (
        (_what(words, row, value, limit) if granted else words.general),
        words.see,
        *((words.again,) if granted and asks_again(vital) else ()),
        words.reference,
    )
    written = " ".join(parts).format(
        vital=row.title[contact.language],
        value=_number(value, words),
        limit=_number(limit, words),
        unit=_UNITS.get(row.unit, row.shown_unit),
        since=since.strftime(words.time if since.date() == now.date() else words.date),
        minutes=REPEAT_WITHIN,
        reference=reference,
    )
    return gsm7.transliterated(written)


def asks_again(vital: str) -> bool:
    """Whether one reading decides and a second is asked for: what a person measures by hand, such as a pressure."""
    return any(rule.clears.next_reading for rule in OF_VITAL[vital])


def _what(words: Language, row: Vital, value: float | None, limit: float | None) -> str:
    if row.clears.by_person:
        return words.fall
    return words.general if value is None or limit is None else words.value


def _number(value: float | None, words: Language) -> str:
    return "" if value is None else f"{round(value, 1):g}".replace(".", words.decimal)
