"""Every group of rules, in the order in which they are rendered."""

from __future__ import annotations

from alert_rules import (
    activity,
    baseline,
    blood_pressure,
    consciousness,
    desaturation,
    deterioration,
    devices,
    early_warning,
    freshness,
    gateways,
    glucose,
    limits,
    pipeline,
    repeating,
    service,
    sustained,
    trends,
    watchdog,
    weight,
)
from alert_rules.rows import Alert, Group

GROUPS: tuple[Group, ...] = (
    limits.GROUP,
    sustained.GROUP,
    early_warning.GROUP,
    consciousness.GROUP,
    baseline.RECORDED,
    baseline.GROUP,
    trends.GROUP,
    deterioration.RECORDED,
    deterioration.GROUP,
    desaturation.GROUP,
    activity.GROUP,
    repeating.GROUP,
    glucose.DAILY,
    glucose.FORTNIGHTLY,
    blood_pressure.GROUP,
    weight.GROUP,
    freshness.GROUP,
    devices.GROUP,
    gateways.GROUP,
    pipeline.GROUP,
    service.GROUP,
    watchdog.GROUP,
)
ALERTS: tuple[Alert, ...] = tuple(alert for group in GROUPS for alert in group.alerts)
