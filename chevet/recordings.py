"""The names of series that Prometheus computes by rules, for those who make the rules and those who draw them."""

from __future__ import annotations

NEWS2_VALUE, NEWS2_POINTS, NEWS2_AGE = "chevet:news2:value", "chevet:news2:points", "chevet:news2:age_seconds"
NEWS2_SCORE, NEWS2_PARTS, NEWS2_MISSING = "chevet:news2:score", "chevet:news2:parts", "chevet:news2:missing"
"""The first three and the last have the label `part`; score and parts are a patient's."""

NAMES: frozenset[str] = frozenset({NEWS2_VALUE, NEWS2_POINTS, NEWS2_AGE, NEWS2_SCORE, NEWS2_PARTS, NEWS2_MISSING})
