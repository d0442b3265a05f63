"""Technical conditions of a signal, apart from clinical ones: it is silent, or it comes and cannot be believed.

Silence counts from the last *good* reading. What lies here is never a clinical value: it goes to staff, not by SMS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from chevet.detection import Change, Transition
from chevet.readings import Quality, Reading
from chevet.rules import CONTACT_CHECKS, check_after
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY

CHECK, SILENT, CONTACT = "check", "silent", "contact"
"""Endings of the rules' keys: `<vital>.check` and so on."""


@dataclass(slots=True)
class _State:
    """Milliseconds throughout; None where the condition is not there. `raised` maps a condition to its onset."""

    run: str = ""
    sequence: int = -1
    last_good: int | None = None
    first_seen: int | None = None
    bad_since: int | None = None
    stuck_since: int | None = None
    raised: dict[str, int] = field(default_factory=dict)


class SignalDetector:
    """The signal of one vital of one device."""

    def __init__(self, vital: str) -> None:
        self.vital = vital
        self._state = _State()

    @property
    def raised(self) -> dict[str, int]:
        """The conditions that are there, with their onsets."""
        return dict(self._state.raised)

    def step(self, reading: Reading) -> list[Transition]:
        """What `reading` changes."""
        state = self._state
        if reading.run == state.run and reading.sequence <= state.sequence:
            return []
        state.run, state.sequence = reading.run, reading.sequence
        at = reading.measured_at
        state.first_seen = at if state.first_seen is None else state.first_seen
        if reading.quality is Quality.GOOD:
            state.last_good, state.bad_since, state.stuck_since = at, None, None
            return [self._clear(condition, at) for condition in self.raised]
        state.bad_since = _earlier(state.bad_since, at)
        self._step_contact(reading)
        return self._bad(at)

    def _step_contact(self, reading: Reading) -> None:
        check, state = CONTACT_CHECKS.get(self.vital), self._state
        stuck = check is not None and reading.value is not None and 0 <= reading.value <= check.at_most
        state.stuck_since = _earlier(state.stuck_since, reading.measured_at) if stuck else None

    def _bad(self, at: int) -> list[Transition]:
        state, check = self._state, CONTACT_CHECKS.get(self.vital)
        found: list[Transition] = []
        if BY_KEY[self.vital].interval is None:  # an event such as a fall, of which there is no signal to be bad
            return found
        if state.bad_since is not None and at - state.bad_since > check_after(self.vital) * 1000:
            found += self._raise(CHECK, state.bad_since, at, Severity.MEDIUM)
        if check and state.stuck_since is not None and at - state.stuck_since >= check.lasting * 1000:
            found += self._raise(CONTACT, state.stuck_since, at, check.severity)
        return found

    def at(self, now: int) -> list[Transition]:
        """What the time `now` (milliseconds) changes though nothing came."""
        stale = BY_KEY[self.vital].stale_after
        since = self._state.last_good if self._state.last_good is not None else self._state.first_seen
        if since is not None and now < since:  # the machine started anew with its clock in the past: count from here
            since = self._state.last_good = now
        if stale is None or since is None or now - since <= stale * 1000:
            return []
        return self._raise(SILENT, since, now, Severity.MEDIUM)

    def _raise(self, condition: str, onset: int, at: int, severity: Severity) -> list[Transition]:
        if condition in self._state.raised:
            return []
        self._state.raised[condition] = onset
        return [self._transition(Change.RAISED, condition, onset, at, severity)]

    def _clear(self, condition: str, at: int) -> Transition:
        onset = self._state.raised.pop(condition)
        check = CONTACT_CHECKS.get(self.vital)
        severity = check.severity if check and condition == CONTACT else Severity.MEDIUM
        return self._transition(Change.CLEARED, condition, onset, at, severity)

    def _transition(self, change: Change, condition: str, onset: int, at: int, severity: Severity) -> Transition:
        return Transition(
            change=change,
            rule=f"{self.vital}.{condition}",
            vital=self.vital,
            kind=Kind.TECHNICAL,
            severity=severity,
            onset=onset,
            at=max(at, onset),
        )

    def move(self, by: int) -> None:
        """From now on times are told by a clock that is `by` milliseconds ahead of the one before."""
        state = self._state
        for name in ("last_good", "first_seen", "bad_since", "stuck_since"):
            at = getattr(state, name)
            setattr(state, name, None if at is None else at + by)
        state.raised = {condition: onset + by for condition, onset in state.raised.items()}

    def dump(self) -> dict[str, Any]:
        """All state, ready for JSON."""
        return asdict(self._state)

    def load(self, dumped: Mapping[str, Any]) -> None:
        """Go on from what `dump` gave."""
        self._state = _State(**dumped)


def _earlier(since: int | None, at: int) -> int:
    """Since when, though the clock may have stepped back."""
    return at if since is None else min(since, at)
