"""What receivers, routes and inhibitions are: rows that refuse nonsense when built. The YAML is made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alert_rules.notifications.matchers import Matchers, require_label
from chevet.errors import BadRow, expected


class Channel(StrEnum):
    """A way of telling. `NOBODY` says that silence is meant: a receiver without any channel is a mistake."""

    SERVICE = "service"
    MAIL = "mail"
    OPERATIONS_WEBHOOK = "operations_webhook"
    NOBODY = "nobody"


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
