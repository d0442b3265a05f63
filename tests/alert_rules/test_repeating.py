"""The same alert again and again: six beginnings in a day and five, typed by hand."""

from __future__ import annotations

from pathlib import Path

from alert_rules import repeating
from alert_rules.groups import GROUPS
from tests.alert_rules.promtool import Case, failures

FIRED = 'ALERTS{alertname="ChevetHeartRateHighMedium",alertstate="%s",patient="p1",device="%s"%s}'
FIRING = FIRED % ("firing", "d1", "")
EPISODE = "1x4 _x25 "


def _case(name: str, series: dict[str, str], times: str = "") -> Case:
    says = (
        f"the same alert again and again, times in 24 h: {times} (limit ≥ 6), ChevetHeartRateHighMedium, patient p1",
        f"la même alarme sans cesse, fois en 24 h : {times} (limite ≥ 6), ChevetHeartRateHighMedium, patient p1",
        "Look at what came of each: a limit that does not suit this patient is the doctor's to change, a sensor that "
        "slips is to be fixed.",
        "Voir la suite donnée à chacune : une limite qui ne convient pas est à changer par le médecin, un capteur qui "
        "glisse est à fixer.",
    )
    return Case(
        name=name,
        alert="ChevetAlertRepeating",
        series=series,
        evaluated="12h",
        at="12h",
        says=says if times else None,
        labels={
            "rule": "alert.repeating",
            "kind": "technical",
            "severity": "low",
            "repeated": "ChevetHeartRateHighMedium",
        },
        of=("patient",),
    )


CASES = (
    _case("six beginnings", {FIRING: "_ " + EPISODE * 6}, "6"),
    _case("five", {FIRING: "_ " + EPISODE * 5}),
    _case("one that lasts", {FIRING: "_ 1x700"}),
    _case("what was only pending", {FIRED % ("pending", "d1", ""): "_ " + EPISODE * 8}),
    _case(
        "three of one sensor and three of another",
        {FIRING: "_ " + EPISODE * 3, FIRED % ("firing", "d2", ""): "_ " + EPISODE * 3},
    ),
    _case("this rule's own alert", {FIRED % ("firing", "d1", ',repeated="ChevetX"'): "_ " + EPISODE * 8}),
    _case("what is nobody's", {FIRING.replace(',patient="p1"', ""): "_ " + EPISODE * 8}),
)


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [repeating.GROUP], CASES) == ""


def test_no_alert_that_lasts_is_unseen_between_two_evaluations_and_seems_to_begin_again() -> None:
    # Prometheus looks back five minutes for a sample, and 3.x not quite so far.
    assert [group.name for group in GROUPS if group.alerts and group.every >= 300] == []
