"""What each answer means: the table, from both sides."""

from __future__ import annotations

import json

import pytest

from exporters.gateway.server import Answer
from exporters.gateway.uplink.answers import Meaning, verdict, verdict_on_alert

NAME = "b1"


def answer(status: int, ours: bool = True, **problem: object) -> Answer:
    return Answer(status=status, ours=ours, body=json.dumps(problem).encode() if problem else b"")


def bad_batch(batch: str = NAME) -> dict[str, object]:
    return {"type": "urn:chevet:problem:bad-batch", "detail": "body: cut off", "batch": batch}


ANSWERS = [
    (answer(204), Meaning.DONE, "stored"),
    (answer(200), Meaning.DONE, "stored"),
    (answer(200, ours=False), Meaning.KEEP, "not_the_service"),
    (answer(302, ours=False), Meaning.KEEP, "not_the_service"),
    (answer(302), Meaning.KEEP, "odd_answer"),
    (answer(400, **bad_batch()), Meaning.DEAD, "refused"),
    (answer(422, **bad_batch()), Meaning.DEAD, "refused"),
    (answer(400, **bad_batch("another")), Meaning.KEEP, "odd_answer"),
    (answer(400, ours=False, **bad_batch()), Meaning.KEEP, "not_the_service"),
    (answer(400, type="about:blank", batch=NAME), Meaning.KEEP, "odd_answer"),
    (answer(400), Meaning.KEEP, "odd_answer"),
    (answer(401), Meaning.KEEP, "unauthorized"),
    (answer(403), Meaning.KEEP, "unauthorized"),
    (answer(404), Meaning.KEEP, "odd_answer"),
    (answer(408), Meaning.KEEP, "odd_answer"),
    (answer(413), Meaning.HALVE, "too_large"),
    (answer(413, ours=False), Meaning.KEEP, "not_the_service"),
    (answer(429), Meaning.KEEP, "throttled"),
    (answer(500), Meaning.KEEP, "unavailable"),
    (answer(503), Meaning.KEEP, "unavailable"),
    (Answer(failure="ConnectError"), Meaning.KEEP, "no_answer"),
]


@pytest.mark.parametrize(("said", "meaning", "reason"), ANSWERS)
def test_each_answer_to_a_batch_has_its_meaning(said: Answer, meaning: Meaning, reason: str) -> None:
    found = verdict(said, NAME)
    assert (found.meaning, found.reason) == (meaning, reason)


@pytest.mark.parametrize(("said", "meaning"), [row[:2] for row in ANSWERS])
def test_an_alert_is_kept_whatever_the_service_says_but_yes(said: Answer, meaning: Meaning) -> None:
    wanted = Meaning.DONE if meaning is Meaning.DONE else Meaning.KEEP
    assert verdict_on_alert(said).meaning is wanted


def test_the_sentence_says_what_the_service_said() -> None:
    assert verdict(answer(400, **bad_batch()), NAME).sentence == "the service answered 400: body: cut off"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "700000"}, 900),
        ({"retry-after": "-1"}, 0),
        ({"retry-after": "Tue, 01 Jan 2030 00:01:00 GMT", "date": "Tue, 01 Jan 2030 00:00:00 GMT"}, 60),
        ({"retry-after": "Tue, 01 Jan 2030 00:00:00 GMT", "date": "Tue, 01 Jan 2030 00:01:00 GMT"}, 0),
        ({"retry-after": "Tue, 01 Jan 2030 00:01:00 GMT"}, 0),
        ({"retry-after": "soon"}, 0),
        ({}, 0),
    ],
)
def test_retry_after_is_read_by_the_servers_own_clock(headers: dict[str, str], seconds: float) -> None:
    assert Answer(status=503, ours=True, headers=headers).retry_after == seconds
