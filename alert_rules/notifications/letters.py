"""The mails to operations, one skeleton in each language, as Alertmanager's templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from types import MappingProxyType

from alert_rules.rows import LANGUAGES, Sentence

SHOWN = 20
"""How many alerts a mail spells out: a phone shows no more that anybody reads."""
SKELETON = Path(__file__).parent / "templates" / "letter.tmpl"

WORDS: Mapping[str, Sentence] = MappingProxyType(
    {
        "high": Sentence(en="HIGH", fr="GRAVITÉ HAUTE"),
        "medium": Sentence(en="MEDIUM", fr="GRAVITÉ MOYENNE"),
        "low": Sentence(en="LOW", fr="GRAVITÉ BASSE"),
        "other": Sentence(en="NOTICE", fr="AVIS"),
        "firing": Sentence(en="going on", fr="en cours"),
        "resolved_one": Sentence(en="over", fr="terminée"),
        "resolved_many": Sentence(en="over", fr="terminées"),
        "over": Sentence(en="OVER", fr="TERMINÉE"),
        "since": Sentence(en="Since", fr="Depuis le"),
        "over_since": Sentence(en="Over since", fr="Terminée le"),
        "first": Sentence(en="First:", fr="D'abord\u00a0:"),
        "runbook": Sentence(en="Runbook", fr="Manuel"),
        "dashboard": Sentence(en="Dashboard", fr="Tableau de bord"),
        "more": Sentence(
            en=f"There are more; the first {SHOWN} are shown. See the dashboard for all.",
            fr=f"Il y en a d'autres ; voici les {SHOWN} premières. Toutes sont au tableau de bord.",
        ),
        "sender": Sentence(
            en="Chevet, to operations on call. This address takes no answer.",
            fr="Chevet, à l'astreinte de l'exploitation. Cette adresse ne reçoit pas de réponse.",
        ),
        # Go writes months in English only, hence in figures.
        "time": Sentence(en="2006-01-02 15:04:05 MST", fr="02/01/2006 à 15:04:05 MST"),
        "language": Sentence(en="en", fr="fr"),
        "summary": Sentence(en="summary", fr="summary_fr"),
        "description": Sentence(en="description", fr="description_fr"),
        "dashboard_url": Sentence(en="dashboard_url", fr="dashboard_url_fr"),
    }
)


class _Skeleton(Template):
    """`§{word}`: braces and dollars are Go's."""

    delimiter = "§"


def letter(language: str) -> str:
    """One language's template: its subject, its plain text, its HTML."""
    words = {name: getattr(word, language) for name, word in WORDS.items()}
    return _Skeleton(SKELETON.read_text(encoding="utf-8")).substitute(words, shown=SHOWN)


def letters() -> dict[str, str]:
    """Every template by the name of its file."""
    return {f"chevet.{language}.tmpl": letter(language) for language in LANGUAGES}
