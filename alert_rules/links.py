"""Where an alert leads: to its heading in the runbook, and to a dashboard that opens on whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alert_rules.rows import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The runbook's and Grafana's addresses; `choices` is the label by which a dashboard is opened, by its uid."""

    runbooks: str = "http://127.0.0.1:8080/runbooks"
    grafana: str = "http://127.0.0.1:3000"
    choices: Mapping[str, str] = field(default_factory=dict)

    def runbook(self, alert: Alert) -> str:
        """Where the runbook speaks of it: under the heading of its name."""
        return f"{self.runbooks}#{alert.name.lower()}"

    def dashboard(self, alert: Alert, language: str) -> str:
        """The dashboard, of the patient or gateway that the alert names when it is told; of all where it names none."""
        uid = alert.dashboard if language == "en" else f"{alert.dashboard}-{language}"
        address, label = f"{self.grafana}/d/{uid}", self.choices.get(alert.dashboard)
        if label is None:
            return address
        return f"{address}{{{{ with $labels.{label} }}}}?var-{label}={{{{ . | urlquery }}}}{{{{ end }}}}"


LINKS = Links()
