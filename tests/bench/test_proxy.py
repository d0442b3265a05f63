"""The measurement of the proxy finds nothing foreign, and would find it: in the answers of a door that is open."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench.adversary import FOREIGN, Adversary, Question
from bench.proxied import Proxied, proxied
from bench.proxy import Tally, judge

QUESTIONS = 200
HR = "chevet_vital_heart_rate_per_minute"


def silent(sentence: str) -> None:
    """Nobody is at the terminal."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with proxied(tmp_path_factory.mktemp("proxied"), silent) as running:
        yield running


def asked(stack: Proxied, *questions: Question) -> Tally:
    tally = Tally()
    for question in questions:
        judge(stack, question, tally, silent)
    return tally


def test_no_generated_question_shows_a_foreign_patient(stack: Proxied) -> None:
    adversary = Adversary(random.Random(7), stack.own)
    tally = asked(stack, *(adversary.question() for _ in range(QUESTIONS)))
    assert tally.counts["foreign"] == 0
    assert QUESTIONS * 0.2 < tally.counts["refused"] < QUESTIONS * 0.9
    assert tally.result()["ratio"] > 0


@pytest.mark.parametrize(
    "question",
    [
        Question("query", HR),
        Question("query", f"sum({HR})"),
        Question("query", f'count({HR}{{patient=~"{FOREIGN}.+"}}) or vector(0)'),
        Question("query_range", f"max_over_time({HR}[5m])"),
        Question("series", HR),
        Question("label/patient/values", HR),
    ],
)
def test_a_door_that_is_open_would_be_found(stack: Proxied, question: Question) -> None:
    assert asked(stack, question).counts["foreign"] == 0
    assert asked(replace(stack, proxy=stack.everybody), question).counts["foreign"] == 1
