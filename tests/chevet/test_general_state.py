"""How somebody is: each level from both sides, and unknown wherever nobody can see."""

from __future__ import annotations

import itertools

import pytest

from chevet.general_state import Awaited, GeneralState, Level, OpenAlert, Seen, general_state
from chevet.severities import Kind, Severity

HEART = Awaited(vital="heart_rate", age=10)
STALE_HEART = Awaited(vital="heart_rate", age=300.1)
WEIGHT, STALE_WEIGHT = Awaited(vital="weight", age=3600), Awaited(vital="weight", age=50 * 3600 + 1)


def alert(
    severity: Severity, kind: Kind = Kind.CLINICAL, taken: bool = False, rule: str = "heart_rate.low"
) -> OpenAlert:
    return OpenAlert(rule=rule, vital=rule.partition(".")[0], kind=kind, severity=severity, taken=taken)


def state(*awaited: Awaited, alerts: tuple[OpenAlert, ...] = (), **seen: object) -> GeneralState:
    return general_state(Seen(awaited=awaited, alerts=alerts, **seen))  # type: ignore[arg-type] # the fields of Seen


@pytest.mark.parametrize(
    ("found", "level", "reason"),
    [
        (state(HEART), Level.CALM, "What is measured lies within its limits"),
        (state(HEART, alerts=(alert(Severity.HIGH),)), Level.ACT, "Heart rate: below the limit"),
        (state(HEART, alerts=(alert(Severity.MEDIUM),)), Level.WATCH, "Heart rate: below the limit"),
        (state(HEART, alerts=(alert(Severity.LOW),)), Level.WATCH, "Heart rate: below the limit"),
        (state(HEART, alerts=(alert(Severity.INFO),)), Level.CALM, "What is measured lies within its limits"),
        (state(HEART, score=7), Level.ACT, "Several signs together call for help"),
        (state(HEART, score=6), Level.WATCH, "Several signs together are to be watched"),
        (state(HEART, score=5), Level.WATCH, "Several signs together are to be watched"),
        (state(HEART, score=4, worst_part=2), Level.CALM, "What is measured lies within its limits"),
        (state(HEART, score=3, worst_part=3), Level.WATCH, "One sign alone is far from usual"),
        (state(), Level.UNKNOWN, "No sensor is expected to send anything"),
        (state(HEART, live=False), Level.UNKNOWN, "Live data are delayed"),
        (state(Awaited(vital="heart_rate", age=300)), Level.CALM, "What is measured lies within its limits"),
        (state(STALE_HEART), Level.UNKNOWN, "Heart rate: nothing new for too long"),
        (state(Awaited(vital="heart_rate", age=None)), Level.UNKNOWN, "Heart rate: nothing has come yet"),
        (state(HEART, STALE_WEIGHT), Level.CALM, "What is measured lies within its limits"),
        (state(STALE_WEIGHT), Level.UNKNOWN, "Weight: nothing new for too long"),
        (state(STALE_HEART, WEIGHT), Level.UNKNOWN, "Heart rate: nothing new for too long"),
        (
            state(HEART, alerts=(alert(Severity.MEDIUM, Kind.TECHNICAL, rule="oxygen_saturation.check"),)),
            Level.UNKNOWN,
            "Oxygen saturation: the sensor needs a look",
        ),
        (
            state(HEART, alerts=(alert(Severity.MEDIUM, Kind.TECHNICAL, rule="weight.silent"),)),
            Level.CALM,
            "What is measured lies within its limits",
        ),
    ],
)
def test_a_level_has_its_reason(found: GeneralState, level: Level, reason: str) -> None:
    assert (found.level, found.reasons[0].en) == (level, reason)
    assert found.reasons[0].fr


def test_what_is_seen_to_be_wrong_outweighs_what_is_not_seen_and_both_are_said() -> None:
    found = state(STALE_HEART, alerts=(alert(Severity.MEDIUM, rule="oxygen_saturation.low"),))
    assert found.level is Level.WATCH
    assert [one.en for one in found.reasons] == [
        "Oxygen saturation: below the limit",
        "Heart rate: nothing new for too long",
    ]


def test_a_vital_that_is_not_open_is_counted_and_not_named() -> None:
    seen = Seen(alerts=(alert(Severity.HIGH),), awaited=(STALE_HEART, Awaited(vital="oxygen_saturation", age=None)))
    found = general_state(seen, frozenset())
    assert found.level is Level.ACT
    assert [one.en for one in found.reasons] == [
        "A measurement needs attention",
        "A measurement: nothing new for too long",
    ]
    assert general_state(seen, frozenset({"heart_rate"})).reasons[0].en == "Heart rate: below the limit"


def test_no_reason_has_a_number_whatever_is_seen() -> None:
    for severity, score, age in itertools.product(Severity, (None, 3, 5, 20), (None, 1.0, 10_000.0)):
        found = state(Awaited(vital="heart_rate", age=age), alerts=(alert(severity),), score=score)
        assert not any(character.isdigit() for one in found.reasons for character in one.en + one.fr)


def test_taken_is_said_where_somebody_looks_after_all_of_it() -> None:
    taken, waiting = alert(Severity.HIGH, taken=True), alert(Severity.HIGH)
    assert state(HEART, alerts=(taken,)).taken
    assert not state(HEART, alerts=(taken, waiting)).taken
    assert not state(HEART).taken
