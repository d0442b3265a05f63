"""The names of series that Prometheus computes by rules, for those who make the rules and those who draw them."""

from __future__ import annotations

NEWS2_VALUE, NEWS2_POINTS, NEWS2_AGE = "chevet:news2:value", "chevet:news2:points", "chevet:news2:age_seconds"
NEWS2_SCORE, NEWS2_PARTS, NEWS2_MISSING = "chevet:news2:score", "chevet:news2:parts", "chevet:news2:missing"
"""The first three and the last have the label `part`; score and parts are a patient's."""

WINDOW_AGE = "chevet:window:age_seconds"
"""Of each gateway: since the end of its newest window."""

ALERTS = "ALERTS"
"""1 while an alert is pending or firing, by `alertstate`; the labels are the alert's own and its series'."""

NAMES: frozenset[str] = frozenset(
    {NEWS2_VALUE, NEWS2_POINTS, NEWS2_AGE, NEWS2_SCORE, NEWS2_PARTS, NEWS2_MISSING, WINDOW_AGE, ALERTS}
)
