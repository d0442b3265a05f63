"""A ledger that cannot fail proves nothing: each kind of difference, put in by hand, must be found and counted."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from bench.comparison import StoredWindow, WindowKey, compared, expected_windows, still_open, window_end
from bench.produced import Produced

KEY: WindowKey = ("oximeter", "oxygen_saturation", 60_000)
Stored = dict[WindowKey, StoredWindow]


def reading(at: int, value: float | None, quality: str = "good", vital: str = "oxygen_saturation") -> Produced:
    return Produced(device="oximeter", vital=vital, at=at, value=value, quality=quality, logged=0, sent=True)


PRODUCED = [reading(1_000, 95), reading(11_000, 97), reading(21_000, None, "missing"), reading(60_000, 90)]


def stored() -> Stored:
    """What a store has when all went well."""
    first, second = StoredWindow(mean=96.0, low=95.0, high=97.0), StoredWindow(mean=90.0, low=90.0, high=90.0)
    first.counts.update({"good": 2, "missing": 1})
    second.counts.update({"good": 1})
    return {KEY: first, ("oximeter", "oxygen_saturation", 120_000): second}


def test_what_is_as_it_should_be_is_no_difference() -> None:
    found = compared(expected_windows(PRODUCED), stored())
    assert (found.lost, found.duplicated, found.wrong_windows, found.first) == (0, 0, 0, "")


def lose_a_window(of: Stored) -> None:
    del of[KEY]


def lose_a_reading(of: Stored) -> None:
    of[KEY].counts["missing"] = 0


def count_twice(of: Stored) -> None:
    of[KEY].counts["good"] = 3


def repeat_as_straggler(of: Stored) -> None:
    of[KEY].stragglers.add("good", 95.0)


def change_the_mean(of: Stored) -> None:
    of[KEY].mean = 96.1


def change_the_low(of: Stored) -> None:
    of[KEY].low = 94.0


def lose_the_high(of: Stored) -> None:
    of[KEY].high = None


def invent_a_window(of: Stored) -> None:
    of["oximeter", "oxygen_saturation", 180_000] = StoredWindow(mean=90.0, low=90.0, high=90.0)
    of["oximeter", "oxygen_saturation", 180_000].counts["good"] = 1


@pytest.mark.parametrize(
    ("spoil", "counts"),
    [
        (lose_a_window, (3, 0, 1)),
        (lose_a_reading, (1, 0, 1)),
        (count_twice, (0, 1, 1)),
        (repeat_as_straggler, (0, 1, 1)),
        (change_the_mean, (0, 0, 1)),
        (change_the_low, (0, 0, 1)),
        (lose_the_high, (0, 0, 1)),
        (invent_a_window, (0, 1, 1)),
    ],
)
def test_a_difference_is_found_and_named(spoil: Callable[[Stored], None], counts: tuple[int, int, int]) -> None:
    spoilt = deepcopy(stored())
    spoil(spoilt)
    found = compared(expected_windows(PRODUCED), spoilt)
    assert (found.lost, found.duplicated, found.wrong_windows) == counts
    assert "oxygen_saturation of oximeter" in found.first


def test_a_loss_and_a_duplicate_do_not_cancel_each_other() -> None:
    spoilt = stored()
    spoilt[KEY].counts["good"] = 1
    spoilt["oximeter", "oxygen_saturation", 120_000].counts["good"] = 2
    found = compared(expected_windows(PRODUCED), spoilt)
    assert (found.lost, found.duplicated) == (1, 1)


def test_a_window_and_its_stragglers_together_are_as_good_as_the_window() -> None:
    split = stored()
    split[KEY].counts["good"], split[KEY].mean, split[KEY].high = 1, 95.0, 95.0
    split[KEY].stragglers.add("good", 97.0)
    assert not compared(expected_windows(PRODUCED), split).wrong_windows


def test_a_straggler_with_another_value_is_a_wrong_window() -> None:
    split = stored()
    split[KEY].counts["good"], split[KEY].mean, split[KEY].high = 1, 95.0, 95.0
    split[KEY].stragglers.add("good", 98.0)
    assert compared(expected_windows(PRODUCED), split).wrong_windows == 1


def test_a_vital_without_windows_stands_at_its_own_time() -> None:
    assert window_end("body_temperature", 12_345) == 12_345
    assert window_end("oxygen_saturation", 60_000) == 120_000


def test_the_last_window_of_a_series_is_open_until_a_reading_stands_the_grace_past_it() -> None:
    assert still_open([reading(1_000, 95), reading(89_999, 95)]) == {KEY, ("oximeter", "oxygen_saturation", 120_000)}
    assert still_open([reading(1_000, 95), reading(90_000, 95)]) == {("oximeter", "oxygen_saturation", 120_000)}
    assert still_open([reading(1_000, 36.6, vital="body_temperature")]) == set()
