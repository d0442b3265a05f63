"""Many people at work are measured, and an answer that is not the one expected is an error."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench import users
from bench.__main__ import main
from bench.crowd import Answered
from bench.service import summary
from chevet.roles import Role

SMALL = ["service", "--users", "60", "--seconds", "4", "--pause", "1.5"]
"""Of two teams, each of which sees its own patients alone."""


@pytest.fixture
def result(capsys):
    def of(*arguments: str) -> tuple[int, dict]:
        status = main(arguments)
        return status, json.loads(capsys.readouterr().out.splitlines()[-1])

    return of


def test_people_of_every_role_look_and_write_and_none_is_answered_wrongly(result) -> None:
    status, found = result(*SMALL)
    assert (status, found["errors"]) == (0, 0)
    assert found["requests"] > 20
    assert found["writes"] > 0
    assert 0 < found["p50_s"] <= found["p95_s"] <= found["p99_s"] <= found["longest_s"]
    assert found["cpu_s"] > 0


def test_an_answer_that_is_not_the_one_expected_and_a_write_that_is_lost_are_errors() -> None:
    right = [Answered(users.ACTS[0], seconds, True) for seconds in (0.1, 0.2)]
    assert summary(right, 0)["errors"] == 0
    assert summary([replace(right[0], right=False), right[1]], 0)["errors"] == 1
    assert summary(right, 2)["errors"] == 2


def test_each_role_of_the_crowd_has_something_to_do_and_together_they_are_all() -> None:
    assert set(users.SHARES) == {act.role for act in users.ACTS}
    assert sum(users.SHARES.values()) == pytest.approx(1)
    assert {act.role for act in users.ACTS if act.writes} == {Role.DOCTOR, Role.NURSE, Role.PATIENT}


@pytest.mark.parametrize("option", ["--users", "--seconds", "--workers"])
def test_an_option_that_cannot_be_is_refused_by_name(option: str, capsys) -> None:
    assert main(["service", option, "0"]) == 2
    assert f"{option}: expected at least" in capsys.readouterr().err
