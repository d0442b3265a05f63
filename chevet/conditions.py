"""Technical conditions of a gateway itself, apart from those of a signal: rows, and when each begins and ends.

They go to staff, never by SMS. A condition begins when it has held for its row's `lasting`, and ends when it has not
held for `clears_after`: what comes and goes is one alert, not a hundred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chevet.alerts import NO_VITAL
from chevet.detection import Change, Transition
from chevet.severities import Kind, Severity

DEVICE = "gateway"
"""What stands for a device in an alert about the gateway itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`title` is what people read; `lasting` and `clears_after` in seconds."""

    rule: str
    title: str
    lasting: int
    clears_after: int
    severity: Severity = Severity.MEDIUM


MODEM_STOPPED = Condition(
    rule="modem.stopped", title="SMS by modem: gammu-smsd is not running", lasting=30, clears_after=30
)
MODEM_MISSING = Condition(
    rule="modem.missing", title="SMS by modem: the modem does not answer", lasting=30, clears_after=60
)
MODEM_LOCKED = Condition(
    rule="modem.locked", title="SMS by modem: the SIM card wants another PIN", lasting=10, clears_after=60
)
MODEM_NETWORK = Condition(rule="modem.network", title="SMS by modem: no network", lasting=120, clears_after=60)
MODEM_UNSENT = Condition(
    rule="modem.unsent", title="SMS by modem: the last message was not sent", lasting=5, clears_after=60
)
SMS_INTERNET_ONLY = Condition(
    rule="sms.internet_only",
    title="SMS: no way to send without the house's internet",
    lasting=60,
    clears_after=60,
    severity=Severity.LOW,
)

CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        one.rule: one
        for one in (MODEM_STOPPED, MODEM_MISSING, MODEM_LOCKED, MODEM_NETWORK, MODEM_UNSENT, SMS_INTERNET_ONLY)
    }
)


class ConditionDetector:
    """One condition. Its clock is monotonic, in seconds; only the alert's times are of the wall, in milliseconds."""

    def __init__(self, row: Condition, *, onset: int | None = None) -> None:
        """`onset` where an alert of it is open since before a restart."""
        self.row = row
        self._onset = onset
        self._since: float | None = None

    @property
    def raised(self) -> bool:
        """Whether an alert of it is open."""
        return self._onset is not None

    def step(self, holds: bool | None, clock: float, now: int) -> list[Transition]:
        """What it changes that the condition holds, or not, at `clock`. None: nobody can tell, and nothing changes."""
        if holds is None or holds is self.raised:
            self._since = None
            return []
        self._since = clock if self._since is None else self._since
        lasted = clock - self._since
        if lasted < (self.row.lasting if holds else self.row.clears_after):
            return []
        self._since = None
        if holds:
            self._onset = now - round(lasted * 1000)
            return [self._transition(Change.RAISED, self._onset, now)]
        onset, self._onset = self._onset, None
        assert onset is not None  # noqa: S101 - it was raised
        return [self._transition(Change.CLEARED, onset, max(now, onset))]

    def _transition(self, change: Change, onset: int, at: int) -> Transition:
        return Transition(
            change=change,
            rule=self.row.rule,
            vital=NO_VITAL,
            kind=Kind.TECHNICAL,
            severity=self.row.severity,
            onset=onset,
            at=at,
        )
