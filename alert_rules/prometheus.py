"""Groups of rules as Prometheus reads them, and as Prometheus-Operator does: the same rules, wrapped otherwise."""

from __future__ import annotations

from typing import Any

import yaml

from alert_rules.links import LINKS, Links
from alert_rules.rows import Alert, Group, Recording
from chevet.errors import BadRow


def rule_file(group: Group, links: Links = LINKS) -> str:
    """One group as a rule file."""
    return _yaml(content(group, links))


def content(group: Group, links: Links = LINKS) -> dict[str, Any]:
    """What stands in its rule file, before it is written as YAML."""
    return {"groups": [_group(group, links)]}


def manifest(group: Group, links: Links = LINKS) -> str:
    """One group as a PrometheusRule."""
    return _yaml(
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": group.name, "labels": {"app.kubernetes.io/part-of": "chevet"}},
            "spec": {"groups": [_group(group, links)]},
        }
    )


def require_own_names(groups: tuple[Group, ...]) -> None:
    """Raises BadRow where two alerts or two groups have one name."""
    for kind, names in (
        ("group", [group.name for group in groups]),
        ("alert", [alert.name for group in groups for alert in group.alerts]),
    ):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadRow(f"{kind} {twice}: expected a name of its own, got one that another has", field="name")


def _group(group: Group, links: Links) -> dict[str, Any]:
    rules = [_alert(rule, links) if isinstance(rule, Alert) else _recording(rule) for rule in group.rules]
    return {"name": group.name, "interval": f"{group.every}s", "rules": rules}


def _alert(alert: Alert, links: Links) -> dict[str, Any]:
    waits = {"for": f"{alert.lasting}s"} if alert.lasting else {}
    return {
        "alert": alert.name,
        "expr": alert.expression,
        **waits,
        "labels": {
            "kind": alert.kind.value,
            "rule": alert.rule,
            "severity": alert.severity.value,
            "team": alert.team.value,
        },
        "annotations": {
            "summary": alert.summary.en,
            "summary_fr": alert.summary.fr,
            "description": alert.description.en,
            "description_fr": alert.description.fr,
            "runbook_url": links.runbook(alert),
            "dashboard_url": links.dashboard(alert, "en"),
            "dashboard_url_fr": links.dashboard(alert, "fr"),
        },
    }


def _recording(recording: Recording) -> dict[str, Any]:
    return {"record": recording.name, "expr": recording.expression, "labels": dict(recording.labels)}


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)
