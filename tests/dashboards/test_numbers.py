"""What panels show is what the raw samples say, counted once more here without PromQL."""

from __future__ import annotations

import statistics
from itertools import pairwise

import pytest

from dashboards import activity, alerts, blood_pressure, early_warning, glucose, patient, ward
from dashboards.rows import Panel, Query
from tests.dashboards.asked import answer
from tests.filled.history import AT_BOUNDS, DIABETIC, ILL
from tests.filled.store import Filled


def raw(filled: Filled, series: str, days: int) -> dict[float, float]:
    """The samples of one series, by time."""
    (found,) = filled.now(f"{series}[{days}d]")
    return {float(at): float(value) for at, value in found["values"]}


def number(filled: Filled, query: Query, whose: str) -> float:
    (found,) = answer(filled, query, patient=whose)
    return float(found["value"][1])


def by_title(panel: Panel, whose: str, filled: Filled) -> dict[str, float]:
    return {query.legend.en: number(filled, query, whose) for query in panel.queries}


def test_kinds_of_anomaly_are_as_many_as_the_readings_that_lie_beyond_the_bounds(filled: Filled) -> None:
    systolic, diastolic = (
        raw(filled, f'chevet_vital_{which}_pressure_mmhg{{patient="{ILL}"}}', 7) for which in ("systolic", "diastolic")
    )
    high = {at for at in systolic if systolic[at] > 140 or diastolic[at] > 90}
    low = {at for at in systolic if systolic[at] < 90 or diastolic[at] < 60}
    assert len(high) > 5
    found = by_title(blood_pressure.PIE, ILL, filled)
    assert found == {"hypertension": len(high - low), "hypotension": len(low - high), "mixed": len(high & low)}


def test_the_classes_of_pressure_hold_every_reading_once(filled: Filled) -> None:
    systolic = raw(filled, f'chevet_vital_systolic_pressure_mmhg{{patient="{ILL}"}}', 7)
    found = by_title(blood_pressure.DISTRIBUTION, ILL, filled)
    assert sum(found.values()) == len(systolic)
    assert found["160–179"] == sum(160 <= value <= 179 for value in systolic.values())


def test_shares_of_time_in_range_are_those_of_the_sensors_readings(filled: Filled) -> None:
    values = raw(filled, f'chevet_vital_glucose_sensor_mg_per_dl{{patient="{DIABETIC}"}}', 14).values()
    found = by_title(glucose.SHARES_NOW, DIABETIC, filled)
    assert sum(found.values()) == pytest.approx(100, abs=0.001)
    in_range = 100 * sum(70 <= value <= 180 for value in values) / len(values)
    assert 5 < in_range < 95
    assert found["in range, 70 to 180"] == pytest.approx(in_range, abs=1)
    assert found["very high, above 250"] == pytest.approx(
        100 * sum(value > 250 for value in values) / len(values), abs=1
    )


def test_the_summary_of_glucose_is_mean_variation_and_gmi(filled: Filled) -> None:
    # Consensus 2019: CV = SD/mean, GMI % = 3.31 + 0.02392 x mean.
    values = list(raw(filled, f'chevet_vital_glucose_sensor_mg_per_dl{{patient="{DIABETIC}"}}', 14).values())
    mean = statistics.fmean(values)
    found = by_title(glucose.SUMMARY, DIABETIC, filled)
    assert found["mean"] == pytest.approx(mean, rel=1e-3)
    assert found["variation (CV)"] == pytest.approx(100 * statistics.pstdev(values) / mean, rel=1e-3)
    assert found["GMI"] == pytest.approx(3.31 + 0.02392 * mean, rel=1e-3)
    assert 95 < found["readings of those expected"] <= 101


@pytest.mark.parametrize("panel", [glucose.PROFILE, activity.PROFILE], ids=["glucose", "activity"])
def test_a_days_profile_has_each_hour_and_bands_in_order(filled: Filled, panel: Panel) -> None:
    bands = []
    for query in panel.queries:
        found = {row["metric"]["hour"]: float(row["value"][1]) for row in answer(filled, query, patient=DIABETIC)}
        assert set(found) == {str(hour) for hour in range(24)}
        bands.append(found)
    assert all(lower[hour] <= upper[hour] for lower, upper in pairwise(bands) for hour in lower)


def test_the_worst_comes_first_in_the_ward(filled: Filled) -> None:
    urgency = ward.WORST_FIRST.queries[0]
    found = {row["metric"]["patient"]: float(row["value"][1]) for row in answer(filled, urgency, patient=".+")}
    assert set(found) == {"p-well", "p-ill", "p-diabetic", "p-at-bounds", "p-struck", "p-new"}
    assert max(found, key=lambda name: found[name]) == ILL
    assert found["p-ill"] > 3
    assert found["p-well"] < 1
    assert found["p-new"] == 0.5  # of whom nothing ever came, and who is not calm for that


def test_a_patients_own_limit_stands_before_the_catalogues(filled: Filled) -> None:
    panel = next(one for one in patient.BOARD.panels if one.title.en == "Oxygen saturation")
    high, medium = (answer(filled, query)[0]["values"][-1][1] for query in panel.queries if query.dashed)
    assert (high, medium) == ("86", "91")


def test_the_age_of_a_value_is_counted_from_when_it_was_measured(filled: Filled) -> None:
    saturation = next(query for query in patient.AGE.queries if query.legend.en.startswith("Age: oxygen saturation"))
    newest = max(raw(filled, f'chevet_vital_oxygen_saturation_percent_latest{{patient="{ILL}"}}', 1))
    (found,) = answer(filled, saturation)
    assert float(found["value"][1]) == pytest.approx(filled.moment - newest)


def test_pressures_at_the_bounds_are_calm_and_one_beyond_is_of_its_kind(filled: Filled) -> None:
    # CLINICAL 3: strict <90, <60, >140, >90. 141/80 and 120/91 are high, 89/70 and 120/59 low, 150/55 is both.
    assert by_title(blood_pressure.PIE, AT_BOUNDS, filled) == {"hypertension": 2, "hypotension": 2, "mixed": 1}
    found = by_title(blood_pressure.DISTRIBUTION, AT_BOUNDS, filled)
    assert found == {"40–99": 2, "100–119": 0, "120–134": 2, "135–159": 3, "160–179": 0, "180–299": 0}
    worst = {query.legend.en: number(filled, query, AT_BOUNDS) for query in blood_pressure.FIVE_WORST.queries[:3]}
    assert worst == {"anomalous readings": 5, "readings": 7, "highest systolic": 150}


def test_glucose_at_the_bounds_of_the_consensus_lies_in_the_inner_range(filled: Filled) -> None:
    # 70 and 180 are in range, 54 and 69 low, 181 and 250 high: an eighth of the readings each; 53 and 251 beyond.
    found = list(by_title(glucose.SHARES_NOW, AT_BOUNDS, filled).values())
    assert found == [pytest.approx(share, abs=2) for share in (12.5, 25, 25, 25, 12.5)]


def test_nobody_among_the_five_worst_is_without_an_anomaly(filled: Filled) -> None:
    found = [float(row["value"][1]) for row in answer(filled, blood_pressure.FIVE_WORST.queries[0], patient=".+")]
    assert 0 < len(found) <= 5
    assert min(found) > 0


def test_no_rule_is_in_alarm_for_longer_than_a_days_1440_minutes(filled: Filled) -> None:
    (query,) = alerts.LASTING.queries
    found = [float(row["value"][1]) for row in answer(filled, query, patient=".+")]
    assert max(found) in (1439, 1440)  # a battery is low all day


def test_what_the_service_registered_is_of_all_patients_whoever_is_chosen(filled: Filled) -> None:
    registered = next(query for query in alerts.BURDEN.queries if query.dashed)
    one, everybody = (answer(filled, registered, patient=whose)[0]["values"][-1] for whose in (ILL, ".+"))
    assert one == everybody


def test_a_patient_of_whom_no_part_is_known_stands_in_the_table_of_scores(filled: Filled) -> None:
    parts = next(query for query in early_warning.TABLE.queries if query.legend.en == "parts of 7")
    found = {row["metric"]["patient"]: float(row["value"][1]) for row in answer(filled, parts, patient=".+")}
    assert (found["p-new"], found["p-ill"], found["p-struck"]) == (0, 7, 5)


def test_a_high_technical_alert_is_counted_as_a_medium_one_is() -> None:
    (technical,) = (query for query in ward.COUNTS.queries if query.legend.en == "technical alerts")
    assert 'kind=~"technical"' in technical.expression
    assert 'severity=~"high|medium"' in technical.expression


def test_the_profile_of_glucose_shows_the_whole_target_and_hides_nothing_below_it() -> None:
    assert glucose.PROFILE.low == 0
    assert glucose.PROFILE.high is None
    assert [step.value for step in glucose.PROFILE.thresholds[:2]] == [None, 70]
