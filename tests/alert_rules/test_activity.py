"""Nobody moves where they usually do: every number from both sides, typed by hand."""

from __future__ import annotations

from pathlib import Path

from alert_rules import activity
from tests.alert_rules.promtool import Case, failures

ACTIVITY = 'chevet_vital_activity_milli_g{gateway="g01",device="d1",patient="p1"}'
DAYS = 16
MINUTES = 1440


def _case(name: str, now: str, says: str = "", *, calm: tuple[int, ...] = (), unknown: tuple[int, ...] = ()) -> Case:
    """Sixteen days on which they moved at this time by 10, but for those days ago that are calm or unknown.

    `now` are the last 121 minutes.
    """
    told = []
    for ago in range(DAYS, 0, -1):
        value = "_" if ago in unknown else "9" if ago in calm else "10"
        told.append(f"_x119 {value} _x1320")
    says_all = (
        f"no movement for 2 h, in which they usually move: strongest minute {says} mg (limit < 10 mg), patient p1",
        f"aucun mouvement depuis 2 h, alors que le patient bouge d'habitude : minute la plus forte {says} mg "
        "(limite < 10 mg), patient p1",
        "In these hours they lay still on 2 of the 14 days before at most. Call the home; if nobody answers, send "
        "somebody: they may have fallen.",
        "À ces heures, le patient n'était immobile que 2 des 14 jours précédents au plus. Appeler ; sans réponse, "
        "envoyer quelqu'un : il a pu tomber.",
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
)


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [activity.GROUP], CASES) == ""
