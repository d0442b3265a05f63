"""Who is called next, and when: the plan, step by step and under every course of events."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.alerts import Attempt, Outcome
from chevet.calling import LOCAL_PLACE, Callee, Roster, messages, next_call, roster
from chevet.sheet import Contact, Sheet

SINCE = 1_800_000_000_000
LOCAL = Contact(number="+33600000000", language="en", order=0)


def contacts(count: int) -> tuple[Contact, ...]:
    return tuple(Contact(number=f"+3360000000{place}", language="en", order=place) for place in range(1, count + 1))


def people(count: int, *channels: str, lease: int = 180) -> Roster:
    callees = tuple(Callee(place=one.order, contact=one) for one in contacts(count))
    return Roster(callees=callees, channels=channels or ("modem",), lease_seconds=lease)


def after(plan: Roster, outcomes: list[Outcome], repeated: bool = False) -> list[Attempt]:
    """What was tried when each call was made as soon as it was due, and ended so."""
    attempts: list[Attempt] = []
    for outcome in outcomes:
        call = next_call(plan, attempts, SINCE)
        if call is None:
            break
        attempts.append(
            Attempt(
                number=call.number,
                reference=f"R-{call.number}",
                at=call.due,
                contact=call.callee.place,
                channel=call.channel,
                outcome=outcome,
                repeated=repeated,
            )
        )
    return attempts


HANDED, FAILED = Outcome.HANDED, Outcome.FAILED


def seconds(attempts: list[Attempt]) -> list[int]:
    return [(one.at - SINCE) // 1000 for one in attempts]


def test_the_first_contact_is_called_at_once_and_the_next_when_the_lease_is_over():
    attempts = after(people(3), [HANDED] * 4)
    assert [one.contact for one in attempts] == [1, 2, 3, 1]
    assert seconds(attempts) == [0, 180, 360, 540]


def test_the_lease_is_the_sheets():
    assert seconds(after(people(2, lease=60), [HANDED] * 2)) == [0, 60]


def test_two_rounds_by_the_lease_then_hourly_until_twelve_messages():
    attempts = after(people(2), [HANDED] * 20)
    assert seconds(attempts) == [0, 180, 360, 540, *(540 + 3600 * hour for hour in range(1, 9))]
    assert [one.contact for one in attempts] == [1, 2] * 6
    assert next_call(people(2), attempts, SINCE) is None


def test_a_failure_is_followed_at_once_by_the_next_channel_and_then_by_the_next_contact():
    attempts = after(people(2, "modem", "web"), [FAILED, FAILED, FAILED, HANDED])
    assert [(one.contact, one.channel) for one in attempts] == [(1, "modem"), (1, "web"), (2, "modem"), (2, "web")]
    assert seconds(attempts) == [0, 0, 0, 0]


def test_after_a_hand_over_the_next_contact_is_called_by_the_first_channel_again():
    attempts = after(people(2, "modem", "web"), [FAILED, HANDED, HANDED])
    assert [(one.contact, one.channel) for one in attempts] == [(1, "modem"), (1, "web"), (2, "modem")]


def test_when_all_have_failed_everybody_is_tried_again_with_a_growing_pause():
    attempts = after(people(2), [FAILED] * 8)
    assert seconds(attempts) == [0, 0, 5, 5, 15, 15, 35, 35]


def test_failures_never_end_it_and_never_wait_longer_than_five_minutes():
    attempts = after(people(1), [FAILED] * 2000)
    assert len(attempts) == 2000
    assert attempts[-1].at - attempts[-2].at == 300_000


def test_failures_do_not_count_among_the_twelve():
    attempts = after(people(1), [FAILED] * 30 + [HANDED] * 30)
    assert messages(attempts) == 12


def test_a_repeated_message_may_have_gone_out_twice_and_counts_so():
    assert len(after(people(1), [HANDED] * 30, repeated=True)) == 6


def test_with_nobody_or_nothing_to_send_by_there_is_no_call():
    assert next_call(Roster(callees=(), channels=("modem",)), [], SINCE) is None
    assert next_call(Roster(callees=people(1).callees, channels=()), [], SINCE) is None


def test_a_contact_who_was_taken_from_the_sheet_is_not_missed():
    attempts = after(people(3), [HANDED] * 3)
    call = next_call(people(1), attempts, SINCE)
    assert call is not None
    assert call.callee.place == 1


@pytest.mark.parametrize(
    ("at", "places"),
    [(99, [LOCAL_PLACE]), (100, [1, 2]), (199, [1, 2]), (200, [LOCAL_PLACE])],
    ids=["before it begins", "from", "just before until", "until"],
)
def test_the_sheet_is_lived_by_only_while_it_holds(at, places):
    sheet = Sheet(gateway="g01", assignment="a1", from_ms=100, until_ms=200, lease_seconds=90, contacts=contacts(2))
    found = roster(sheet, LOCAL, ["modem"], at)
    assert [one.place for one in found.callees] == places
    assert found.lease_seconds == (90 if places == [1, 2] else 180)


def test_without_a_sheet_or_without_contacts_in_it_the_local_number_is_called():
    empty = Sheet(gateway="g01", assignment="a1", from_ms=0)
    for sheet in (None, empty):
        assert [one.contact for one in roster(sheet, LOCAL, ["modem"], 100).callees] == [LOCAL]
    assert roster(None, None, ["modem"], 100).callees == ()


outcomes = st.lists(st.sampled_from(Outcome), max_size=120)


@given(count=st.integers(1, 5), channels=st.integers(1, 3), outcomes=outcomes, lease=st.integers(1, 900))
def test_however_it_goes_no_more_than_twelve_and_never_two_within_a_lease(count, channels, outcomes, lease):
    plan = people(count, *(f"c{place}" for place in range(channels)), lease=lease)
    attempts = after(plan, outcomes)
    handed = [one for one in attempts if one.outcome is HANDED]
    assert len(handed) <= 12
    assert [one.number for one in attempts] == list(range(1, len(attempts) + 1))
    for before, later in pairwise(handed):
        assert later.at - before.at >= lease * 1000
    for before, later in pairwise(attempts):
        assert later.at >= before.at


@given(count=st.integers(1, 5), channels=st.integers(1, 3), failures=st.integers(0, 40))
def test_each_sweep_of_failures_tries_everybody_by_every_channel(count, channels, failures):
    names = tuple(f"c{place}" for place in range(channels))
    attempts = after(people(count, *names), [FAILED] * failures)
    everybody = [(place, name) for place in range(1, count + 1) for name in names]
    assert [(one.contact, one.channel) for one in attempts] == (everybody * 41)[:failures]
