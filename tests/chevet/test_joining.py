"""One condition is one alert, whoever saw it: open while anybody sees it, and the same whatever order they came in."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.alerts import Source, told_id
from chevet.joining import Observation, cleared_at, exceeds, joined, main, severity
from chevet.severities import Severity

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW


def seen(id: str, onset: int, until: int | None, severe: Severity = MEDIUM, by: str = "prometheus") -> Observation:
    return Observation(id=id, source=Source(by), severity=severe, onset=onset, cleared_at=until)


def names(*observations: Observation) -> list[str]:
    """The groups, each as the ids in it."""
    return ["".join(one.id for one in group) for group in joined(observations)]


@pytest.mark.parametrize(
    ("first", "second", "groups"),
    [
        ((10, 20), (19, 30), ["ab"]),
        ((10, 20), (20, 30), ["ab"]),
        ((10, 20), (21, 30), ["a", "b"]),
        ((10, None), (99, 100), ["ab"]),
        ((10, 40), (20, 30), ["ab"]),
        ((20, 20), (20, None), ["ab"]),
    ],
    ids=["overlap", "touch", "one apart", "open", "inside", "a moment"],
)
def test_those_that_overlap_or_touch_are_one(
    first: tuple[int, int | None], second: tuple[int, int | None], groups: list[str]
) -> None:
    a, b = seen("a", *first), seen("b", *second)
    assert names(a, b) == names(b, a) == groups


def test_one_between_two_makes_one_of_all_three() -> None:
    assert names(seen("a", 0, 10), seen("c", 20, 30)) == ["a", "c"]
    assert names(seen("a", 0, 10), seen("c", 20, 30), seen("b", 5, 25)) == ["abc"]


def test_a_long_one_goes_on_behind_a_short_one() -> None:
    assert names(seen("a", 0, 100), seen("b", 1, 2), seen("c", 50, 60), seen("d", 101, None)) == ["abc", "d"]


def test_people_know_it_by_the_gateways_id_and_else_by_the_earliest() -> None:
    early, late, gateway = seen("a", 0, None), seen("b", 5, None), seen("z", 9, None, by="gateway")
    assert main((late, early)) == early
    assert main((late, gateway, early)) == gateway


def test_it_is_open_while_anybody_sees_it_and_clears_with_the_last() -> None:
    gateway = seen("g", 0, 50, by="gateway")
    assert cleared_at((gateway, seen("p", 5, None))) is None
    assert cleared_at((seen("g", 0, None, by="gateway"), seen("p", 5, 60))) is None
    assert cleared_at((gateway, seen("p", 5, 60))) == 60


def test_it_is_as_severe_as_the_worst_that_is_still_seen() -> None:
    assert severity((seen("a", 0, None, MEDIUM), seen("b", 5, None, HIGH))) is HIGH
    assert severity((seen("a", 0, None, MEDIUM), seen("b", 5, 9, HIGH))) is MEDIUM
    assert severity((seen("a", 0, 10, LOW), seen("b", 5, 9, HIGH))) is HIGH


def test_only_what_goes_on_and_is_worse_exceeds_what_was_known() -> None:
    assert exceeds(seen("a", 0, None, HIGH), MEDIUM)
    assert not exceeds(seen("a", 0, None, MEDIUM), MEDIUM)
    assert not exceeds(seen("a", 0, None, MEDIUM), HIGH)
    assert not exceeds(seen("a", 0, 1, HIGH), MEDIUM), "it is over"


@st.composite
def observations(draw: st.DrawFn) -> list[Observation]:
    many = []
    for number in range(draw(st.integers(1, 8))):
        onset = draw(st.integers(0, 30))
        until = draw(st.none() | st.integers(onset, 40))
        by = draw(st.sampled_from(["gateway", "prometheus"]))
        many.append(seen(str(number), onset, until, draw(st.sampled_from([HIGH, MEDIUM, LOW])), by))
    return many


@given(observations(), st.randoms(use_true_random=False))
def test_the_order_in_which_they_came_changes_nothing(many: list[Observation], random) -> None:
    shuffled = list(many)
    random.shuffle(shuffled)
    assert joined(shuffled) == joined(many)
    assert [main(group) for group in joined(shuffled)] == [main(group) for group in joined(many)]


@given(observations())
def test_two_are_in_one_group_exactly_where_a_chain_of_overlaps_leads_from_one_to_the_other(
    many: list[Observation],
) -> None:
    reached = {one.id: {one.id} for one in many}
    for first, second in [*combinations(many, 2)] * len(many):
        if first.onset <= second.end and second.onset <= first.end:
            both = reached[first.id] | reached[second.id]
            for id in both:
                reached[id] = both
    assert {frozenset(one.id for one in group) for group in joined(many)} == {
        frozenset(ids) for ids in reached.values()
    }


def test_the_id_of_what_alertmanager_tells_never_changes_between_releases() -> None:
    """Another value would make every alert that is known a new one."""
    assert str(told_id("9f86d081884c7d65", 1_700_000_000_000)) == "44b0e104-8989-56c8-8644-3253533aa1a8"
    assert told_id("9f86d081884c7d65", 1_700_000_000_001) != told_id("9f86d081884c7d65", 1_700_000_000_000)
