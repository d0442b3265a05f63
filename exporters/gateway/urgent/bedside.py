"""What urgent decides, and keeps: readings to alarms, alarms to alerts, alerts to calls. No network, no waiting.

Each method is one transaction; what it has returned from is on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog

from chevet.alerts import Attempt
from chevet.conditions import DEVICE
from chevet.detection import Change, Transition
from chevet.readings import Reading
from chevet.sheet import PatientLimit, Sheet
from exporters.gateway import clocks
from exporters.gateway.urgent import counters, hours
from exporters.gateway.urgent.cases import Calling, Case, Handing, declared
from exporters.gateway.urgent.detectors import Key, Marks, Watch
from exporters.gateway.urgent.judging import Judging
from exporters.gateway.urgent.state import StoredSheet, UrgentState
from exporters.gateway.urgent.steady import Clocks

log = structlog.get_logger()


class Bedside:
    """The detectors and alerts of one gateway. Nobody is called, and nothing registered, before `judge` is asked."""

    def __init__(
        self, state: UrgentState, gateway: str, zone: ZoneInfo, sheet: Sheet | None, look: clocks.Look = clocks.look
    ) -> None:
        self._state, self._gateway, self._zone = state, gateway, zone
        self._marks = Marks(state.seen())
        self.watches: dict[Key, Watch] = {}
        self.cases: dict[str, Case] = {case.alert.id: case for case in state.cases()}
        self.sheet = sheet
        self.on_change: list[Callable[[], None]] = []
        with state.transaction():
            self.clocks = Clocks(state, look)
            self._load_watches()
            state.prune()
        self._judging = Judging(self.watches, self.clocks)

    def _load_watches(self) -> None:
        for key, dumped in self._state.watches().items():
            self._watch(key).load(dumped)
            if self.clocks.ahead_of_last:
                self.watches[key].move(self.clocks.ahead_of_last)
                self._state.save_watch(key, self.watches[key].dump())

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
                self._judging.heard(key, clock)
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
            self.clocks.note()
            changed = self._judge(now, clock)
        if changed:
            self._tell()

    def _judge(self, now: int, clock: float) -> bool:
        changed = self._judging.changed(self.cases.values(), now, clock)
        for case, calling in changed:
            case.calling = calling
            if calling is Calling.OPEN:
                case.call(now, self.sheet.assignment if self.sheet else "")
                log.info("relatives are to be called", alert=case.alert.id, rule=case.alert.rule)
            self._save(case)
        return bool(changed)

    def silence(self, now: int) -> None:
        """Find the signals that are silent at `now`. Not to be asked while readings may wait in a queue."""
        at = self.clocks.at(now)
        silent = [(key, one) for key, watch in self.watches.items() for one in watch.signal.at(at)]
        found = [(key, self.clocks.told(one)) for key, one in silent]
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
                for transition in detector.clear_by_person(self.clocks.at(now)):
                    self._apply(key, self.clocks.told(transition), now)
                self._state.save_watch(key, self.watches[key].dump())
            self._save(case)
        self._tell()

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
        seen, ahead = self.clocks.now(), self.clocks.offset()
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
        measured = self.clocks.measured(reading)
        limits = self._limits(self.clocks.when(measured, self.sheet))
        return [self.clocks.told(one) for one in self._watch(key).step(measured, limits)]

    def by_sheet(self, wall: int) -> int:
        """The time by which the sheet is judged."""
        return self.clocks.by_sheet(wall, self.sheet)

    def _limits(self, at: int) -> list[PatientLimit]:
        if self.sheet is None or not self.sheet.limits or not self.sheet.holds(at):
            return []
        hour = hours.hour(at, self.sheet.time_zone, self._zone)
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
        case.clock = self.clocks.segment()
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
