"""Where one segment of a gateway's clock ends and the next begins, and whose a time is."""

from __future__ import annotations

import pytest

from chevet.readings import Quality, Reading
from chevet.segments import (
    AHEAD,
    DAY,
    KEPT,
    BadClock,
    Moment,
    Segment,
    Segments,
    clock_of,
    offset,
    restated,
    server_ahead,
    suspected,
)

SECOND, MINUTE, HOUR, YEAR = 1000, 60_000, 3_600_000, 365 * DAY
EPOCH = 1_790_000_000_000
"""What a right clock shows when the machine starts."""


def at(monotonic: int, wrong: int = 0, boot: str = "b1") -> Moment:
    return Moment(boot=boot, monotonic=monotonic, wall=EPOCH + monotonic + wrong)


def looked(*moments: Moment) -> Segments:
    segments = Segments()
    for one in moments:
        segments.look(one)
    return segments


def ids(segments: Segments) -> list[str]:
    return [one.id for one in segments.all]


def name(wrong: int = 0, boot: str = "b1") -> str:
    return f"{boot}.{EPOCH + wrong}"


@pytest.mark.parametrize(
    ("step", "count"),
    [(1000, 1), (-1000, 1), (1001, 2), (-1001, 2), (50 * YEAR, 2), (-30 * YEAR, 2)],
)
def test_a_segment_begins_where_the_wall_clock_steps_by_more_than_a_second(step: int, count: int) -> None:
    segments = looked(at(0))
    assert segments.look(at(MINUTE, step)) is (count == 2)
    assert ids(segments) == [name(), name(step)][:count]


def test_a_clock_that_is_slewed_begins_no_segment_for_both_clocks_slew() -> None:
    assert ids(looked(*(at(minute * MINUTE) for minute in range(600)))) == [name()]


def test_what_wanders_little_by_little_begins_one_when_it_is_a_second_away_from_its_beginning() -> None:
    segments = looked(*(at(minute * MINUTE, 400 * minute) for minute in range(6)))
    assert ids(segments) == [name(), name(1200)]


def test_an_hour_without_a_look_is_no_step() -> None:
    assert ids(looked(at(MINUTE), at(MINUTE + HOUR))) == [name()]


def test_another_boot_is_another_segment_though_the_clock_is_right_in_both_and_no_step() -> None:
    segments = looked(at(HOUR))
    assert segments.look(Moment(boot="b2", monotonic=SECOND, wall=EPOCH + HOUR + MINUTE)) is False
    assert ids(segments) == [name(), f"b2.{EPOCH + HOUR + MINUTE - SECOND}"]


def test_what_is_journaled_is_all_that_is_to_be_known() -> None:
    first = looked(at(HOUR, -10 * YEAR), at(HOUR + SECOND))
    again = Segments(first.all)
    assert again.all == first.all
    assert again.look(at(2 * HOUR)) is False


def test_a_clock_that_steps_without_end_fills_no_memory() -> None:
    segments = looked(*(at(second * SECOND, second * HOUR) for second in range(KEPT + 50)))
    assert len(segments.all) == KEPT
    assert segments.all[-1].id == name((KEPT + 49) * HOUR)


def test_a_time_lies_in_the_segment_that_showed_it_whatever_the_clock_shows_now() -> None:
    segments = looked(at(0, 10 * YEAR), at(HOUR, 10 * YEAR), at(HOUR + SECOND), at(2 * HOUR))
    assert segments.of(EPOCH + 30 * MINUTE + 10 * YEAR).id == name(10 * YEAR)
    assert segments.of(EPOCH + 90 * MINUTE).id == name()


@pytest.mark.parametrize("nonsense", [0, EPOCH - DAY - HOUR, EPOCH + 3 * HOUR, EPOCH + 20 * YEAR])
def test_a_time_that_no_clock_of_ours_showed_lies_in_no_segment(nonsense: int) -> None:
    segments = looked(at(0, 10 * YEAR), at(HOUR, 10 * YEAR), at(HOUR + SECOND), at(2 * HOUR))
    assert segments.of(nonsense) is None


def test_up_to_five_minutes_ahead_of_the_present_clock_is_of_the_present_segment() -> None:
    segments = looked(at(0), at(HOUR))
    assert segments.of(EPOCH + HOUR + AHEAD).id == name()
    assert segments.of(EPOCH + HOUR + AHEAD + 1) is None


def test_before_anything_was_looked_at_no_time_lies_in_a_segment() -> None:
    assert Segments().of(EPOCH) is None


def test_before_the_first_look_the_clock_is_believed_for_a_day() -> None:
    segments = looked(at(HOUR))
    assert segments.of(EPOCH - DAY).id == name()
    assert segments.of(EPOCH - DAY - 2 * SECOND) is None


def test_a_message_from_before_a_step_back_by_a_minute_is_of_the_older_segment() -> None:
    segments = looked(at(0), at(HOUR), at(HOUR + SECOND, -MINUTE), at(HOUR + 2 * SECOND, -MINUTE))
    assert segments.of(EPOCH + HOUR - 100).id == name()


def test_after_a_step_back_the_newer_segment_has_what_both_may_have_shown() -> None:
    segments = looked(at(0), at(HOUR), at(HOUR + SECOND, -30 * MINUTE), at(HOUR + 10 * MINUTE, -30 * MINUTE))
    assert segments.of(EPOCH + 35 * MINUTE).id == name(-30 * MINUTE)


def test_a_backlog_from_before_and_after_a_step_back_that_nobody_saw_is_told_apart_by_its_order() -> None:
    segments = Segments(looked(at(0)).all)  # intake died here; the clock stepped eighty minutes later
    segments.look(at(2 * HOUR, -HOUR))
    stamps = [*range(1, 80), *range(20, 60)]
    found = [segments.of(EPOCH + minute * MINUTE).id for minute in stamps]
    assert found == [name()] * 79 + [name(-HOUR)] * 40


def test_after_a_pause_in_the_queue_the_newer_segment_has_what_both_may_have_shown() -> None:
    segments = Segments(looked(at(0)).all)
    segments.look(at(2 * HOUR, -HOUR))
    assert segments.of(EPOCH + MINUTE).id == name()
    assert segments.of(EPOCH + 30 * MINUTE).id == name(-HOUR)


def test_between_two_boots_the_clock_of_the_first_is_believed_until_the_second_begins() -> None:
    second = Moment(boot="b2", monotonic=0, wall=EPOCH + 3 * HOUR)
    segments = looked(at(HOUR), second)
    assert segments.of(EPOCH + 2 * HOUR).id == name()
    assert segments.of(EPOCH + 3 * HOUR + 2 * SECOND).id == second.boot + f".{second.ahead}"


def test_a_boot_that_was_killed_went_on_for_two_minutes_after_its_last_mark() -> None:
    segments = looked(at(HOUR), Moment(boot="b2", monotonic=0, wall=EPOCH - 10 * YEAR))
    assert segments.of(EPOCH + HOUR + 2 * MINUTE).id == name()
    assert segments.of(EPOCH + HOUR + 2 * MINUTE + 2 * SECOND) is None


def test_age_is_counted_on_the_monotonic_clock_and_unknown_across_boots() -> None:
    segments = looked(at(0, -10 * YEAR), at(MINUTE, -10 * YEAR), at(MINUTE + SECOND), at(HOUR))
    old = segments.of(EPOCH - 10 * YEAR)
    assert old is not None
    assert segments.age(EPOCH - 10 * YEAR, old) == HOUR
    segments.look(Moment(boot="b2", monotonic=0, wall=EPOCH + DAY))
    assert segments.age(EPOCH - 10 * YEAR, old) is None


def test_a_segment_ends_after_it_begins() -> None:
    with pytest.raises(BadClock, match="segment: expected an end after 5, got 4"):
        Segment(boot="b1", ahead=0, since=5, until=4)


@pytest.mark.parametrize("id", ["unknown", "s1", "4c1f...", ".5", "b1.", "b1.x", "b1.--3", "b1.½", "b1.٣"])
def test_an_id_that_tells_no_clock_has_none(id: str) -> None:
    assert clock_of(id) is None


@pytest.mark.parametrize("ahead", [0, -5, EPOCH])
def test_an_id_tells_its_clock(ahead: int) -> None:
    assert clock_of(Segment(boot="a.b", ahead=ahead, since=0, until=0).id) == ("a.b", ahead)


def test_the_servers_date_is_a_whole_second_that_was_current_in_the_middle_of_the_round_trip() -> None:
    assert server_ahead(at(1000), at(1400), EPOCH + 1000) == EPOCH + 1000 + 500 - 1200


@pytest.mark.parametrize(
    ("wrong", "found"),
    [(1999, 0), (-1999, 0), (2000, -2000), (-2000, 2000), (-10 * YEAR, 10 * YEAR), (50 * YEAR, -50 * YEAR)],
)
def test_an_offset_below_two_seconds_is_none(wrong: int, found: int) -> None:
    assert offset(name(wrong), "b1", EPOCH) == found


def test_nothing_can_be_said_any_more_of_another_boots_clock() -> None:
    assert offset(name(boot="b0"), "b1", EPOCH) is None
    assert offset("unknown", "b1", EPOCH) is None


def reading(quality: Quality = Quality.GOOD) -> Reading:
    fields = {"gateway": "g01", "device": "ox", "vital": "heart_rate", "run": "r1", "sequence": 1, "origin": "test"}
    value = None if quality is Quality.MISSING else 70
    return Reading(**fields, segment=name(), measured_at=5000, value=value, quality=quality)


def test_a_restated_reading_differs_in_its_time_alone() -> None:
    assert restated(reading(), 3000).measured_at == 8000
    assert restated(reading(), 3000).identity == reading().identity
    assert restated(reading(), 0) == reading()
    assert restated(reading(), -9000).measured_at == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Quality.GOOD, Quality.SUSPECT),
        (Quality.SUSPECT, Quality.SUSPECT),
        (Quality.MISSING, Quality.MISSING),
    ],
)
def test_what_nobody_knows_the_time_of_is_suspect_unless_it_is_missing(before: Quality, after: Quality) -> None:
    assert suspected(reading(before)).quality is after
