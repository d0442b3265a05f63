"""Detection: good readings of one device, step by step, to alarms that begin, change and end. Pure, on event time.

A step of a rule is in alarm when all good readings over its `lasting` break its limit, at least `at_least` of them; a
device too slow to give that many in time is judged by that many consecutive ones, which is the same arithmetic. It ends
when good readings stay calm for as long. Suspect and missing readings neither begin nor end a clinical alarm.

Order is the order of intake (run and sequence), never the clock: when measured time steps back between two readings in
order, or nothing good came for longer than `stale_after`, what had lasted so far is counted anew; an alarm stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from chevet.readings import Quality, Reading
from chevet.rules import Rule
from chevet.severities import Kind, Severity, Side


class Change(StrEnum):
    """What happened to an alarm."""

    RAISED = "raised"
    AMENDED = "amended"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One change of one alarm. `at` and `onset` in milliseconds; `value` is the reading's, `limit` the step's.

    After CLEARED, `severity` is the one that was. `at` is never before `onset`, though the clock may have stepped back.
    """

    change: Change
    rule: str
    vital: str
    kind: Kind
    severity: Severity
    onset: int
    at: int
    value: float | None = None
    limit: float | None = None


@dataclass(slots=True)
class _Span:
    """Consecutive good readings of one sort: since when, how many."""

    start: int | None = None
    count: int = 0

    def step(self, belongs: bool, at: int) -> None:
        if not belongs:
            self.start, self.count = None, 0
            return
        self.start = at if self.start is None else self.start
        self.count += 1

    def move(self, by: int) -> None:
        self.start = None if self.start is None else self.start + by

    def lasts(self, at: int, seconds: int, at_least: int = 1) -> bool:
        return self.start is not None and at - self.start >= seconds * 1000 and self.count >= at_least


@dataclass(slots=True)
class _Step:
    """The state of one severity of a rule."""

    broken: _Span = field(default_factory=_Span)
    calm: _Span = field(default_factory=_Span)
    active: bool = False


@dataclass(slots=True)
class _State:
    """All that a detector must remember; `dump` and `load` are this as JSON."""

    run: str = ""
    sequence: int = -1
    newest: int | None = None
    onset: int | None = None
    severity: str | None = None
    beyond: _Span = field(default_factory=_Span)
    steps: dict[str, _Step] = field(default_factory=dict)


class Detector:
    """One rule over one device of one gateway."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._state = _State(steps={step.severity.value: _Step() for step in rule.steps})

    @property
    def severity(self) -> Severity | None:
        """The severity in alarm, None when calm."""
        return Severity(self._state.severity) if self._state.severity else None

    @property
    def onset(self) -> int | None:
        """Since when (milliseconds) the alarm is there, as first declared."""
        return self._state.onset

    @property
    def newest(self) -> int | None:
        """When the newest good reading was measured, in milliseconds."""
        return self._state.newest

    def step(self, reading: Reading, rule: Rule | None = None) -> list[Transition]:
        """What `reading` changes. `rule` is this detector's rule with the limits in force at the reading's own time."""
        state = self._state
        if reading.quality is not Quality.GOOD or reading.value is None:
            return []
        if reading.run == state.run and reading.sequence <= state.sequence:
            return []
        self._take_order(reading)
        judged = rule or self.rule
        at, value = reading.measured_at, float(reading.value)
        self._take_limits(judged, at, value)
        self._take_bypass(judged, at, value)
        return self._changed(judged, at, value)

    def _take_order(self, reading: Reading) -> None:
        state, row = self._state, self.rule.row
        stale = (row.stale_after or 0) * 1000
        gap = 0 if state.newest is None else reading.measured_at - state.newest
        if gap < 0 or (stale and gap > stale):
            state.beyond = _Span()
            for step in state.steps.values():
                step.broken, step.calm = _Span(), _Span()
        state.run, state.sequence, state.newest = reading.run, reading.sequence, reading.measured_at

    def _take_limits(self, rule: Rule, at: int, value: float) -> None:
        """Where a severe step ends beyond a milder limit, the milder one takes over: nothing clears beyond a limit."""
        ended = False
        for limit in rule.steps:
            step = self._state.steps[limit.severity.value]
            broken = limit.broken_by(value)
            step.broken.step(broken, at)
            step.calm.step(rule.calm(limit, value), at)
            begins = step.broken.lasts(at, limit.lasting, limit.at_least) or (ended and broken)
            step.active = step.active or begins
            if step.active and step.calm.lasts(at, rule.calm_for(limit)):
                step.active, ended = False, True

    def _take_bypass(self, rule: Rule, at: int, value: float) -> None:
        if rule.bypass is None:
            self._state.beyond = _Span()
            return
        low = rule.bypass.side is Side.LOW
        self._state.beyond.step(value <= rule.bypass.value if low else value >= rule.bypass.value, at)
        if self._state.beyond.lasts(at, rule.bypass.lasting, rule.bypass.at_least):
            self._state.steps[rule.steps[0].severity.value].active = True

    def _changed(self, rule: Rule, at: int, value: float) -> list[Transition]:
        """What only a person takes back is raised again by each reading beyond: a second fall is another fall."""
        state, before = self._state, self.severity
        now = next((limit for limit in rule.steps if state.steps[limit.severity.value].active), None)
        if now is None:
            return [] if before is None else [self._end(rule, before, at, value)]
        again = rule.clears.by_person and before is not None and now.broken_by(value)
        if now.severity is before and not again:
            return []
        if state.onset is None or again:
            spans = (state.steps[now.severity.value].broken.start, state.beyond.start)
            state.onset = at if again else min([start for start in spans if start is not None], default=at)
        state.severity = now.severity.value
        change = Change.RAISED if before is None or again else Change.AMENDED
        return [self._transition(change, now.severity, at, value, now.value)]

    def _end(self, rule: Rule, severity: Severity, at: int, value: float | None) -> Transition:
        limit = next(step.value for step in rule.steps if step.severity is severity)
        ended = self._transition(Change.CLEARED, severity, at, value, limit)
        self._state.onset, self._state.severity = None, None
        return ended

    def _transition(self, change: Change, severity: Severity, at: int, value: float | None, limit: float) -> Transition:
        onset = at if self._state.onset is None else self._state.onset
        return Transition(
            change=change,
            rule=self.rule.key,
            vital=self.rule.vital,
            kind=Kind.CLINICAL,
            severity=severity,
            onset=onset,
            at=max(at, onset),
            value=value,
            limit=limit,
        )

    def clear_by_person(self, at: int) -> list[Transition]:
        """What a person takes back, such as a fall that was seen to. The next one is another, of its own onset."""
        severity = self.severity
        if severity is None:
            return []
        self._state.beyond = _Span()
        self._state.steps = {name: _Step() for name in self._state.steps}
        return [self._end(self.rule, severity, at, None)]

    def move(self, by: int) -> None:
        """From now on times are told by a clock that is `by` milliseconds ahead of the one before."""
        state = self._state
        state.newest = None if state.newest is None else state.newest + by
        state.onset = None if state.onset is None else state.onset + by
        for span in (state.beyond, *(one for step in state.steps.values() for one in (step.broken, step.calm))):
            span.move(by)

    def dump(self) -> dict[str, Any]:
        """All state, ready for JSON."""
        return asdict(self._state)

    def load(self, dumped: Mapping[str, Any]) -> None:
        """Go on from what `dump` gave."""
        steps = {
            severity: _Step(broken=_Span(**one["broken"]), calm=_Span(**one["calm"]), active=one["active"])
            for severity, one in dumped["steps"].items()
        }
        fresh = {step.severity.value: _Step() for step in self.rule.steps}
        beyond = _Span(**dumped["beyond"])
        self._state = _State(**dict(dumped) | {"steps": fresh | steps, "beyond": beyond})
