"""What receivers, routes and inhibitions are: rows that refuse nonsense when built. The YAML is made elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from alert_rules.rows import Team
from chevet import metrics
from chevet.errors import BadRow, expected
from chevet.severities import Kind, Severity

ALERT_NAME, RULE, RULE_GROUP = "alertname", "rule", "rule_group"
CLOSED: Mapping[str, tuple[str, ...]] = {"severity": tuple(Severity), "kind": tuple(Kind), "team": tuple(Team)}
"""Labels whose values are all known."""
LABELS = (*CLOSED, ALERT_NAME, RULE, RULE_GROUP, metrics.GATEWAY, metrics.DEVICE, metrics.PATIENT)
"""Labels of an alert by which it may be told apart."""


class Channel(StrEnum):
    """A way of telling. `NOBODY` says that silence is meant: a receiver without any channel is a mistake."""

    SERVICE = "service"
    MAIL = "mail"
    OPERATIONS_WEBHOOK = "operations_webhook"
    NOBODY = "nobody"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Who is told together."""

    name: str
    channels: tuple[Channel, ...]

    def __post_init__(self) -> None:
        if not self.channels:
            raise BadRow(expected(f"receiver {self.name}", "at least one channel", self.channels), field=self.name)
        if Channel.NOBODY in self.channels and len(self.channels) > 1:
            raise BadRow(expected(f"receiver {self.name}", "nobody alone", self.channels), field=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds from an alert to its notification, to what joins it, and to the same told again."""

    wait: int
    interval: int
    repeat: int

    def __post_init__(self) -> None:
        if self.wait < 0:
            raise BadRow(expected("wait", "seconds, at least 0", self.wait), field="wait")
        if self.interval < 1:
            raise BadRow(expected("interval", "seconds, at least 1", self.interval), field="interval")
        if self.repeat < self.interval:
            raise BadRow(expected("repeat", f"at least the interval of {self.interval} s", self.repeat), field="repeat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which alerts `receiver` is told of. Alerts alike in `together` are one notification.

    The first route that fits decides, unless it `continues`. `name` is for our own sentences.
    """

    name: str
    matchers: Matchers
    receiver: str
    together: tuple[str, ...]
    pace: Pace
    continues: bool = False

    def __post_init__(self) -> None:
        if not self.matchers:
            raise BadRow(expected(f"route {self.name}", "at least one matcher", self.matchers), field=self.name)
        if not self.together:
            raise BadRow(expected(f"route {self.name}.together", "a label", self.together), field="together")
        for label in self.together:
            require_label(label, f"route {self.name}.together")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """While `source` fires, `target` is not told where both have the same value in every label of `equal`.

    Two alerts that both lack a label are alike in it, so each label of `equal` must be one that the target has.
    """

    name: str
    source: Matchers
    target: Matchers
    equal: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for side, matchers in (("source", self.source), ("target", self.target)):
            if not matchers:
                raise BadRow(expected(f"inhibition {self.name}.{side}", "at least one matcher", ()), field=side)
        for label in self.equal:
            require_label(label, f"inhibition {self.name}.equal")
        if not any(one.excludes(other) for one in self.source for other in self.target):
            wanted = "a source that is never its own target"
            raise BadRow(expected(f"inhibition {self.name}", wanted, self.text), field=self.name)

    @property
    def text(self) -> str:
        sides = (", ".join(matcher.text for matcher in matchers) for matchers in (self.source, self.target))
        return " > ".join(sides)
