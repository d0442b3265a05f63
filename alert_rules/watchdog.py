"""The dead man's switch: an alert that always fires. Where it no longer arrives, the monitor itself is dead."""

from __future__ import annotations

from alert_rules.rows import Alert, Group, Sentence, Team
from chevet.severities import Kind, Severity

ALWAYS = Alert(
    name="ChevetWatchdog",
    rule="watchdog",
    expression="vector(1)",
    severity=Severity.INFO,
    kind=Kind.TECHNICAL,
    summary=Sentence(en="rules are evaluated", fr="les règles sont évaluées"),
    description=Sentence(
        en="Nothing to do: this alert always fires. Act when it no longer arrives.",
        fr="Rien à faire : cette alerte est toujours là. Agir quand elle n'arrive plus.",
    ),
    dashboard="chevet-service",
    team=Team.OPERATIONS,
)

GROUP = Group(name="chevet-watchdog", every=15, rules=(ALWAYS,))
