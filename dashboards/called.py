"""What machines' labels say, in people's words: what became of a message, a sample, an SMS, and what waits where.

Each with a colour of its own, for those that Grafana would give are not all told apart by those who confuse two.
"""

from __future__ import annotations

from chevet.severities import Severity
from dashboards import colours
from dashboards.rows import Called, Words


def _called(name: str, en: str, fr: str, colour: str) -> Called:
    return Called(name=name, words=Words(en=en, fr=fr), colour=colour)


SMS = (
    _called("handed", "handed over", "remis", colours.BLUE),
    _called("failed", "failed", "échoués", colours.VERMILLION),
)
SAMPLES = (
    _called("stored", "stored", "enregistrés", colours.BLUE),
    _called("quarantined", "quarantined", "mis en quarantaine", colours.VERMILLION),
)
CUTS = (
    _called("window", "windows", "fenêtres", colours.BLUE),
    _called("straggler", "stragglers", "retardataires", colours.ORANGE),
)
MESSAGES = (
    _called("messages, taken", "messages, taken", "messages, pris", colours.BLUE),
    _called("messages, refused", "messages, refused", "messages, refusés", colours.VERMILLION),
)
REPORTS = (
    _called("radio, taken", "radio reports, taken", "rapports radio, pris", colours.SKY),
    _called("radio, refused", "radio reports, refused", "rapports radio, refusés", colours.ORANGE),
    _called("radio, known", "radio reports, known already", "rapports radio, déjà connus", colours.GREY),
)
JOURNAL = (
    _called("journal, uncut", "journal, to be cut into windows", "journal, à découper en fenêtres", colours.ORANGE),
    _called("journal, unsent", "journal, to be sent", "journal, à envoyer", colours.PURPLE),
)
SEVERITIES = tuple(
    _called(severity.value, en, fr, colours.OF_SEVERITY[severity])
    for severity, en, fr in (
        (Severity.HIGH, "high", "haute"),
        (Severity.MEDIUM, "medium", "moyenne"),
        (Severity.LOW, "low", "basse"),
        (Severity.INFO, "info", "information"),
    )
)
