"""Resting heart rate up and movement down: both bounds from both sides, and what days make of it, typed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alert_rules import deterioration
from tests.alert_rules.promtool import Case, Recorded, failures

D = '{gateway="g01",device="d1",patient="p1"}'
HEART, ACTIVITY = f"chevet_vital_heart_rate_per_minute{D}", f"chevet_vital_activity_milli_g{D}"
RISE, LEFT = 'chevet:decline:heart_rate_rise{patient="p1"}', 'chevet:decline:activity_percent{patient="p1"}'


def _case(name: str, rise: str, left: str, at: str = "10m", says: tuple[str, str] | None = None) -> Case:
    en, fr = says or ("", "")
    told = (
        f"resting heart rate up by {en} of the usual (limit ≤ 70 %) on each of the last 3 days, patient p1",
        f"fréquence cardiaque de repos en hausse de {fr} de l'habituel (limite ≤ 70 %) chacun des 3 derniers "
        "jours, patient p1",
        "Compared with the 14 days before. Call them today: infection, heart failure, pain, low mood?",
        "Comparé aux 14 jours précédents. Appeler le patient aujourd'hui : infection, insuffisance cardiaque, "
        "douleur, tristesse ?",
    )
    return Case(
        name=name,
        alert="ChevetRestingHeartRateUpMovementDown",
        series={RISE: rise, LEFT: left},
        evaluated=at,
        at=at,
        says=told if says else None,
        labels={"rule": "resting_heart_rate.rising", "kind": "clinical", "severity": "medium"},
        of=("patient",),
    )


AT_BOUNDS = (
    "5 /min (limit ≥ 5 /min) and movement at 70 %",
    "5 /min (limite ≥ 5 /min) et mouvement à 70 %",
)
ALERTED = (
    _case("both at their bounds, just now", "_ 5x9", "_ 70x9", says=AT_BOUNDS),
    _case("the heart inside", "4x10", "70x10"),
    _case("the movement inside", "5x10", "71x10"),
    _case("what was recorded holds for two hours", "5", "70", at="119m", says=AT_BOUNDS),
    _case("and no longer", "5", "70", at="120m"),
)


def _days(days: Sequence[str | float]) -> str:
    """From the oldest to the last, a value each two minutes: 720 windows, which is half of all."""
    return " ".join(["_", *(day if isinstance(day, str) else f"{day}x719" for day in days)])


# From 18 days ago: one too old, then the fortnight, whose median is 56.5, and the last three days.
OLD, FORTNIGHT = 1000, (63, 50, 62, 51, 61, 52, 60, 53, 59, 54, 58, 55, 57, 56)
NOTHING = "_x720"


def _recorded(name: str, days: Sequence[str | float], expected: float | None, series: str = HEART) -> Recorded:
    recorded = RISE if series == HEART else LEFT
    asked = recorded.partition("{")[0]
    return Recorded(
        name=name,
        series={series: _days(days)},
        every="2m",
        evaluated="1d",
        at=f"{len(days)}d",
        expression=f"round({asked}, 0.01)",
        samples={} if expected is None else {'{patient="p1"}': expected},
    )


USUAL = (OLD, *FORTNIGHT)
RECORDED = (
    _recorded("the calmest of three days above the median of the fortnight", (*USUAL, 70, 66.25, 71), 9.75),
    _recorded("the third day speaks too", (*USUAL, 66.25, 70, 71), 9.75),
    _recorded("the liveliest of three days in per cent", (*USUAL, 5.65, 11.3, 5.65), 20, ACTIVITY),
    # A ramp of 720 values: a twentieth of 719 steps is 35.95 of them.
    _recorded("resting is what a twentieth does not exceed", (*USUAL, 80, 80, "60+0.1x719"), 7.1),
    _recorded("a day has half of its windows", (*USUAL, 70, "66.25x718 _", 71), None),
    _recorded("seven days are enough", (*([NOTHING] * 8), *([60] * 7), 70, 70, 70), 10),
    _recorded("six are not", (*([NOTHING] * 9), *([60] * 6), 70, 70, 70), None),
    _recorded("nor are two of the last three", (*USUAL, 70, NOTHING, 70), None),
)
CASES = (*ALERTED, *RECORDED)


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [deterioration.RECORDED, deterioration.GROUP], CASES) == ""
