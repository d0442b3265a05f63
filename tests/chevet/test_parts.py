"""Folded parts: whatever is folded, late or came besides by itself, count, sum, lowest and highest are those of the
readings."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet import windows
from chevet.errors import BadReading
from chevet.parts import Part, fold, from_message
from chevet.readings import Quality, Reading
from chevet.windows import Cut, Cutter, Late, Straggler, Window

NOON = 1_700_000_040_000
PERIOD = 60_000
GOOD, SUSPECT, MISSING = Quality.GOOD, Quality.SUSPECT, Quality.MISSING


def reading(sequence: int, at: int, value: float | None = 70.0, quality: Quality = GOOD, **other: Any) -> Reading:
    fields = {"gateway": "g01", "device": "d1", "vital": "heart_rate", "segment": "s", "run": "r", "origin": "test"}
    return Reading(
        **fields | other,
        measured_at=NOON + at,
        sequence=sequence,
        quality=quality,
        value=None if quality is MISSING else value,
    )


WHOLE = fold([reading(4, 0, 60.0), reading(5, 1, 90.0), reading(6, 2, 75.0), reading(7, 3, quality=MISSING)])


@st.composite
def minutes(draw: st.DrawFn, span: int = 200_000) -> list[Reading]:
    """Readings of one series as intake numbered them."""
    drawn = draw(
        st.lists(st.tuples(st.integers(0, span), st.floats(10, 300), st.sampled_from(Quality)), min_size=1, max_size=40)
    )
    return [reading(number, *one) for number, one in enumerate(drawn)]


def folded(readings: list[Reading], sizes: list[int]) -> list[Reading | Part]:
    """As intake folds: stretches without a gap in their sequences, of one window, as long as `sizes` says."""
    pieces: list[Reading | Part] = []
    stretch: list[Reading] = []
    left = iter(sizes)
    wanted = next(left, 1)
    for one in readings:
        same = stretch and stretch[-1].measured_at // PERIOD == one.measured_at // PERIOD
        if stretch and (not same or len(stretch) >= wanted):
            pieces.append(fold(stretch) if len(stretch) > 1 else stretch[0])
            stretch, wanted = [], next(left, 1)
        stretch.append(one)
    return [*pieces, fold(stretch) if len(stretch) > 1 else stretch[0]]


def cut(pieces: list[Reading | Part]) -> list[Cut]:
    cutter = Cutter()
    cuts = [
        one
        for piece in pieces
        for one in (cutter.add_part(piece, 0) if isinstance(piece, Part) else cutter.add(piece, 0))
    ]
    return cuts + cutter.at(1e9)


def ledger(cuts: list[Cut]) -> tuple[Counter[Quality], float | None, float | None, float]:
    """Counts by quality, lowest, highest and sum of good readings, from the samples as a store gets them."""
    counts: Counter[Quality] = Counter()
    low: list[float] = []
    high: list[float] = []
    sums: list[float] = []
    for one in windows.to_series(cuts):
        quality = dict(one.labels).get("quality", "")
        values = [value for _, value in one.samples]
        if one.name.endswith("_straggler"):
            counts[Quality(quality)] += len(values)
            known = values if quality == "good" else []
            low, high, sums = low + known, high + known, sums + known
        elif one.name.endswith("_readings"):
            counts[Quality(quality)] += int(sum(values))
        elif one.name.endswith("_min"):
            low += values
        elif one.name.endswith("_max"):
            high += values
    sums += [one.mean * one.counts[GOOD] for one in cuts if isinstance(one, Window) and one.mean is not None]
    return counts, min(low, default=None), max(high, default=None), math.fsum(sums)


def close(found: Any, wanted: Any) -> bool:
    return found[:3] == wanted[:3] and math.isclose(found[3], wanted[3], rel_tol=1e-9, abs_tol=1e-6)


@given(minutes(), st.lists(st.integers(1, 9), max_size=10))
def test_parts_in_order_of_time_give_the_windows_of_their_readings(readings: list[Reading], sizes: list[int]) -> None:
    readings = [replace(one, sequence=n) for n, one in enumerate(sorted(readings, key=lambda each: each.measured_at))]
    whole = {one.end: one for one in cut(list(readings)) if isinstance(one, Window)}
    found = {one.end: one for one in cut(folded(readings, sizes)) if isinstance(one, Window)}
    assert found.keys() == whole.keys()
    for end, window in found.items():
        wanted = whole[end]
        assert (window.counts, window.low, window.high) == (wanted.counts, wanted.low, wanted.high)
        assert (window.mean is None) == (wanted.mean is None)
        assert window.mean == pytest.approx(wanted.mean)


@given(minutes(), st.lists(st.integers(1, 9), max_size=20), st.randoms(use_true_random=False))
def test_parts_in_any_order_conserve_count_minimum_maximum_and_sum(
    readings: list[Reading], sizes: list[int], order: Any
) -> None:
    pieces = folded(readings, sizes)
    order.shuffle(pieces)
    assert close(ledger(cut(pieces)), ledger([Straggler(reading=one) for one in readings]))


@given(minutes(span=59_999), st.sets(st.integers(0, 39)))
def test_what_counts_by_itself_already_is_taken_out_of_a_part_and_the_rest_conserves(
    readings: list[Reading], alone: set[int]
) -> None:
    single = [one for one in readings if one.sequence in alone]
    rest = fold(readings).without([(one.quality, one.value) for one in single])
    cuts: list[Cut] = [Straggler(reading=one) for one in single]
    late = [] if rest is None else [windows.late(rest)]
    assert (rest is None) == (len(single) == len(readings))
    assert close(ledger([*cuts, *late]), ledger([Straggler(reading=one) for one in readings]))
    if rest is not None:
        together = Cutter()
        for one in single:
            together.add(one, 0)
        together.add_part(rest, 0)
        assert close(ledger(together.at(1e9)), ledger([Straggler(reading=one) for one in readings]))


@given(minutes(span=59_999))
def test_a_part_is_the_same_after_the_bus(readings: list[Reading]) -> None:
    part = fold(readings)
    assert from_message(part.to_json().encode()) == part


def test_a_message_with_a_reading_is_a_reading() -> None:
    assert from_message(reading(1, 0).to_json().encode()) == reading(1, 0)
    with pytest.raises(BadReading):
        Reading.from_json(WHOLE.to_json())


def test_a_late_part_stands_at_distinct_times_inside_its_window_its_other_qualities_without_value() -> None:
    cutter = Cutter({WHOLE.key: NOON + PERIOD})
    (late,) = cutter.add_part(WHOLE, 0)
    assert isinstance(late, Late)
    series = {dict(one.labels)["quality"]: one.samples for one in windows.to_series([late])}
    assert sorted(value for _, value in series["good"]) == [60.0, 75.0, 90.0]
    ((at, value),) = series["missing"]
    assert math.isnan(value)
    times = [at, *(when for when, _ in series["good"])]
    assert len(set(times)) == 4
    assert all(NOON <= when < NOON + PERIOD for when in times)


def test_a_part_of_an_unknown_time_is_suspect_and_has_no_value() -> None:
    suspected = WHOLE.suspected()
    assert suspected.counts == {MISSING: 1, SUSPECT: 3}
    assert (suspected.values(), suspected.low, suspected.high) == ([], None, None)
    assert suspected.suspected() == suspected


def test_a_part_of_a_clock_that_was_off_travels_alone_in_the_servers_time_unless_it_fits_a_window() -> None:
    moved = WHOLE.moved(17_000)
    (alone,) = Cutter().add_part(moved, 0)
    assert isinstance(alone, Late)
    assert all(NOON + 17_000 <= at < NOON + 17_000 + PERIOD for at in alone.times)
    assert moved.moved(-17_000) == WHOLE
    fitting = WHOLE.moved(-60 * PERIOD)
    assert (fitting.start, fitting.offset) == (NOON - 60 * PERIOD, 0)
    assert Cutter().add_part(fitting, 0) == []


def test_a_reading_that_the_journal_believes_less_than_intake_did_is_taken_out_all_the_same() -> None:
    rest = WHOLE.without([(SUSPECT, 60.0)])
    assert rest is not None
    assert (rest.counts, rest.sum, rest.ends()) == ({GOOD: 2, MISSING: 1}, 165.0, [90.0])


def test_a_part_closes_no_window_but_those_that_a_reading_at_its_start_would() -> None:
    cutter = Cutter()
    assert cutter.add(reading(1, 0), 0) == []
    assert cutter.add_part(replace(WHOLE, start=NOON + PERIOD), 0) == []
    (closed,) = cutter.add_part(replace(WHOLE, start=NOON + 2 * PERIOD), 0)
    assert isinstance(closed, Window)
    assert closed.end == NOON + PERIOD


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gateway", ""),
        ("vital", "weight"),
        ("vital", "mood"),
        ("start", NOON + 1),
        ("start", -60_000),
        ("first", 8),
        ("last", True),
        ("counts", {"good": 0}),
        ("counts", {"good": 3}),
        ("counts", {"good": 9}),
        ("counts", {"splendid": 4}),
        ("counts", [4]),
        ("sum", None),
        ("sum", math.inf),
        ("low", 0.0),
        ("high", "high"),
        ("gone", ["low"]),
        ("gone", ["sum"]),
        ("offset", 17_000),
        ("offset", 1.5),
    ],
)
def test_what_cannot_be_a_part_is_refused_by_the_field(field: str, value: Any) -> None:
    fields = json.loads(WHOLE.to_json())["part"] | {field: value}
    with pytest.raises(BadReading) as refused:
        Part.from_json(json.dumps({"v": 1, "part": fields}))
    assert refused.value.field in (field, "counts")


def test_what_is_no_part_at_all_is_refused() -> None:
    for message in ('{"v":1,"part":{', '{"v":1,"part":{}}', '{"v":1,"part":{},"more":1}', '{"v":2,"part":{}}'):
        with pytest.raises(BadReading):
            Part.from_json(message)
