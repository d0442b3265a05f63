"""What `replay` calls a bound that is not kept, and a home of which the whole is measured."""

from __future__ import annotations

from typing import Any

import pytest

from bench import household
from bench.comparison import StoredWindow
from bench.freshness import LOOKBACK, Freshness, percentile
from bench.offline import Backlog
from bench.replay import judged

KEPT: dict[str, Any] = {
    "hours": 24, "seconds": 300.0, "expected": 60_000, "stored": 60_000, "wrong": 0, "first_difference": "",
    "fresh_after_s": 10.0, "fresh_p95_s": 10.0, "disk": {"state": 600_000_000, "broker": 400_000_000},
}  # fmt: skip


def test_at_the_bounds_nothing_is_wrong() -> None:
    assert judged(KEPT) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"seconds": 300.1}, "seconds: expected at most 300, got 300.1"),
        ({"fresh_p95_s": 10.1}, "fresh_p95_s: expected at most 10, got 10.1"),
        ({"fresh_after_s": 10.1}, "fresh_after_s: expected at most 10, got 10.1"),
        ({"stored": 60_001}, "expected 60000 readings, got 60001, 0 windows wrong; the first: "),
        ({"wrong": 1, "first_difference": "x"}, "expected 60000 readings, got 60000, 1 windows wrong; the first: x"),
        ({"disk": {"state": 10**9, "broker": 1}}, "disk: expected at most 1000000000 bytes, got 1000000001"),
    ],
)
def test_one_step_beyond_a_bound_is_said(changed: dict[str, Any], sentence: str) -> None:
    assert judged(KEPT | changed) == [sentence]


def test_a_week_may_take_longer_but_not_more_room_and_no_other_value() -> None:
    assert judged(KEPT | {"hours": 168, "seconds": 1000.0, "fresh_p95_s": 20.0}) == []
    assert len(judged(KEPT | {"hours": 168, "stored": 1, "disk": {"state": 2 * 10**9}})) == 2


def test_the_95th_percentile_is_the_value_that_19_of_20_are_not_above() -> None:
    assert percentile([*range(1, 21)], 0.95) == 19
    assert percentile([5.0], 0.95) == 5.0
    assert percentile([], 0.95) == float("inf")


def test_twelve_sensors_are_two_people_with_all_but_a_second_scale_and_accelerometer() -> None:
    first, second = household.people(12, seed=1)
    assert [one.name for one in first.devices] == [
        "oximeter-1", "chest-strap-1", "thermometer-1", "glucose-sensor-1", "cuff-1", "scale-1", "accelerometer-1",
    ]  # fmt: skip
    assert [one.name for one in second.devices] == [
        "oximeter-2", "chest-strap-2", "thermometer-2", "glucose-sensor-2", "cuff-2",
    ]  # fmt: skip
    assert first.patient.seed != second.patient.seed


def test_windows_of_others_and_those_that_only_silence_closes_are_left_out() -> None:
    mine, still, live = ("a", "heart_rate", 60_000), ("a", "heart_rate", 120_000), ("live-1", "heart_rate", 60_000)
    backlog = Backlog({mine: StoredWindow().stragglers}, {still})
    assert set(backlog.of({key: StoredWindow() for key in (mine, still, live)})) == {mine}


async def test_while_prometheus_does_not_answer_nothing_is_fresh() -> None:
    assert await Freshness("http://127.0.0.1:9", "g01", 2).look() == [LOOKBACK, LOOKBACK]
