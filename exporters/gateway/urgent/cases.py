"""The life of an alert at the gateway, from its declaration to the end of its calls: what each event makes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from chevet.alerts import Alert, Attempt, Outcome, alert_id
from chevet.detection import Change, Transition
from chevet.segments import Moment, clock_of

REGISTER_WITHIN = 3000
"""Milliseconds that registration gives the first SMS a start: longer it waits for no sender."""

UNKNOWN = "not known whether it was handed over: the gateway stopped between hand-over and record"


class Calling(StrEnum):
    """Whether an alert is called about.

    UNJUDGED: nobody has decided yet. WAITING: high, but the newest good reading is too old to call about. NONE: goes to
    staff by way of the service. OPEN: relatives are being called. OVER: it was taken, it cleared, or it is of another
    patient.
    """

    UNJUDGED = "unjudged"
    WAITING = "waiting"
    NONE = "none"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """An SMS that is being handed over: noted before, so that after a kill the same one is repeated."""

    number: int
    reference: str
    place: int
    channel: str


@dataclass(slots=True, kw_only=True)
class Case:
    """One alert with what is still to be done about it. Times in milliseconds.

    `revision` counts its changes, `published` is the one that the outbox has; until `hold_until` the SMS goes first.
    `clock` is the segment by whose clock its onset was told.
    """

    alert: Alert
    calling: Calling = Calling.UNJUDGED
    assignment: str = ""
    since: int = 0
    hold_until: int = 0
    taken: bool = False
    handing: Handing | None = None
    revision: int = 1
    published: int = 0
    clock: str = ""

    @property
    def open(self) -> bool:
        """Whether its condition is still there."""
        return self.alert.cleared_at is None

    @property
    def active(self) -> bool:
        """Whether anything about it is still to come: a change, a record, a registration."""
        return self.open or self.handing is not None or self.published < self.revision

    def began(self, now: Moment) -> int:
        """Its onset by the wall clock as it goes now, which may have stepped since."""
        clock = clock_of(self.clock)
        told_by = clock[1] if clock is not None and clock[0] == now.boot else now.ahead
        return self.alert.onset + now.ahead - told_by

    def registrable(self, now: int) -> bool:
        """Whether the outbox is to have it now."""
        held = 0 < self.hold_until - now <= REGISTER_WITHIN
        return self.published < self.revision and self.calling is not Calling.UNJUDGED and not held

    def change(self, **fields: Any) -> None:
        """Amend fields of the alert, which is then to be registered again."""
        self.alert = replace(self.alert, **fields)
        self.revision += 1

    def amend(self, transition: Transition) -> None:
        """Its severity changed. One that rises to high is judged anew, one that falls below is called about no more.

        While it eases, the alert keeps the value that it was raised for: the newest may lie within every limit.
        """
        if transition.severity.exceeds(self.alert.severity):
            self.change(severity=transition.severity, value=transition.value, limit=transition.limit)
        else:
            self.change(severity=transition.severity)
        if self.alert.calls_relatives and not self.taken:
            self.calling = Calling.OPEN if self.calling is Calling.OPEN else Calling.UNJUDGED
        elif self.calling in (Calling.OPEN, Calling.WAITING):
            self.calling = Calling.OVER

    def clear(self, at: int) -> None:
        """Its condition ended. It is late where that happened before anybody was told of it."""
        told = self.calling in (Calling.NONE, Calling.OVER) or self.alert.attempts or self.handing
        self.change(cleared_at=max(at, self.alert.onset), late=not told)
        self.calling = Calling.OVER

    def call(self, now: int, assignment: str) -> None:
        """Relatives are to be called from now on."""
        self.calling, self.since, self.assignment = Calling.OPEN, now, assignment
        self.hold_until = now + REGISTER_WITHIN

    def take(self) -> None:
        """A named human took it."""
        self.taken, self.calling = True, Calling.OVER

    def record(self, attempt: Attempt) -> None:
        """What became of a hand-over."""
        self.change(attempts=(*self.alert.attempts, attempt))
        self.handing, self.hold_until = None, 0

    def deliver(self, number: int, status: str) -> bool:
        """What the network reported on an attempt; False where that is known, or there is none of that number."""
        tried = self.alert.attempts
        told = tuple(replace(one, detail=status) if one.number == number else one for one in tried)
        if told == tried:
            return False
        self.change(attempts=told)
        return True

    def record_unknown(self, now: int) -> None:
        """Nobody will repeat the hand-over that a kill left open, for the alert is over."""
        if self.handing is not None:
            self.record(
                Attempt(
                    number=self.handing.number,
                    reference=self.handing.reference,
                    at=now,
                    contact=self.handing.place,
                    channel=self.handing.channel,
                    outcome=Outcome.FAILED,
                    detail=UNKNOWN,
                )
            )

    def to_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return asdict(self) | {"alert": self.alert.to_dict()}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Case:
        """The case that `to_dict` gave."""
        handing = fields["handing"]
        return cls(
            **fields
            | {
                "alert": Alert.from_dict(fields["alert"]),
                "calling": Calling(fields["calling"]),
                "handing": None if handing is None else Handing(**handing),
            }
        )


def declared(gateway: str, device: str, transition: Transition, now: int) -> Case:
    """The case of a new alert; here its id is minted, once."""
    assert transition.change is Change.RAISED  # noqa: S101 - an alert begins with nothing else
    return Case(
        alert=Alert(
            id=str(alert_id(gateway, device, transition.rule, transition.onset)),
            gateway=gateway,
            device=device,
            rule=transition.rule,
            vital=transition.vital,
            kind=transition.kind,
            severity=transition.severity,
            onset=transition.onset,
            declared_at=now,
            value=transition.value,
            limit=transition.limit,
        )
    )
