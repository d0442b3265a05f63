"""Nobody moves where they usually do: every number from both sides, typed by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from alert_rules import activity
from simulators import physiology
from simulators.patients import patient
from tests.alert_rules.promtool import Case, failures

ACTIVITY = 'chevet_vital_activity_milli_g{gateway="g01",device="d1",patient="p1"}'
DAYS = 16
MINUTES = 1440
BEGINNING = {"up": "1"}
"""Something at the very beginning: promtool takes no sample that is older by an hour than the first it is given."""
AWAKE = "_ 9x43 10x15 _x1379"
"""Of the first hour's sixty minutes, from the second value on, the last sixteen move: more than a quarter."""
CALM = "_ 9x44 12x15 _x1378"
"""Fifteen move, and one more when the first hour is over."""
TURNS = "_ 9x9 40 9x9 40 9x97 40 _x1320"
"""A sleeper's: strong minutes, but few."""


def _case(
    name: str,
    now: str,
    says: str = "",
    *,
    calm: tuple[int, ...] = (),
    unknown: tuple[int, ...] = (),
    still: str = CALM,
    awake: str = AWAKE,
) -> Case:
    """Sixteen days on which they were `awake` at this time, but for those days ago that are calm or unknown.

    `now` are the last 121 minutes.
    """
    told = []
    for ago in range(DAYS, 0, -1):
        told.append("_x1440" if ago in unknown else still if ago in calm else awake)
    says_all = (
        f"no movement for 2 h, in which they usually move: strongest minute {says} mg (limit < 10 mg), patient p1",
        f"aucun mouvement depuis 2 h, alors que le patient bouge d'habitude : minute la plus forte {says} mg "
        "(limite < 10 mg), patient p1",
        "When these hours begin they hardly moved on 2 of the 14 days before at most. Call the home; if nobody "
        "answers, send somebody: they may have fallen.",
        "Au début de ces heures, le patient ne bougeait guère que 2 des 14 jours précédents au plus. Appeler ; sans "
        "réponse, envoyer quelqu'un : il a pu tomber.",
    )
    at = f"{DAYS * MINUTES + 120}m"
    return Case(
        name=name,
        alert="ChevetNoMovementInWakingHours",
        series={ACTIVITY: " ".join([*told, now])},
        evaluated=at,
        at=at,
        says=says_all if says else None,
        labels={"rule": "activity.none", "kind": "clinical", "severity": "medium"},
        of=("patient",),
    )


def _beside(case: Case, now: str) -> Case:
    """With what a second sensor, behind a second gateway, says in these hours; it was not there before."""
    other = 'chevet_vital_activity_milli_g{gateway="g02",device="d2",patient="p1"}'
    return replace(case, series=BEGINNING | case.series | {other: f"_x{DAYS * MINUTES} {now}"})


STILL = "_ 9x119"
CASES = (
    _case("two hours below the bound", STILL, "9"),
    _case("one minute at it", "_ 9x59 10 9x58"),
    _case("a walk just before these two hours", "50 9x119", "9"),
    _case("a walk in their first minute", "_ 50 9x118"),
    _case("ninety minutes are known", "_x31 9x89", "9"),
    _case("one less", "_x32 9x88"),
    _case("the sensor is silent", "_"),
    _case("calm on two days, and on one too long ago", STILL, "9", calm=(3, 8, 15)),
    _case("calm on three, the first of which just counts", STILL, calm=(3, 8, 14)),
    _case("seven days are known", STILL, "9", unknown=(1, 2, 3, 4, 5, 6, 7)),
    _case("six are", STILL, unknown=(1, 2, 3, 4, 5, 6, 7, 14)),
    _case("at hours in which they usually lie", STILL, calm=tuple(range(1, 15))),
    _case("at hours in which they usually sleep and turn", STILL, awake=TURNS),
    _case("an hour longer in bed than usual", STILL, awake="_x61 40x59 _x1319"),
    _case("up as always, and no more moving since", STILL, "9", awake="_x43 40x16 _x1380"),
    _beside(_case("the other of two sensors is worn", STILL), "9x60 40x60"),
    _beside(_case("both tell of stillness, the other behind a new gateway", STILL, "9"), "8x120"),
)


def test_the_simulated_who_sleep_well_are_let_sleep() -> None:
    """Turning in bed, on nearly every day, made waking hours of the night for whoever looked for one strong minute."""
    of_nobody = activity.STILLNESS.below
    for seed in range(20):
        night = 86_400 * np.arange(20_000, 20_015)[:, None] + 3600 + 60 * np.arange(60)
        moved = physiology.activity(patient(seed), night.astype(float))
        assert (np.quantile(moved, 1 - activity.STILLNESS.moving, axis=1) < of_nobody).all()
        assert (moved.max(axis=1) >= of_nobody).any()


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [activity.GROUP], CASES) == ""
