"""All of detection against an oracle of another make, over restarts, duplicates and disorder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from chevet.detection import Change, Detector, Transition
from chevet.readings import Quality, Reading
from chevet.rules import RULES, Rule
from chevet.severities import Severity, Side
from chevet.vitals import Limit
from tests.chevet.beds import (
    NOON,
    STEP,
    inside,
    reading_of,
)


@dataclass
class Oracle:
    """Detection once more, by looking back over all good readings at each of them. Slow, and of another make."""

    rule: Rule
    seen: list[tuple[int, float]] = field(default_factory=list)
    active: set[Severity] = field(default_factory=set)
    onset: int = 0

    def step(self, at: int, value: float) -> list[tuple[str, str, int, int]]:
        self.seen.append((at, value))
        before = min(self.active, key=lambda one: one.rank, default=None)
        ended = False
        for limit in self.rule.steps:
            breaks = self._lasts(lambda one, limit=limit: _breaks(limit, one), limit.lasting, limit.at_least)
            if breaks or (ended and _breaks(limit, value)):
                self.active.add(limit.severity)
            wait = 0 if self.rule.clears.next_reading else max(limit.lasting, 60)
            calm = self._lasts(lambda one, limit=limit: _calm(self.rule, limit, one), wait, 1)
            if calm and limit.severity in self.active:
                self.active.discard(limit.severity)
                ended = True
        extreme = self.rule.bypass
        if extreme and self._lasts(self._extreme, extreme.lasting, extreme.at_least):
            self.active.add(self.rule.steps[0].severity)
        now = min(self.active, key=lambda one: one.rank, default=None)
        if now is not None and self.rule.clears.by_person and _breaks(self.rule.steps[0], value):
            self.onset = at
            return [("raised", str(now), at, at)]
        if now is before:
            return []
        if before is None and now is not None:
            limit = next(one for one in self.rule.steps if one.severity is now)
            since = self._since(lambda one: _breaks(limit, one))
            self.onset = at if since is None else since
        change = "raised" if before is None else "amended" if now else "cleared"
        return [(change, str(now or before), self.onset, max(at, self.onset))]

    def _extreme(self, value: float) -> bool:
        assert self.rule.bypass is not None
        low = self.rule.side is Side.LOW
        return value <= self.rule.bypass.value if low else value >= self.rule.bypass.value

    def _since(self, holds) -> int | None:  # type: ignore[no-untyped-def]  # a predicate on values
        run = self._run(holds)
        return run[-1] if run else None

    def _lasts(self, holds, seconds: int, at_least: int) -> bool:  # type: ignore[no-untyped-def]  # as above
        run = self._run(holds)
        return len(run) >= at_least and run[0] - run[-1] >= seconds * 1000

    def _run(self, holds) -> list[int]:  # type: ignore[no-untyped-def]  # as above
        """Times of the newest readings without interruption for which `holds`, newest first."""
        stale, times = self.rule.row.stale_after, list[int]()
        for at, value in reversed(self.seen):
            broken_off = bool(times) and (at > times[-1] or (stale is not None and times[-1] - at > stale * 1000))
            if broken_off or not holds(value):
                break
            times.append(at)
        return times


def _breaks(limit: Limit, value: float) -> bool:
    compare = {
        "<": value < limit.value,
        "<=": value <= limit.value,
        ">": value > limit.value,
        ">=": value >= limit.value,
    }
    return compare[limit.operator]


def _calm(rule: Rule, limit: Limit, value: float) -> bool:
    if rule.clears.by_person:
        return False
    inside = not _breaks(limit, value)
    away = value - limit.value if limit.side is Side.LOW else limit.value - value
    return inside and (not rule.clears.margin or away > rule.clears.margin - 1e-6)


@st.composite
def episodes(draw: st.DrawFn) -> tuple[Rule, list[Reading]]:
    """A rule and readings about its bounds, its paces and its gaps, some not good, some by a clock that steps back."""
    rule = draw(st.sampled_from(RULES))
    lastings = [limit.lasting * 1000 for limit in rule.steps]
    stale, pace = (rule.row.stale_after or 60) * 1000, (rule.row.interval or 60) * 1000
    paces = [pace, *(lasting // 2 for lasting in lastings), *lastings, 60_000, 1, stale, stale + 1, -1, -600_000]
    values = [
        inside(limit, by)
        for limit in rule.steps
        for by in (0, STEP, -STEP, rule.clears.margin, rule.clears.margin - STEP, rule.clears.margin + 1, 30)
    ]
    values += [rule.bypass.value + by for by in (0, STEP, -STEP)] if rule.bypass else []
    good = [value for value in values if rule.row.is_plausible(value)]
    readings, at = [], 10_000_000
    common = draw(st.sampled_from(paces[: 1 + 2 * len(lastings)]))
    for sequence in range(draw(st.integers(1, 30))):
        at += draw(st.just(max(common, 1)) | st.sampled_from(paces))
        quality = draw(st.sampled_from([Quality.GOOD] * 6 + [Quality.SUSPECT, Quality.MISSING]))
        value = None if quality is Quality.MISSING else draw(st.sampled_from(good))
        readings.append(reading_of(rule, at, value, sequence, quality))
    return rule, readings


def _run(rule: Rule, readings: Iterable[Reading]) -> list[Transition]:
    detector = Detector(rule)
    return [change for reading in readings for change in detector.step(reading)]


@settings(max_examples=500)
@given(episodes())
def test_detection_agrees_with_the_oracle(episode: tuple[Rule, list[Reading]]) -> None:
    rule, readings = episode
    oracle, wanted = Oracle(rule), list[tuple[str, str, int, int]]()
    for reading in readings:
        if reading.quality is Quality.GOOD and reading.value is not None:
            wanted += oracle.step(reading.measured_at, reading.value)
    found = [(one.change.value, one.severity.value, one.onset, one.at) for one in _run(rule, readings)]
    assert found == wanted


@given(episodes())
def test_a_restart_at_every_point_changes_nothing(episode: tuple[Rule, list[Reading]]) -> None:
    rule, readings = episode
    state, found = Detector(rule).dump(), list[Transition]()
    for reading in readings:
        detector = Detector(rule)
        detector.load(json.loads(json.dumps(state)))
        found += detector.step(reading)
        state = detector.dump()
    assert found == _run(rule, readings)


@given(episodes(), st.data())
def test_duplicates_and_what_comes_out_of_order_change_nothing(
    episode: tuple[Rule, list[Reading]], data: st.DataObject
) -> None:
    rule, readings = episode
    repeated = [
        one
        for number, reading in enumerate(readings)
        for one in (reading, *data.draw(st.lists(st.sampled_from(readings[: number + 1]), max_size=2)))
        if one.quality is Quality.GOOD
    ]
    assert _run(rule, repeated) == _run(rule, readings)


@given(episodes())
def test_an_alarm_is_raised_once_amended_to_another_severity_and_never_cleared_beyond_a_limit(
    episode: tuple[Rule, list[Reading]],
) -> None:
    rule, readings = episode
    severity: Severity | None = None
    onsets = list[int]()
    for change in _run(rule, readings):
        if rule.clears.by_person:
            assert (change.change, change.onset) == (Change.RAISED, change.at)
            continue
        assert (change.change is Change.RAISED) is (severity is None)
        assert change.at >= change.onset
        if change.change is Change.CLEARED:
            assert change.severity is severity
            assert change.value is not None
            assert not any(limit.broken_by(change.value) for limit in rule.steps)
            severity = None
            continue
        assert change.severity is not severity
        onsets += [change.onset] if severity is None else []
        assert change.onset == onsets[-1]
        severity = change.severity


def test_a_new_run_goes_on_where_the_old_one_stopped() -> None:
    """Intake began a new spool: sequences start again, the minute goes on."""
    (rule,) = [rule for rule in RULES if rule.key == "heart_rate.high"]
    detector = Detector(rule)
    found = [detector.step(reading_of(rule, at * 1000, 140, 500 + at)) for at in (0, 10, 20, 30)]
    found += [detector.step(reading_of(rule, at * 1000, 140, at, run="r2")) for at in (40, 50, 60)]
    assert [change.onset for changes in found for change in changes] == [NOON]
