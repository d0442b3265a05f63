"""What panels show of weeks is what the library says of the same samples: glucose, pressure at home, weight."""

from __future__ import annotations

import pytest

from chevet import home_pressure, weight
from chevet.glucose import ABOVE_180, ABOVE_250, BELOW_54, BELOW_70
from chevet.time_in_range import Reading, Stretch, completeness, share, slots
from dashboards import blood_pressure, glucose_shares
from dashboards.rows import Query
from dashboards.weight import WEIGHT
from tests.dashboards.asked import answer
from tests.filled.history import DIABETIC, ILL
from tests.filled.store import Filled
from tests.filled.weeks import PATIENT as OF_WEEKS

MOST_LATE = 0.3
"""Per cent: what was recorded last is some minutes old."""


def samples(filled: Filled, metric: str, whose: str, days: int) -> list[tuple[int, float]]:
    (found,) = filled.now(f'{metric}{{patient="{whose}"}}[{days}d]')
    return [(round(float(at) * 1000), float(value)) for at, value in found["values"]]


def value(filled: Filled, query: Query, whose: str) -> float:
    (found,) = answer(filled, query, patient=whose)
    return float(found["value"][1])


@pytest.mark.parametrize("whose", [DIABETIC, OF_WEEKS])
def test_shares_shown_against_the_goals_are_the_librarys(filled: Filled, whose: str) -> None:
    measured = samples(filled, "chevet_vital_glucose_sensor_mg_per_dl", whose, 15)
    readings = [Reading(at=at, value=one) for at, one in measured]
    for panel, days, goals in (
        (glucose_shares.JUDGED_DAY, 1, (BELOW_54, BELOW_70, ABOVE_250)),
        (glucose_shares.JUDGED_FORTNIGHT, 14, (BELOW_54, BELOW_70, ABOVE_180, ABOVE_250)),
    ):
        stretch = Stretch(until=round(filled.moment * 1000), days=days)
        held = slots(readings, stretch)
        for query, goal in zip(panel.queries, goals, strict=False):
            assert f"limit {goal.share} %" in query.legend.en
            assert value(filled, query, whose) == pytest.approx(share(goal, held), abs=MOST_LATE)
        assert value(filled, panel.queries[-1], whose) == pytest.approx(completeness(readings, stretch), abs=MOST_LATE)


def test_averages_at_home_are_the_librarys_and_coloured_from_its_limit(filled: Filled) -> None:
    systolic = samples(filled, "chevet_vital_systolic_pressure_mmhg", ILL, 8)
    diastolic = dict(samples(filled, "chevet_vital_diastolic_pressure_mmhg", ILL, 8))
    readings = [home_pressure.Reading(at=at, systolic=one, diastolic=diastolic[at]) for at, one in systolic]
    found = home_pressure.average(readings, round(filled.moment * 1000))
    assert found is not None
    shown = [value(filled, query, ILL) for query in blood_pressure.AT_HOME.queries]
    assert shown == [pytest.approx(one) for one in (found.systolic, found.diastolic, found.kept, found.taken)]
    limits = [query.thresholds[-1].value for query in blood_pressure.AT_HOME.queries]
    assert limits == [135, 85, 8, 12]


def test_a_weight_above_the_dashed_line_is_one_that_has_risen_fast(filled: Filled) -> None:
    weighed = samples(filled, "chevet_vital_weight_grams", OF_WEEKS, 8)
    gained = weight.gained([weight.Reading(at=at, grams=grams) for at, grams in weighed], round(filled.moment * 1000))
    assert gained is not None
    (line,) = (query for query in WEIGHT.queries if query.dashed)
    (found,) = answer(filled, line, patient=OF_WEEKS)
    assert float(found["values"][-1][1]) == gained.before + 2000
    assert gained.now > gained.before + 2000
