"""Activity from 25 Hz acceleration: ENMO of each minute, the same however the samples came."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chevet import acceleration
from chevet.acceleration import MOST_SAMPLES, Block, Stream
from chevet.activity import ENOUGH, MINUTE, Minute, Reducer, measured
from chevet.errors import BadBlock
from chevet.falls import Fall
from chevet.readings import Quality
from chevet.vitals import BY_KEY

Samples = NDArray[np.float64]
BEGAN = 29_833_334 * MINUTE
"""The beginning of a minute, in milliseconds."""


def upright(seconds: float, level: float = 1.0) -> Samples:
    return np.tile(np.array([0.0, 0.0, level]), (round(seconds * 25), 1))


def blocks(samples: Samples, sizes: Sequence[int] = (25,), first: int = 0, at: int = BEGAN) -> list[Block]:
    """The samples in blocks of these sizes, again and again, on a clock that is right."""
    found, place, turn = [], 0, 0
    while place < len(samples):
        size = sizes[turn % len(sizes)]
        found.append(Block(first=first + place, at=at + 40 * place, samples=samples[place : place + size]))
        place, turn = place + size, turn + 1
    return found


def reduced(several: Iterable[Block]) -> list[Minute | Fall]:
    reducer = Reducer()
    return [one for block in several for one in reducer.step(block)]


def minutes(several: Iterable[Block]) -> list[Minute]:
    return [one for one in reduced(several) if isinstance(one, Minute)]


def lively(seconds: float, seed: int = 3) -> Samples:
    """Somebody who moves all the time."""
    return upright(seconds) + np.random.default_rng(seed).normal(0, 0.2, (round(seconds * 25), 3))


def test_enmo_is_the_mean_over_a_minute_of_the_magnitude_above_1_g_in_milli_g() -> None:
    samples = lively(61)
    norms = [math.sqrt(x * x + y * y + z * z) for x, y, z in samples.tolist()]
    by_hand = 1000 * sum(max(norm - 1, 0) for norm in norms[:1500]) / 1500
    (minute,) = minutes(blocks(samples))
    assert minute.enmo == pytest.approx(by_hand, rel=1e-9)
    assert (minute.start, minute.samples, minute.believed) == (BEGAN, 1500, True)


def test_what_is_below_1_g_counts_nothing() -> None:
    samples = upright(61)
    samples[::2, 2] = 0.6
    samples[1::2, 2] = 1.2
    (minute,) = minutes(blocks(samples))
    assert minute.enmo == pytest.approx(100)  # half of the time 200 mg above, half of the time 400 mg below


def test_a_sensor_at_rest_that_shows_another_1_g_soon_shows_no_activity() -> None:
    found = minutes(blocks(upright(181, level=1.045)))
    assert found[0].enmo is not None
    assert found[0].enmo < 10
    assert found[1].enmo == pytest.approx(0, abs=0.1)
    assert all(minute.believed for minute in found)


def test_activity_counts_from_what_the_sensor_shows_at_rest() -> None:
    calm, moving = upright(120, level=0.96), lively(61)
    true = minutes(blocks(moving))[0].enmo
    shown = minutes(blocks(np.concatenate([calm, moving * [1, 1, 0.96]])))[2].enmo
    assert true is not None
    assert shown == pytest.approx(true, rel=0.15)


def test_a_sensor_that_lies_still_at_what_is_no_gravity_is_suspect() -> None:
    (minute,) = minutes(blocks(upright(61, level=0.3)))
    assert not minute.believed
    found = measured(minute)
    assert (found.vital, found.value, found.quality) == ("activity", 0, Quality.SUSPECT)


def test_a_minute_with_half_of_its_samples_has_a_value_and_with_one_fewer_it_is_missing() -> None:
    after = blocks(upright(2), first=1500, at=BEGAN + MINUTE)
    (enough,) = minutes(blocks(lively(30)) + after)
    assert (enough.samples, ENOUGH) == (750, 750)
    assert enough.enmo is not None
    (few,) = minutes(blocks(lively(30)[:749]) + after)
    assert (few.enmo, few.samples) == (None, 749)
    found = measured(few)
    assert (found.value, found.quality) == (None, Quality.MISSING)


def test_a_minute_without_any_sample_says_nothing_at_all() -> None:
    later = blocks(lively(61), first=1500 * 5, at=BEGAN + 5 * MINUTE)
    assert [minute.start for minute in minutes(blocks(lively(60)) + later)] == [BEGAN, BEGAN + 5 * MINUTE]


def test_a_minute_stands_in_its_own_window() -> None:
    found = measured(Minute(start=BEGAN, enmo=12.5, samples=1500, believed=True))
    assert (found.at, found.value, found.quality) == (BEGAN + 59_999, 12.5, Quality.GOOD)


def test_what_is_measured_can_stand_in_the_catalogue() -> None:
    wild = measured(Minute(start=BEGAN, enmo=90_000, samples=1500, believed=True))
    assert wild.value is not None
    assert BY_KEY["activity"].is_plausible(wild.value)


def test_a_sample_that_was_not_taken_is_none() -> None:
    samples = lively(61)
    samples[10:110] = np.nan
    samples[200, 1] = np.inf
    (minute,) = minutes(blocks(samples))
    assert minute.samples == 1500 - 101


def test_a_stream_of_nothing_but_missing_samples_gives_nothing() -> None:
    assert reduced(blocks(np.full((25 * 130, 3), np.nan))) == []


splits = st.lists(st.integers(1, 60), min_size=1, max_size=6)
orders = st.lists(
    st.tuples(st.sampled_from(["as it came", "twice", "again", "overlapping", "swapped"]), st.integers(2, 9))
)


def eventful() -> Samples:
    samples = np.concatenate(
        [lively(20), upright(45) + np.random.default_rng(4).normal(0, 0.004, (45 * 25, 3)), lively(9)]
    )
    samples[500] = [0, 0, 3.1]
    return samples


EVENTFUL = eventful()


@settings(deadline=None, max_examples=40)
@given(splits)
def test_however_the_samples_are_split_into_blocks_what_comes_out_is_the_same(sizes: list[int]) -> None:
    whole = reduced(blocks(EVENTFUL, [1000]))
    assert {type(one) for one in whole} == {Minute, Fall}
    assert reduced(blocks(EVENTFUL, sizes)) == whole


@settings(deadline=None, max_examples=40)
@given(st.integers(5, 24), orders)
def test_blocks_that_come_twice_or_overlap_or_in_another_order_change_nothing(
    size: int, mishaps: list[tuple[str, int]]
) -> None:
    several = blocks(EVENTFUL, [size])
    sent, place, turn = several[:1], 1, 0
    while place < len(several):
        mishap, apart = mishaps[turn % len(mishaps)] if mishaps else ("as it came", 5)
        part = several[place : place + apart]
        if mishap == "twice":
            part = [one for one in part for _ in range(2)]
        elif mishap == "again":
            part = [*part, *several[max(0, place - 3) : place]]
        elif mishap == "overlapping":
            longer = EVENTFUL[part[0].first - 3 : part[0].end]
            part = [Block(first=part[0].first - 3, at=part[0].at - 120, samples=longer), *part[1:]]
        elif mishap == "swapped" and len(part) > 1 and size <= 25:  # HOLD is 50 samples
            part = [part[1], part[0], *part[2:]]
        sent += part
        place, turn = place + apart, turn + 1
    assert reduced(sent) == reduced(several)


@settings(deadline=None, max_examples=25)
@given(st.sets(st.integers(0, 74), max_size=6), st.integers(5, 40))
def test_what_is_dumped_and_loaded_as_json_goes_on_as_if_nothing_had_happened(dies: set[int], size: int) -> None:
    reducer, found = Reducer(), []
    for turn, block in enumerate(blocks(EVENTFUL, [size])):
        if turn in dies:
            kept = json.dumps(reducer.dump())
            reducer = Reducer()
            reducer.load(json.loads(kept))
        found += reducer.step(block)
    assert found == reduced(blocks(EVENTFUL, [1000]))


def test_a_lost_block_is_a_gap_and_the_minute_goes_on() -> None:
    several = blocks(lively(61))
    del several[20:25]
    (minute,) = minutes(several)
    assert minute.samples == 1500 - 125


def test_a_block_that_comes_more_than_two_seconds_late_is_lost_and_counted_by_nobody() -> None:
    several = blocks(lively(61), [10])
    several.insert(80, several.pop(40))
    (minute,) = minutes(several)
    assert minute.samples == 1490


def test_a_clock_that_runs_fast_or_slow_loses_no_sample() -> None:
    for drift in (0.9995, 1.0005):  # 500 ppm, five times what a quartz is off
        several = [
            Block(first=one.first, at=BEGAN + round((one.at - BEGAN) * drift), samples=one.samples)
            for one in blocks(lively(601))
        ]
        assert [one.samples for one in minutes(several)[1:]] == pytest.approx([1500] * 9, abs=2)


def test_the_radio_s_delay_wavers_and_loses_no_sample() -> None:
    delays = np.random.default_rng(5).integers(0, 1800, 70)
    several = [
        Block(first=one.first, at=one.at + int(delay), samples=one.samples)
        for one, delay in zip(blocks(lively(70)), delays, strict=True)
    ]
    (minute,) = minutes(several)
    assert minute.samples == pytest.approx(1500, abs=50)
    stream = Stream()
    seconds = [second.at for block in several for second in stream.step(block)]
    assert seconds == sorted(set(seconds))


@pytest.mark.parametrize("step", [-3_600_000, 3_600_000])
def test_a_step_of_the_clock_ends_the_minute_and_loses_no_sample(step: int) -> None:
    several = [
        Block(first=one.first, at=one.at + (step if one.first >= 1000 else 0), samples=one.samples)
        for one in blocks(lively(125))
    ]
    found = minutes(several)
    assert [(minute.start, minute.samples) for minute in found] == [
        (BEGAN, 1000),
        (BEGAN + step, 500),
        (BEGAN + step + MINUTE, 1500),
    ]


def test_a_sensor_that_counts_anew_is_read_on() -> None:
    again = blocks(lively(40), at=BEGAN + 25_000)
    (minute,) = minutes([*blocks(lively(20), first=9_000_000), *again])
    assert minute.samples == 500 + 875


def test_what_is_left_over_from_before_a_sensor_counted_anew_is_no_news() -> None:
    before, again = blocks(lively(20), first=9_000_000), blocks(lively(40), at=BEGAN + 25_000)
    assert minutes([*before, *again[:20], *before, *again[20:]]) == minutes([*before, *again])


def test_what_is_kept_is_bounded_whatever_comes() -> None:
    chance, reducer, longest = np.random.default_rng(6), Reducer(), 0
    for _ in range(3000):
        first, at = int(chance.integers(0, 4000)), BEGAN + int(chance.integers(0, 200_000))
        reducer.step(Block(first=first, at=at, samples=chance.normal(0, 3, (int(chance.integers(1, 60)), 3))))
        longest = max(longest, len(json.dumps(reducer.dump())))
    assert longest < 64_000  # bytes: what is held and the samples that ten seconds' clocks may crowd into one second


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"first": -1}, "first: expected a whole number of at least 0, got -1"),
        ({"first": True}, "first: expected a whole number of at least 0, got True"),
        ({"at": 1.5}, "at: expected a whole number of at least 0, got 1.5"),
        ({"samples": np.zeros((0, 3))}, "samples: expected 1 to 1500 rows of x, y and z, got (0, 3)"),
        ({"samples": np.zeros((4, 2))}, "samples: expected 1 to 1500 rows of x, y and z, got (4, 2)"),
        ({"samples": np.zeros(3)}, "samples: expected 1 to 1500 rows of x, y and z, got (3,)"),
        ({"samples": np.zeros((MOST_SAMPLES + 1, 3))}, "samples: expected 1 to 1500 rows of x, y and z, got (1501, 3)"),
    ],
)
def test_a_block_that_no_sensor_takes_is_refused_in_a_sentence(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadBlock) as refused:
        Block(**{"first": 0, "at": BEGAN, "samples": np.zeros((5, 3))} | fields)  # type: ignore[arg-type]  # on purpose
    assert str(refused.value) == sentence


def test_seconds_hold_each_sample_once_and_go_by_the_clock() -> None:
    stream = Stream()
    found = [second for block in blocks(lively(10), [7], at=BEGAN + 480) for second in stream.step(block)]
    assert [len(second.norms) for second in found] == [13] + [25] * 9
    assert [second.at for second in found] == [BEGAN + 1000 * place for place in range(10)]
    assert acceleration.PERIOD == 40
