"""How a gateway's assignments read after a correction: at every moment the right patient's, and never two's."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analysis_service.records.assignments import Assignment, in_force
from analysis_service.records.rewriting import rewriting, taken_from

MOMENTS = range(0, 40)


def stood(id: str, patient: str, from_ms: int, until_ms: int | None) -> Assignment:
    return Assignment(id=id, gateway="g1", patient=patient, from_ms=from_ms, until_ms=until_ms)


@st.composite
def histories(draw: st.DrawFn) -> list[Assignment]:
    """Assignments one after the other, with gaps or without, the last of them open or not."""
    bounds = draw(st.lists(st.integers(0, 30), min_size=2, max_size=8, unique=True).map(sorted))
    gaps = draw(st.lists(st.booleans(), min_size=8, max_size=8))
    pairs = [pair for pair, kept in zip(pairwise(bounds), gaps, strict=False) if kept]
    whose = draw(st.lists(st.sampled_from("pqr"), min_size=8, max_size=8))
    found = [stood(f"a{n}", whose[n], begins, ends) for n, (begins, ends) in enumerate(pairs)]
    return [*found, stood("open", "p", bounds[-1], None)] if draw(st.booleans()) else found


def applied(before: list[Assignment], patient: str, times: tuple[int, int]) -> list[Assignment]:
    plan = rewriting(before, patient, *times)
    kept = [one for one in before if one.id not in plan.withdrawn]
    changed = [stood(one.id, one.patient, *plan.changed.get(one.id, (one.from_ms, one.until_ms))) for one in kept]
    return [*changed, *(stood(f"new{n}", *one) for n, one in enumerate(plan.added))]


@given(histories(), st.sampled_from("pqrs"), st.tuples(st.integers(0, 35), st.integers(0, 35)))
def test_a_correction_changes_whose_the_stretch_was_and_nothing_else(
    before: list[Assignment], patient: str, times: tuple[int, int]
) -> None:
    from_ms, until_ms = min(times), max(times) + 1
    after = applied(before, patient, (from_ms, until_ms))
    for moment in MOMENTS:
        here = [one.patient for one in after if one.covers(moment, moment)]
        was = in_force(before, moment, moment)
        expected = patient if from_ms <= moment < until_ms else was and was.patient
        assert here == ([expected] if expected else []), moment
    assert all(one.until_ms is None or one.until_ms > one.from_ms for one in after)
    others = {one.patient for one in before if one.overlaps(from_ms, until_ms)} - {patient}
    assert set(taken_from(before, patient, from_ms, until_ms)) == others


def test_what_goes_on_now_goes_on_under_the_id_that_the_gateway_knows() -> None:
    plan = rewriting([stood("now", "p", 0, None)], "q", 10, 20)
    assert plan.changed == {"now": (20, None)}
    assert plan.added == [("p", 0, 10), ("q", 10, 20)]
    assert plan.withdrawn == []


def test_a_stretch_between_two_of_the_same_patient_makes_them_one() -> None:
    """Else no window that lies over a seam would be anybody's."""
    before = [stood("first", "p", 0, 10), stood("other", "q", 10, 20), stood("now", "p", 20, None)]
    plan = rewriting(before, "p", 10, 20)
    assert (plan.changed, plan.withdrawn, plan.added) == ({"now": (0, None)}, ["other", "first"], [])
