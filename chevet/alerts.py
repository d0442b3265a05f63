"""What an alert is and what makes two of them the same one. Its later life (acknowledge, resolve) is the service's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from chevet.errors import BadAlert, expected
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY

NAMESPACE = UUID("6f3c1d0e-2b7a-5c44-9a53-0c1b5e7f8d21")
"""The namespace of alert ids: changing it would make every known alert a new one."""

WATCHDOG_RULE = "watchdog"
"""The rule of what always fires, so that its absence is told: it is no alert."""

NO_VITAL = ""
"""The vital of a technical alert about the gateway itself, which has none."""


def alert_id(gateway: str, device: str, rule: str, onset: int) -> UUID:
    """The id of an alert, minted once from its onset (milliseconds) as first declared and never computed again."""
    return uuid5(NAMESPACE, "\x1f".join((gateway, device, rule, str(onset))))


def told_id(fingerprint: str, starts_at: int) -> UUID:
    """The id of an alert that Alertmanager tells: of its labels' fingerprint and of when it began to fire."""
    return uuid5(NAMESPACE, "\x1f".join(("alertmanager", fingerprint, str(starts_at))))


class Source(StrEnum):
    """Who saw what an alert is about."""

    GATEWAY = "gateway"
    PROMETHEUS = "prometheus"


class Outcome(StrEnum):
    """What became of one try to reach somebody."""

    HANDED = "handed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to call a contact: `number` in the plan, 1 first; `contact` its place in the sheet, 0 for local settings.

    `reference` stands in the message; a repeat has the same one. `detail` never carries a telephone number.
    """

    number: int
    reference: str
    at: int
    contact: int
    channel: str
    outcome: Outcome
    detail: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as a gateway registers it. Times in milliseconds; `value` and `limit` in the vital's unit.

    `onset` and `severity` may be amended; `id` may not. `late` says that it had cleared before anybody could be called.
    """

    id: str
    gateway: str
    device: str
    rule: str
    vital: str
    kind: Kind
    severity: Severity
    onset: int
    declared_at: int
    value: float | None
    limit: float | None
    cleared_at: int | None = None
    late: bool = False
    attempts: tuple[Attempt, ...] = ()

    def __post_init__(self) -> None:
        try:
            UUID(self.id)
        except (ValueError, TypeError, AttributeError):
            raise BadAlert(expected("id", "a UUID", self.id), field="id") from None
        if self.vital not in BY_KEY and not (self.vital == NO_VITAL and self.kind is Kind.TECHNICAL):
            raise BadAlert(
                expected("vital", "a key of the catalogue, or nothing where kind is technical", self.vital),
                field="vital",
            )
        for name in ("onset", "declared_at"):
            if type(getattr(self, name)) is not int:
                raise BadAlert(expected(name, "milliseconds, a whole number", getattr(self, name)), field=name)
        if self.cleared_at is not None and self.cleared_at < self.onset:
            raise BadAlert(expected("cleared_at", "a time not before onset", self.cleared_at), field="cleared_at")

    @property
    def reference(self) -> str:
        """The short form of the id that people read out over the telephone."""
        return self.id[:6].upper()

    @property
    def calls_relatives(self) -> bool:
        """Only a high clinical alert that is not late reaches a relative's phone."""
        return self.kind is Kind.CLINICAL and self.severity is Severity.HIGH and not self.late

    def to_dict(self) -> dict[str, Any]:
        """The body that registers it, ready for JSON."""
        return asdict(self) | {"attempts": [asdict(attempt) for attempt in self.attempts]}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Alert:
        """The alert in a body. Raises BadAlert with the field that was wrong."""
        try:
            attempts = tuple(
                Attempt(**dict(one) | {"outcome": Outcome(one["outcome"])}) for one in fields.get("attempts", ())
            )
            kinds = {"kind": Kind(fields["kind"]), "severity": Severity(fields["severity"])}
            return cls(**dict(fields) | kinds | {"attempts": attempts})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadAlert(f"alert: expected the fields of an alert, got {error}", field="alert") from None
