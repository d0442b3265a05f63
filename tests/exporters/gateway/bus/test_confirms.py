"""The broker's answers find their messages."""

from __future__ import annotations

import asyncio

import pytest

from exporters.gateway.bus.confirms import Confirms


async def test_an_answer_for_several_settles_all_up_to_its_tag_and_no_more() -> None:
    confirms = Confirms()
    futures = [confirms.expect()[1] for _ in range(4)]
    confirms.answer(3, multiple=True, taken=True)
    assert [future.done() for future in futures] == [True, True, True, False]


async def test_a_refusal_is_false_and_touches_nothing_else() -> None:
    confirms = Confirms()
    futures = [confirms.expect()[1] for _ in range(2)]
    confirms.answer(2, multiple=False, taken=False)
    assert not futures[0].done()
    assert futures[1].result() is False


async def test_what_came_back_for_want_of_a_queue_is_no_success_though_it_is_acknowledged() -> None:
    confirms = Confirms()
    tag, future = confirms.expect()
    confirms.returned(tag)
    confirms.answer(tag, multiple=False, taken=True)
    assert future.result() is False


async def test_a_lost_channel_fails_what_was_unanswered_and_a_late_answer_harms_nothing() -> None:
    confirms = Confirms()
    tag, future = confirms.expect()
    confirms.fail(ConnectionError("gone"))
    confirms.answer(tag, multiple=True, taken=True)
    with pytest.raises(ConnectionError):
        await future


async def test_an_answer_after_its_publisher_gave_up_harms_nothing() -> None:
    confirms = Confirms()
    tag, future = confirms.expect()
    future.cancel()
    confirms.answer(tag, multiple=False, taken=True)
    with pytest.raises(asyncio.CancelledError):
        await future
