"""The names of series that Prometheus computes by rules, for those who make the rules and those who draw them."""

from __future__ import annotations

NEWS2_VALUE, NEWS2_POINTS, NEWS2_AGE = "chevet:news2:value", "chevet:news2:points", "chevet:news2:age_seconds"
NEWS2_SCORE, NEWS2_PARTS, NEWS2_MISSING = "chevet:news2:score", "chevet:news2:parts", "chevet:news2:missing"
"""The first three and the last have the label `part`; score and parts are a patient's."""
NEWS2_ELIGIBLE, NEWS2_SCALE = "chevet:news2:eligible", "chevet:news2:scale"
"""Of each patient: what the service last said within a day."""

WINDOW_AGE = "chevet:window:age_seconds"
"""Of each gateway: since the end of its newest window."""

LIMIT_KNOWN = "chevet:limit:known"
"""Of each patient's vital, severity and side: the limit that the service last said, within a day."""

BASELINE_LOWER, BASELINE_MEDIAN = "chevet:baseline:lower_quartile", "chevet:baseline:median"
BASELINE_UPPER, BASELINE_DAYS = "chevet:baseline:upper_quartile", "chevet:baseline:days"
"""Of each patient and `vital`: this hour on the days before, and on how many of them it is known."""
BASELINE_HOLDS = 1800
"""Seconds for which what was recorded holds: it comes each quarter of an hour."""

HEART_RATE_RISE, ACTIVITY_LEFT = "chevet:decline:heart_rate_rise", "chevet:decline:activity_percent"
"""Of each patient: what the last days have in common, beside the fortnight before."""
DECLINE_HOLDS = 7200
"""Seconds, as above: it comes each hour."""

NIGHT_DESATURATED, NIGHT_MEASURED = "chevet:night:desaturated_minutes", "chevet:night:measured_minutes"
"""Of each patient: minutes of the night hours of the last 24, at or below the limit and in all."""

GLUCOSE_SHARE, GLUCOSE_SLOTS = "chevet:glucose:share_percent", "chevet:glucose:slots"
GLUCOSE_COMPLETENESS = "chevet:glucose:completeness_percent"
"""Of each patient over so many days, by `over`; the share is of time in a `region`, such as below_54."""

HOME_PRESSURE, HOME_READINGS = "chevet:home_pressure:average_mmhg", "chevet:home_pressure:readings"
"""Of each patient: the average by `vital`; readings that were `taken`, and that were `kept` for the average."""

WEIGHT_BEFORE, WEIGHT_GAINED = "chevet:weight:before_grams", "chevet:weight:gained_grams"
"""Of each scale: what the patient weighed three days ago, and what was gained since."""

ALERTS = "ALERTS"
"""1 while an alert is pending or firing, by `alertstate`; the labels are the alert's own and its series'."""

NAMES: frozenset[str] = frozenset(
    {NEWS2_ELIGIBLE, NEWS2_SCALE}
    | {NEWS2_VALUE, NEWS2_POINTS, NEWS2_AGE, NEWS2_SCORE, NEWS2_PARTS, NEWS2_MISSING, WINDOW_AGE, LIMIT_KNOWN, ALERTS}
    | {BASELINE_LOWER, BASELINE_MEDIAN, BASELINE_UPPER, BASELINE_DAYS}
    | {GLUCOSE_SHARE, GLUCOSE_SLOTS, GLUCOSE_COMPLETENESS, HOME_PRESSURE, HOME_READINGS, WEIGHT_BEFORE, WEIGHT_GAINED}
    | {HEART_RATE_RISE, ACTIVITY_LEFT, NIGHT_DESATURATED, NIGHT_MEASURED}
)
