"""What urgent decides, and keeps: readings to alarms, alarms to alerts, alerts to calls. No network, no waiting.

Each method is one transaction; what it has returned from is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from chevet.alerts import Attempt
from chevet.conditions import DEVICE
from chevet.detection import Change, Transition
from chevet.readings import Reading
from chevet.sheet import PatientLimit, Sheet
from chevet.steady import Steady
from chevet.vitals import BY_KEY
from exporters.gateway import clocks
from exporters.gateway.urgent import counters, steady
from exporters.gateway.urgent.cases import Calling, Case, Handing, declared
from exporters.gateway.urgent.detectors import Key, Marks, Watch
from exporters.gateway.urgent.state import StoredSheet, UrgentState

log = structlog.get_logger()

FRESH = 15.0
SETTLE = 1.0
"""Seconds. A reading that comes later than FRESH after it was measured may be one of many that waited somewhere: what
it raises is called about when no other of its signal comes within SETTLE, for that may tell that all is well again."""

UNSETTLED = 10.0
"""Seconds after which it is called about though others still come: a sensor may send more often than each SETTLE, and
its clock may be late for good."""


class Bedside:
    """The detectors and alerts of one gateway. Nobody is called, and nothing registered, before `judge` is asked.

    Detectors count on a clock that no step of the wall clock moves; people are told the time by the wall clock, and the
    sheet is judged by the service's, which is `offset()` milliseconds ahead of it.
    """

    def __init__(
        self, state: UrgentState, gateway: str, zone: ZoneInfo, sheet: Sheet | None, look: clocks.Look = clocks.look
    ) -> None:
        self._state, self._gateway, self._zone, self._look = state, gateway, zone, look
        self._steady: Steady = steady.kept(state, look())
        self._marks = Marks(state.seen())
        self._arrived: dict[Key, float] = {}
        self._undecided: dict[str, float] = {}
        self.watches: dict[Key, Watch] = {}
        self.cases: dict[str, Case] = {case.alert.id: case for case in state.cases()}
        self.sheet = sheet
        self.on_change: list[Callable[[], None]] = []
        self.offset: Callable[[], int] = lambda: 0
        for key, dumped in state.watches().items():
            self._watch(key).load(dumped)
        with state.transaction():
            state.prune()

    def take(self, readings: Iterable[Reading], now: int, clock: float, *, judging: bool) -> None:
        """Step every detector through what was not seen before. `now` in milliseconds, `clock` monotonic seconds."""
        touched: dict[Key, Reading] = {}
        with self._state.transaction():
            for reading in readings:
                new = self._marks.new(reading)
                counters.READINGS.labels(outcome="taken" if new else "seen_before").inc()
                if not new:
                    continue
                key = (reading.device, reading.vital)
                touched[key] = reading
                self._arrived[key] = clock
                for transition in self._step(key, reading):
                    self._apply(key, transition, now)
                self._state.save_seen(reading)
            for key in touched:
                self._state.save_watch(key, self.watches[key].dump())
            if judging:
                self._judge(now, clock)
        self._tell()

    def judge(self, now: int, clock: float) -> None:
        """Decide about every alert that nobody decided about: who is to be called, who only registered."""
        with self._state.transaction():
            changed = self._judge(now, clock)
        if changed:
            self._tell()

    def _judge(self, now: int, clock: float) -> bool:
        undecided = [one for one in self.cases.values() if one.calling in (Calling.UNJUDGED, Calling.WAITING)]
        ids = {case.alert.id for case in undecided}
        self._undecided = {alert: since for alert, since in self._undecided.items() if alert in ids}
        judged = [(case, self._judgement(case, now, clock)) for case in undecided]
        changed = [(case, calling) for case, calling in judged if calling is not case.calling]
        for case, calling in changed:
            case.calling = calling
            if calling is Calling.OPEN:
                case.call(now, self.sheet.assignment if self.sheet else "")
                log.info("relatives are to be called", alert=case.alert.id, rule=case.alert.rule)
            self._save(case)
        return bool(changed)

    def _judgement(self, case: Case, now: int, clock: float) -> Calling:
        if not case.alert.calls_relatives or case.taken:
            return Calling.NONE
        key = (case.alert.device, case.alert.vital)
        newest = self.watches[key].newest(case.alert.rule)
        age = float("inf") if newest is None else (self._steady.at(now, self._look()) - newest) / 1000
        stale_after = BY_KEY[case.alert.vital].stale_after
        if stale_after is not None and age >= stale_after:
            self._undecided.pop(case.alert.id, None)
            return Calling.WAITING
        since = self._undecided.setdefault(case.alert.id, clock)
        settled = clock - self._arrived.get(key, float("-inf")) >= SETTLE
        settled = settled or clock - since >= UNSETTLED
        return Calling.OPEN if age < FRESH or settled else case.calling

    def silence(self, now: int) -> None:
        """Find the signals that are silent at `now`. Not to be asked while readings may wait in a queue."""
        seen = self._look()
        at = self._steady.at(now, seen)
        silent = [(key, one) for key, watch in self.watches.items() for one in watch.signal.at(at)]
        found = [(key, self._steady.told(one, seen)) for key, one in silent]
        if not found:
            return
        with self._state.transaction():
            for key, transition in found:
                self._apply(key, transition, now)
                self._state.save_watch(key, self.watches[key].dump())
        self._tell()

    def tell_of_gateway(self, transitions: Iterable[Transition], now: int) -> None:
        """What began or ended that is wrong with the gateway itself."""
        with self._state.transaction():
            for transition in transitions:
                self._apply((DEVICE, transition.vital), transition, now)
        self._tell()

    def deliver(self, alert: str, number: int, status: str) -> bool:
        """Note what the network reported on an SMS; False where it is known, or of none of ours."""
        case = self.cases.get(alert) or self._state.case(alert)
        if case is None or not case.deliver(number, status):
            return False
        with self._state.transaction():
            self.cases[alert] = case  # though it was over: its attempt is to be registered again
            self._save(case)
        self._tell()
        return True

    def begin(self, case: Case, handing: Handing) -> None:
        """An SMS is about to be handed over: if nothing more is ever heard of it, the same one is repeated."""
        with self._state.transaction():
            case.handing = handing
            self._save(case)

    def record(self, case: Case, attempt: Attempt) -> None:
        """What became of it."""
        with self._state.transaction():
            case.record(attempt)
            self._save(case)
        self._tell()

    def abandon(self, case: Case, now: int) -> None:
        """An open hand-over of an alert that is over is not repeated."""
        with self._state.transaction():
            case.record_unknown(now)
            self._save(case)
        self._tell()

    def take_over(self, case: Case, now: int) -> None:
        """A named human took the alert. What no reading can end, such as a fall, ends with it."""
        key = (case.alert.device, case.alert.vital)
        with self._state.transaction():
            case.take()
            detector = self.watches[key].rules.get(case.alert.rule)
            if detector is not None and detector.rule.clears.by_person:
                seen = self._look()
                for transition in detector.clear_by_person(self._steady.at(now, seen)):
                    self._apply(key, self._steady.told(transition, seen), now)
                self._state.save_watch(key, self.watches[key].dump())
            self._save(case)
        self._tell()

    def clock(self) -> str:
        """The segment by whose clock people are told the time now."""
        now = self._look()
        return f"{now.boot}.{now.ahead}"

    def published(self, case: Case, revision: int) -> None:
        """The outbox has this revision."""
        with self._state.transaction():
            case.published = max(case.published, revision)
            self._save(case)

    def adopt(self, sheet: Sheet, stored: StoredSheet, now: int) -> None:
        """Live by another sheet. With another assignment everything of the old one ends in the same transaction."""
        before = self._state.sheet()
        with self._state.transaction():
            if self._is_of_another(before, stored, sheet, now):
                self._end_assignment(now)
            self._state.save_sheet(stored)
        self.sheet = sheet
        self._tell()

    def _is_of_another(self, before: StoredSheet | None, stored: StoredSheet, sheet: Sheet, now: int) -> bool:
        """Whether somebody else, or nobody, was the patient until now. Without a sheet the time of the alarms tells."""
        if before is not None:
            return before.assignment != stored.assignment
        seen, ahead = self._look(), self.offset()
        if sheet.at_least(now + ahead) > now + ahead:  # our clock is years away, and tells nothing of that
            return False
        return any(case.open and case.began(seen) + ahead < sheet.from_ms for case in self.cases.values())

    def _end_assignment(self, now: int) -> None:
        """Nobody is called about a stranger, nor does one patient's past count against the next."""
        for case in list(self.cases.values()):
            key = (case.alert.device, case.alert.vital)
            if case.open and key in self.watches and case.alert.rule in self.watches[key].rules:
                case.clear(now)
                self._save(case)
        for key, watch in self.watches.items():
            watch.forget_patient()
            self._state.save_watch(key, watch.dump())
        log.info("the gateway stands with another patient: pending calls are dropped")

    def _step(self, key: Key, reading: Reading) -> list[Transition]:
        measured, now = self._steady.of(reading), self._look()
        limits = self._limits(self.by_sheet(self._steady.shown(measured.measured_at, now)))
        return [self._steady.told(one, now) for one in self._watch(key).step(measured, limits)]

    def by_sheet(self, wall: int) -> int:
        """The time by which the sheet is judged: the service's as far as it is known, and never long before it."""
        at = wall + self.offset()
        return at if self.sheet is None else self.sheet.at_least(at)

    def _limits(self, at: int) -> list[PatientLimit]:
        if self.sheet is None or not self.sheet.limits or not self.sheet.holds(at):
            return []
        hour = datetime.fromtimestamp(at / 1000, self._zone).hour
        return [limit for limit in self.sheet.limits if limit.in_force(at, hour)]

    def _watch(self, key: Key) -> Watch:
        if key not in self.watches:
            self.watches[key] = Watch(*key)
        return self.watches[key]

    def _apply(self, key: Key, transition: Transition, now: int) -> None:
        """One alert is open of a rule, but of what only a person takes back each stays: taking one ends them all."""
        raised = transition.change is Change.RAISED
        for case in [self._declare(key, transition, now)] if raised else self._open_cases(key, transition.rule):
            if transition.change is Change.AMENDED:
                case.amend(transition)
            elif transition.change is Change.CLEARED:
                case.clear(transition.at)
            self._save(case)
            alert = case.alert
            log.info(f"an alert is {transition.change}", alert=alert.id, rule=alert.rule, late=alert.late)

    def _declare(self, key: Key, transition: Transition, now: int) -> Case:
        case = declared(self._gateway, key[0], transition, now)
        while self._state.knows(case.alert.id):  # the clock stepped back to an onset that was
            transition = replace(transition, onset=transition.onset + 1)
            case = declared(self._gateway, key[0], transition, now)
        case.clock = self.clock()
        counters.ALERTS.labels(kind=transition.kind.value, severity=transition.severity.value).inc()
        self.cases[case.alert.id] = case
        return case

    def _open_cases(self, key: Key, rule: str) -> list[Case]:
        same = (one for one in self.cases.values() if (one.alert.device, one.alert.rule) == (key[0], rule))
        return [case for case in same if case.open]

    def _save(self, case: Case) -> None:
        self._state.save_case(case)
        if not case.active:
            self.cases.pop(case.alert.id, None)

    def _tell(self) -> None:
        for tell in self.on_change:
            tell()
