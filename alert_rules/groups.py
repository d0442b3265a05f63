"""Every group of rules, in the order in which they are rendered."""

from __future__ import annotations

from alert_rules import freshness, sustained
from alert_rules.rows import Alert, Group

GROUPS: tuple[Group, ...] = (sustained.GROUP, freshness.GROUP)
ALERTS: tuple[Alert, ...] = tuple(alert for group in GROUPS for alert in group.alerts)
