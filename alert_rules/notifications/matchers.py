"""Which alerts are meant: matchers of labels that refuse a label or a value that no alert has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from alert_rules.rows import Team
from chevet import metrics
from chevet.errors import BadRow, expected
from chevet.severities import Kind, Severity

ALERT_NAME, RULE, RULE_GROUP = "alertname", "rule", "rule_group"
CLOSED: Mapping[str, tuple[str, ...]] = {"severity": tuple(Severity), "kind": tuple(Kind), "team": tuple(Team)}
"""Labels whose values are all known."""
LABELS = (*CLOSED, ALERT_NAME, RULE, RULE_GROUP, metrics.GATEWAY, metrics.DEVICE, metrics.PATIENT)
"""Labels of an alert by which it may be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """Alerts whose `label` is one of `values`, or with `negated` none of them. An absent label has the value ''."""

    label: str
    values: tuple[str, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        require_label(self.label, "matcher")
        if not self.values:
            raise BadRow(expected(f"matcher {self.label}.values", "at least one value", self.values), field="values")
        known = CLOSED.get(self.label)
        unknown = next((value for value in self.values if known and value not in known), None)
        if known and unknown is not None:
            raise BadRow(expected(f"matcher {self.label}", " or ".join(known), unknown), field=self.label)

    def matches(self, labels: Mapping[str, str]) -> bool:
        return (labels.get(self.label, "") in self.values) != self.negated

    @property
    def text(self) -> str:
        """As Alertmanager reads it, also before 0.27; a regular expression is anchored by itself."""
        sign, one = "!" if self.negated else "=", len(self.values) == 1
        value = self.values[0] if one else "|".join(map(re.escape, self.values))
        operator = ("!=" if self.negated else "=") if one else f"{sign}~"
        return f"{self.label}{operator}{json.dumps(value)}"

    def excludes(self, other: Matcher) -> bool:
        """Whether no value can please both."""
        if self.label != other.label or (self.negated and other.negated):
            return False
        if self.negated or other.negated:
            wanted, refused = (other, self) if self.negated else (self, other)
            return set(wanted.values) <= set(refused.values)
        return not set(self.values) & set(other.values)


Matchers = tuple[Matcher, ...]


def of(label: str, *values: str) -> Matcher:
    return Matcher(label=label, values=values)


def other_than(label: str, *values: str) -> Matcher:
    return Matcher(label=label, values=values, negated=True)


def having(label: str) -> Matcher:
    return other_than(label, "")


def matching(matchers: Matchers, labels: Mapping[str, str]) -> bool:
    return all(matcher.matches(labels) for matcher in matchers)


def require_label(label: str, where: str) -> None:
    if label not in LABELS:
        raise BadRow(expected(f"{where} label", " or ".join(LABELS), label), field=label)
