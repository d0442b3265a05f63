"""What a document says by itself, in each language: words, numbers and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

LANGUAGES = ("en", "fr")
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "report": ("Medical report", "Compte rendu médical"),
        "patient": ("Patient", "Patient"),
        "born": ("Born", "Né(e) le"),
        "record": ("Record number", "Numéro de dossier"),
        "reference": ("Reference", "Référence"),
        "author": ("Author", "Auteur"),
        "doctor": ("doctor", "médecin"),
        "nurse": ("nurse", "infirmier ou infirmière"),
        "date": ("Date", "Date"),
        "version": ("Version {number}", "Version {number}"),
        "amends": (
            "This version amends version {amends}: {reason}",
            "Cette version modifie la version {amends} : {reason}",
        ),
        "charts": ("Measurements", "Mesures"),
        "period": ("{since} to {until}, {zone}", "du {since} au {until}, {zone}"),
        "each": ("mean, lowest and highest of {step}", "moyenne, minimum et maximum par {step}"),
        "limit_high": ("limit of high priority", "seuil de haute priorité"),
        "limit_medium": ("limit of medium priority", "seuil de moyenne priorité"),
        "limit_low": ("limit of low priority", "seuil de basse priorité"),
        "empty": (
            "No reading of {title} was stored between {since} and {until}.",
            "Aucune mesure ({title}) n’a été enregistrée entre le {since} et le {until}.",
        ),
        "signed": (
            "Version {number}, signed electronically by {name}, {role}, on {at}.",
            "Version {number}, signée électroniquement par {name}, {role}, le {at}.",
        ),
        "digest": ("SHA-256 of what was signed: {sha256}", "SHA-256 de ce qui a été signé : {sha256}"),
        "page": ("Page {page} of {pages}", "Page {page} sur {pages}"),
        "minutes": ("{count} min", "{count} min"),
        "hours": ("{count} h", "{count} h"),
    }
)
_MONTHS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    }
)
_POINT: Mapping[str, str] = MappingProxyType({"en": ".", "fr": ","})
_THOUSAND: Mapping[str, str] = MappingProxyType({"en": ",", "fr": "\N{NO-BREAK SPACE}"})


def say(key: str, language: str, **given: object) -> str:
    """The words of `key`, with what is given put in."""
    return _WORDS[key][LANGUAGES.index(language)].format(**given)


def number(value: float, decimals: int, language: str) -> str:
    """«1,234.5» or «1 234,5»."""
    text = f"{value:,.{decimals}f}"
    return text.translate({ord(","): _THOUSAND[language], ord("."): _POINT[language]})


def local(at: int, minutes: int) -> datetime:
    """What clocks show at `at` where they are `minutes` ahead; the time zone it carries means nothing."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at, minutes=minutes)


def day(at: datetime, language: str) -> str:
    """«21 Nov»."""
    return f"{at.day} {_MONTHS[language][at.month - 1]}"


def date(at: datetime, language: str) -> str:
    """«21 Nov 2026»."""
    return f"{day(at, language)} {at.year}"


def born(text: str, language: str) -> str:
    """A day of the calendar, such as 1941-05-23, as people write it."""
    return date(datetime.fromisoformat(text), language)


def moment(at: datetime, language: str) -> str:
    """«21 Nov 2026, 20:05»."""
    return f"{date(at, language)}, {at.hour:02}:{at.minute:02}"


def zone(minutes: int) -> str:
    """«UTC+1» or «UTC+5:30»."""
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def stretch(milliseconds: int, language: str) -> str:
    """«15 min» or «2 h»."""
    minutes = milliseconds // 60_000
    if minutes % 60:
        return say("minutes", language, count=minutes)
    return say("hours", language, count=minutes // 60)
