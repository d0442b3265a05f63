"""Pauses grow, have jitter, and have a bound."""

from __future__ import annotations

import itertools

from exporters.gateway.backoff import pauses


def test_a_pause_doubles_up_to_its_bound_and_is_never_less_than_half_of_it() -> None:
    for pause, whole in zip(pauses(first=1, most=8), (1, 2, 4, 8, 8, 8), strict=False):
        assert whole / 2 <= pause <= whole


def test_two_gateways_do_not_come_back_at_the_same_time() -> None:
    assert list(itertools.islice(pauses(), 5)) != list(itertools.islice(pauses(), 5))
