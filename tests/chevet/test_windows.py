"""The law of windows: no order of arrival matters within grace, and nothing is lost or invented beyond it."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.readings import Quality, Reading
from chevet.vitals import DEVICE_VITALS, GRACE
from chevet.windows import Cut, Cutter, Straggler, Window, aggregate, latest, to_series

NOON = 1_700_000_040_000
"""The start of a window: a multiple of 60 s."""
PERIOD = 60_000


def _reading(
    at: int, sequence: int = 0, *, value: float | None = 70, quality: Quality = Quality.GOOD, **other: Any
) -> Reading:
    fields = {"gateway": "g01", "device": "d1", "vital": "heart_rate", "segment": "s", "run": "r", "origin": "test"}
    return Reading(
        **fields | other,
        measured_at=NOON + at,
        sequence=sequence,
        quality=quality,
        value=None if quality is Quality.MISSING else value,
    )


def _cut(readings: Iterable[Reading], cutter: Cutter | None = None) -> list[Cut]:
    cutter = cutter or Cutter()
    return [cut for reading in readings for cut in cutter.add(reading, 0)]


def _cut_to_the_end(readings: Iterable[Reading]) -> list[Cut]:
    cutter = Cutter()
    return _cut(readings, cutter) + cutter.at(1e9)


def _windows(cuts: Iterable[Cut]) -> list[Window]:
    found = [cut for cut in cuts if isinstance(cut, Window)]
    return sorted(found, key=lambda one: (one.gateway, one.device, one.vital, one.end))


def _stragglers(cuts: Iterable[Cut]) -> list[Reading]:
    return [cut.reading for cut in cuts if isinstance(cut, Straggler)]


@st.composite
def series_of_readings(draw: st.DrawFn, devices: int = 2, span: int = 300_000) -> list[Reading]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, span),
                st.floats(10, 300),
                st.sampled_from(Quality),
                st.integers(1, devices),
                st.sampled_from(["heart_rate"] * 3 + ["respiratory_rate"]),
            ),
            min_size=1,
            max_size=40,
        )
    )
    return [
        _reading(at, number, value=max(10, min(value, 80)), quality=quality, device=f"d{device}", vital=vital)
        for number, (at, value, quality, device, vital) in enumerate(drawn)
    ]


@st.composite
def arrivals_within_grace(draw: st.DrawFn) -> tuple[list[Reading], list[Reading]]:
    """Readings in the order of time, and in an order of arrival in which none is later than grace."""
    readings = sorted(draw(series_of_readings()), key=lambda one: one.measured_at)
    delays = draw(st.lists(st.integers(0, GRACE * 1000), min_size=len(readings), max_size=len(readings)))
    arriving = sorted(zip(readings, delays, strict=True), key=lambda pair: pair[0].measured_at + pair[1])
    return readings, [reading for reading, _ in arriving]


@given(arrivals_within_grace())
def test_with_no_reading_later_than_grace_windows_do_not_depend_on_the_order_of_arrival(
    both: tuple[list[Reading], list[Reading]],
) -> None:
    in_order, as_arrived = both
    assert _windows(_cut_to_the_end(as_arrived)) == _windows(_cut_to_the_end(in_order))
    assert _stragglers(_cut_to_the_end(as_arrived)) == []


@given(arrivals_within_grace())
def test_windows_are_those_of_the_readings_sorted_into_their_minutes(both: tuple[list[Reading], list[Reading]]) -> None:
    """The same by another way: no cutter, only arithmetic."""
    in_order, as_arrived = both
    minutes: dict[tuple[str, str, int], list[Reading]] = {}
    for reading in in_order:
        start = reading.measured_at - reading.measured_at % PERIOD
        minutes.setdefault((reading.device, reading.vital, start), []).append(reading)
    wanted = [aggregate(inside, start, start + PERIOD) for (_, _, start), inside in minutes.items()]
    assert _windows(_cut_to_the_end(as_arrived)) == _windows(wanted)


@given(series_of_readings(), st.integers(0, 2**32), st.lists(st.integers(0, 500), max_size=5))
def test_windows_and_stragglers_together_conserve_count_minimum_and_maximum(
    readings: list[Reading], seed: int, silences: list[int]
) -> None:
    random.Random(seed).shuffle(readings)
    cutter, cuts, clock = Cutter(), list[Cut](), 0
    for number, reading in enumerate(readings):
        if number < len(silences):
            clock += silences[number]
            cuts += cutter.at(clock)
        cuts += cutter.add(reading, clock)
    cuts += cutter.at(1e9)
    windows, late = _windows(cuts), _stragglers(cuts)
    counted = sum((Counter(window.counts) for window in windows), Counter(one.quality for one in late))
    assert counted == Counter(reading.quality for reading in readings)
    good = [one.value for one in readings if one.quality is Quality.GOOD]
    late_good = [one.value for one in late if one.quality is Quality.GOOD]
    lows = [window.low for window in windows if window.low is not None]
    highs = [window.high for window in windows if window.high is not None]
    assert min(lows + late_good, default=None) == min(good, default=None)
    assert max(highs + late_good, default=None) == max(good, default=None)
    assert len({(one.device, one.vital, one.end) for one in windows}) == len(windows)


@given(series_of_readings(), st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 2**32))
def test_a_restart_at_any_moment_cuts_the_same(readings: list[Reading], seed: int, moment: int, again: int) -> None:
    random.Random(seed).shuffle(readings)
    whole = _cut_to_the_end(readings)
    before = Cutter()
    cuts = _cut(readings[:moment], before)
    counted = {identity for cut in cuts for identity in _identities(cut, readings[:moment])}
    uncut = [reading for reading in readings[:moment] if reading.identity not in counted]
    random.Random(again).shuffle(uncut)
    after = Cutter(before.dump())
    assert _cut(uncut, after) == []
    cuts += _cut(readings[moment:], after) + after.at(1e9)
    assert _windows(cuts) == _windows(whole)
    assert _stragglers(cuts) == _stragglers(whole)


@given(series_of_readings(), st.integers(0, 2**32))
def test_another_device_never_closes_a_window(readings: list[Reading], seed: int) -> None:
    random.Random(seed).shuffle(readings)
    together = _cut(readings)
    keys = dict.fromkeys(reading.identity[:3] for reading in readings)
    apart = [cut for key in keys for cut in _cut(reading for reading in readings if reading.identity[:3] == key)]
    assert _windows(together) == _windows(apart)
    assert Counter(one.identity for one in _stragglers(together)) == Counter(one.identity for one in _stragglers(apart))


@given(series_of_readings(devices=1, span=100_000), st.integers(0, 2**32))
def test_no_series_has_two_samples_at_one_time_and_the_ledger_counts_every_reading(
    readings: list[Reading], seed: int
) -> None:
    random.Random(seed).shuffle(readings)
    ahead = _reading(900_000, 999)
    alone = [_reading(one.measured_at - NOON, one.sequence, vital="body_temperature", value=37) for one in readings]
    found = to_series(_cut_to_the_end([ahead, *readings, *alone]))
    assert len({one.labels for one in found}) == len(found)
    for one in found:
        times = [at for at, _ in one.samples]
        assert times == sorted(set(times))
    counted = sum(value for one in found if one.name.endswith("_readings") for _, value in one.samples)
    late = sum(len(one.samples) for one in found if one.name.endswith("_straggler"))
    assert counted + late == 1 + 2 * len(readings)


def test_a_reading_at_the_end_of_a_window_belongs_to_the_next() -> None:
    windows = _windows(_cut_to_the_end([_reading(0, 1), _reading(59_999, 2), _reading(60_000, 3)]))
    assert [(one.start - NOON, one.end - NOON, one.counts[Quality.GOOD]) for one in windows] == [
        (0, 60_000, 2),
        (60_000, 120_000, 1),
    ]


def test_a_window_is_open_one_millisecond_before_grace_and_closed_at_it() -> None:
    cutter = Cutter()
    assert _cut([_reading(0, 1), _reading(60_000 + 29_999, 2)], cutter) == []
    (closed,) = cutter.add(_reading(60_000 + 30_000, 3), 0)
    assert isinstance(closed, Window)
    assert (closed.start, closed.end) == (NOON, NOON + 60_000)


def test_a_reading_just_within_grace_enters_its_window_and_one_beyond_travels_alone() -> None:
    in_time, cutter = _reading(59_999, 3), Cutter()
    _cut([_reading(0, 1), _reading(60_000 + 29_999, 2)], cutter)
    assert cutter.add(in_time, 0) == []
    (closed,) = cutter.add(_reading(60_000 + 30_000, 4), 0)
    assert isinstance(closed, Window)
    assert closed.counts == {Quality.GOOD: 2}
    too_late = _reading(59_999, 5)
    assert cutter.add(too_late, 0) == [Straggler(reading=too_late)]


def test_what_is_closed_stays_closed_though_an_earlier_reading_comes() -> None:
    cutter = Cutter()
    _cut([_reading(0, 1), _reading(210_000, 2), _reading(190_000, 3)], cutter)
    late = _reading(125_000, 4)
    assert cutter.add(late, 0) == [Straggler(reading=late)]


def test_what_was_closed_before_a_restart_stays_closed() -> None:
    before = Cutter()
    _cut([_reading(0, 1), _reading(90_000, 2)], before)
    late = _reading(30_000, 3)
    assert Cutter(before.dump()).add(late, 0) == [Straggler(reading=late)]


def test_silence_closes_after_two_periods_and_not_one_step_before() -> None:
    cutter = Cutter()
    cutter.add(_reading(0, 1), 1000.0)
    cutter.add(_reading(10_000, 2), 1010.0)
    assert cutter.at(1010.0 + 119.999) == []
    (closed,) = cutter.at(1010.0 + 120)
    assert isinstance(closed, Window)
    assert closed.counts == {Quality.GOOD: 2}
    assert cutter.at(1e9) == []


def test_what_comes_after_silence_closed_its_window_travels_alone() -> None:
    cutter = Cutter()
    cutter.add(_reading(0, 1), 0)
    cutter.at(120)
    late = _reading(30_000, 2)
    assert cutter.add(late, 121) == [Straggler(reading=late)]
    assert cutter.add(_reading(60_000, 3), 122) == []


def test_only_good_readings_enter_mean_minimum_and_maximum() -> None:
    (window,) = _windows(
        _cut_to_the_end(
            [
                _reading(0, 1, value=60),
                _reading(1, 2, value=70),
                _reading(2, 3, value=299, quality=Quality.SUSPECT),
                _reading(3, 4, value=0, quality=Quality.SUSPECT),
                _reading(4, 5, quality=Quality.MISSING),
            ]
        )
    )
    assert (window.mean, window.low, window.high) == (65, 60, 70)
    assert window.counts == {Quality.GOOD: 2, Quality.MISSING: 1, Quality.SUSPECT: 2}


def test_a_window_without_a_good_reading_has_counts_and_no_value() -> None:
    window = aggregate([_reading(0, quality=Quality.MISSING)], NOON, NOON + PERIOD)
    assert (window.mean, window.low, window.high) == (None, None, None)
    (only,) = to_series([window])
    assert only.name == "chevet_vital_heart_rate_per_minute_readings"
    assert only.samples == ((NOON + PERIOD, 1),)


def test_a_window_becomes_mean_extremes_and_counts_at_its_end() -> None:
    window = aggregate([_reading(0, 1, value=60), _reading(1, 2, value=80)], NOON, NOON + PERIOD)
    name, labels = "chevet_vital_heart_rate_per_minute", (("device", "d1"), ("gateway", "g01"))
    assert {one.name: one.samples for one in to_series([window])} == {
        name: ((NOON + PERIOD, 70),),
        name + "_min": ((NOON + PERIOD, 60),),
        name + "_max": ((NOON + PERIOD, 80),),
        name + "_readings": ((NOON + PERIOD, 2),),
    }
    mean = next(one for one in to_series([window]) if one.name == name)
    assert mean.labels == (("__name__", name), *labels)


def test_a_straggler_stands_at_its_own_time_with_its_quality_and_nan_where_missing() -> None:
    name = "chevet_vital_heart_rate_per_minute_straggler"
    value, none = to_series(
        [
            Straggler(reading=_reading(5, 1, value=71)),
            Straggler(reading=_reading(6, 2, quality=Quality.MISSING)),
        ]
    )
    assert (value.name, dict(value.labels)["quality"], value.samples) == (name, "good", ((NOON + 5, 71),))
    assert (none.name, dict(none.labels)["quality"], none.samples[0][0]) == (name, "missing", NOON + 6)
    assert math.isnan(none.samples[0][1])


def test_two_stragglers_of_one_time_stand_a_millisecond_apart() -> None:
    (one,) = to_series([Straggler(reading=_reading(5, 1, value=71)), Straggler(reading=_reading(5, 2, value=72))])
    assert one.samples == ((NOON + 5, 71), (NOON + 6, 72))


@pytest.mark.parametrize("vital", [row.key for row in DEVICE_VITALS if not row.window])
def test_a_vital_with_no_window_is_a_window_of_one_at_its_own_time(vital: str) -> None:
    reading = _reading(123, vital=vital, value=9, quality=Quality.SUSPECT)
    (window,) = Cutter().add(reading, 0)
    assert isinstance(window, Window)
    assert (window.start, window.end, window.counts) == (NOON + 123, NOON + 123, {Quality.SUSPECT: 1})
    assert [one.name.removeprefix(reading.row.metric) for one in to_series([window])] == ["_readings"]


def test_the_latest_sample_stands_at_its_own_time() -> None:
    one = latest(_reading(7, value=66))
    assert (one.name, one.samples) == ("chevet_vital_heart_rate_per_minute_latest", ((NOON + 7, 66),))


@given(st.lists(st.floats(10, 300), min_size=2, max_size=20), st.integers(0, 2**32))
def test_the_mean_does_not_depend_on_order_to_the_last_bit(values: list[float], seed: int) -> None:
    readings = [_reading(0, number, value=value) for number, value in enumerate(values)]
    before = aggregate(readings, NOON, NOON + PERIOD)
    random.Random(seed).shuffle(readings)
    assert aggregate(readings, NOON, NOON + PERIOD) == before


def _identities(cut: Cut, readings: list[Reading]) -> list[Any]:
    if isinstance(cut, Straggler):
        return [cut.reading.identity]
    key = (cut.gateway, cut.device, cut.vital)
    return [one.identity for one in readings if one.identity[:3] == key and cut.start <= one.measured_at < cut.end]
