"""Somebody who was seen newly confused, or not awake: 3 points of NEWS2 in one part, whatever the others say.

Told of everybody, for who is pregnant or under 16 has no score but may be unconscious. What was seen counts for as long
as in the score, until somebody has looked again.
"""

from __future__ import annotations

from alert_rules.conditions import Condition, Unit, alerts
from alert_rules.first_limits import PATIENT, PATIENT_TOLD
from alert_rules.rows import LANGUAGES, Group, Sentence, Team
from chevet import metrics, promql
from chevet.news2 import CONSCIOUSNESS, CONSCIOUSNESS_TITLES, SHELF_LIFE, Part
from chevet.severities import Kind, Severity

HOUR = 3600
_HELD = SHELF_LIFE[Part.CONSCIOUSNESS]
_SEEN = promql.by("max", PATIENT, promql.stretch("last_over_time", metrics.NEWS2_CONSCIOUSNESS.name, _HELD))


def _words(language: str) -> str:
    """What was seen, for its code is no word."""
    titles = [(code, CONSCIOUSNESS_TITLES[letter][language]) for code, letter in enumerate(CONSCIOUSNESS) if code]
    return "".join(f"{{{{ if eq $value {code}.0 }}}}{title}{{{{ end }}}}" for code, title in titles)


CONDITIONS = (
    Condition(
        name="ChevetConsciousnessAltered",
        rule="consciousness.altered",
        measured=_SEEN,
        bound=CONSCIOUSNESS.index("C"),
        unit=Unit.STATE,
        severity=Severity.HIGH,
        whose=PATIENT_TOLD,
        what=Sentence(**{language: _words(language) for language in LANGUAGES}),
        first=Sentence(
            en=f"Seen within the last {_HELD // HOUR} h and written down. Go and look again now: breath, pulse, "
            "glucose; the doctor at once. Write it down: somebody seen awake ends this alert.",
            fr=f"Vu et noté depuis {_HELD // HOUR} h au plus. Retourner voir maintenant : souffle, pouls, glycémie ; "
            "médecin aussitôt. Le noter : un patient vu éveillé clôt l'alerte.",
        ),
    ),
)

GROUP = Group(
    name="chevet-consciousness",
    every=60,
    rules=alerts(Team.WARD, "chevet-early-warning", *CONDITIONS, kind=Kind.CLINICAL),
)
