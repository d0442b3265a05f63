"""The schedule keeps what the measurement promises."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bench.kills import BLOCK, VICTIMS, WHERE_A_SPOOL_FOLDS, schedule

GATEWAY = Path(__file__).parents[2] / "exporters" / "gateway"


@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_kills_are_ten_or_more_for_each_and_a_third_between_two_steps(seed: int) -> None:
    plan = schedule(100, seed)
    assert {victim: len(its) >= 10 for victim, its in plan.items()} == dict.fromkeys(VICTIMS, True)
    everything = [kill for its in plan.values() for kill in its]
    assert len(everything) == 100
    assert sum(bool(kill.step) for kill in everything) >= 34


def test_six_kills_reach_every_victim_and_two_steps_or_more() -> None:
    plan = schedule(6, 1)
    assert all(plan[victim] for victim in VICTIMS)
    assert sum(bool(kill.step) for its in plan.values() for kill in its) >= 2


def test_a_victim_dies_at_its_own_steps() -> None:
    assert all(kill.victim == victim for victim, its in schedule(50, 3).items() for kill in its)


def test_the_same_seed_is_the_same_schedule() -> None:
    assert schedule(40, 9) == schedule(40, 9)
    assert Counter(str(schedule(40, seed)) for seed in range(9)).total() > 1


def test_every_step_that_the_gateway_passes_is_in_the_schedule_and_no_other() -> None:
    passed = {
        name for file in GATEWAY.rglob("*.py") for name in re.findall(r'steps\.passed\("([^"]+)"\)', file.read_text())
    }
    assert passed - set(WHERE_A_SPOOL_FOLDS) == {kill.step for kill in BLOCK if kill.step}
    assert passed > set(WHERE_A_SPOOL_FOLDS)
