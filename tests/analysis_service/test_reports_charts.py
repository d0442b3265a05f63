"""Charts of a report: what the store held when it was signed, and the limits that held meanwhile, never read again."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analysis_service.reports import measured
from analysis_service.reports.axes import minutes_ahead
from chevet.remote_write import series
from chevet.severities import Severity, Side
from chevet.sheet import PatientLimit
from chevet.vitals import BY_KEY
from tests.analysis_service.prescribed import prescribed
from tests.analysis_service.reporting import pages, read, signed, version_of

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
HEART_RATE = "chevet_vital_heart_rate_per_minute"
WEIGHT = "chevet_vital_weight_grams"


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """No table is the point here."""
    return on_sqlite


def windows(service, start: int, minutes: range) -> list[Any]:
    """Each minute a window with a mean of 70, between 60 and 90."""
    many = [(HEART_RATE, 70.0), (f"{HEART_RATE}_min", 60.0), (f"{HEART_RATE}_max", 90.0)]
    return [service.vital(*((start + minute * MINUTE, value) for minute in minutes), name=name) for name, value in many]


async def inputs_of(service, view: dict[str, Any]) -> dict[str, Any]:
    answer = await read(service, version_of(view))
    assert answer.status_code == 200, answer.text
    return answer.json()["inputs"]


async def test_a_chart_holds_what_was_stored_when_it_was_signed_and_a_gap_stays_one(service) -> None:
    patient, now = await service.assigned(), service.clock()
    since = (now - 3 * HOUR) // MINUTE * MINUTE
    until = since + 2 * HOUR
    for minutes in (range(1, 31), range(61, 121)):
        answer = await service.write(*windows(service, since, minutes), batch=f"b{minutes.start}")
        assert answer.status_code == 204, answer.text
    late = series(
        f"{HEART_RATE}_straggler",
        {"gateway": service.gateway, "device": "d1", "quality": "good"},
        (since + 10 * MINUTE + 1000, 141.0),
    )
    assert (await service.write(late, batch="late")).status_code == 204
    charts = [{"vital": vital, "from_ms": since, "until_ms": until} for vital in ("heart_rate", "oxygen_saturation")]
    view = await signed(service, patient, charts=charts)
    heart, oxygen = (await inputs_of(service, view))["charts"]
    assert (heart["unit"], heart["step_ms"], heart["joined_ms"]) == ("/min", MINUTE, 5 * MINUTE)
    points = heart["points"]
    assert {tuple(values) for _, *values in points} == {(70.0, 60.0, 90.0), (105.5, 60.0, 141.0)}
    assert all(since <= at < until for at, *_ in points)
    gaps = [later - at for (at, *_), (later, *_) in pairwise(points)]
    assert sorted(gaps)[-2:] == [MINUTE, 31 * MINUTE]
    assert len(points) == 30 + 59, "what stands at the end belongs to what follows"
    assert oxygen["points"] == []
    before = await read(service, version_of(view, "pdf"))
    more = await service.write(*windows(service, since, range(31, 60)), batch="more")
    assert more.status_code == 204
    after = await read(service, version_of(view, "pdf"))
    assert after.content == before.content
    [page] = pages(after.content)
    assert "Fréquence cardiaque (/min)" in page
    assert "Aucune mesure (saturation en oxygène)" in page


async def test_nobody_elses_series_are_in_a_chart(service) -> None:
    await service.assigned()
    now = service.clock()
    assert (await service.write(*windows(service, now - HOUR, range(30)))).status_code == 204
    other = await service.patient()
    chart = {"vital": "heart_rate", "from_ms": now - HOUR, "until_ms": now}
    [said] = (await inputs_of(service, await signed(service, other, charts=[chart])))["charts"]
    assert said["points"] == []


async def test_a_weight_is_in_kilograms_and_joined_over_days(service) -> None:
    patient, now = await service.assigned(), service.clock()
    samples = [(now - day * DAY - HOUR, 82_000.0 + 100 * day) for day in (6, 5, 4, 3)]
    assert (await service.write(service.vital(*samples, name=WEIGHT))).status_code == 204
    chart = {"vital": "weight", "from_ms": now - 7 * DAY, "until_ms": now}
    view = await signed(service, patient, charts=[chart], language="en")
    [said] = (await inputs_of(service, view))["charts"]
    assert (said["unit"], said["divisor"], said["limits"]) == ("kg", 1000, [])
    assert [values for _, *values in said["points"]] == [[value] * 3 for _, value in samples]
    assert said["joined_ms"] == 50 * HOUR
    [page] = pages((await read(service, version_of(view, "pdf"))).content)
    assert "Weight (kg)" in page
    assert "82.4" in page


async def test_a_prescribed_limit_is_a_line_from_when_it_held(service) -> None:
    patient = await service.patient()
    limit = await prescribed(service, patient, value=84)
    service.clock.aside += 2 * HOUR
    now = service.clock()
    chart = {"vital": "oxygen_saturation", "from_ms": now - 4 * HOUR, "until_ms": now}
    [said] = (await inputs_of(service, await signed(service, patient, charts=[chart])))["charts"]
    urgent = [one for one in said["limits"] if one["severity"] == "high"]
    assert [(one["value"], one["from_ms"], one["until_ms"]) for one in urgent] == [
        (88.0, now - 4 * HOUR, limit["from_ms"]),
        (84.0, limit["from_ms"], now),
    ]


async def test_three_months_are_asked_for_in_half_days(service) -> None:
    patient, now = await service.patient(), service.clock()
    chart = {"vital": "heart_rate", "from_ms": now - 92 * DAY, "until_ms": now}
    view = await signed(service, patient, charts=[chart])
    [said] = (await inputs_of(service, view))["charts"]
    assert said["step_ms"] == 12 * HOUR


def test_an_expression_asks_for_one_patient_by_a_literal_name() -> None:
    asked = measured.expression(BY_KEY["weight"], "p1", 3600)
    mean = f'sum(sum_over_time({WEIGHT}{{patient="p1"}}[3600s]))'
    assert f'({mean}) / (sum(count_over_time({WEIGHT}{{patient="p1"}}[3600s])))' in asked
    assert f'max by () (max_over_time({WEIGHT}{{patient="p1"}}[3600s]))' in asked
    with pytest.raises(ValueError, match="without quotes"):
        measured.expression(BY_KEY["weight"], 'p1"} or x{a="', 3600)


def test_what_is_no_number_is_no_point() -> None:
    def of(name: str, *values: tuple[float, str]) -> dict[str, Any]:
        return {"metric": {"of": name}, "values": [list(one) for one in values]}

    data = {
        "result": [
            of("mean", (60, "70.12345"), (120, "NaN"), (180, "1")),
            of("low", (60, "60"), (120, "1"), (180, "1")),
            of("high", (60, "+Inf"), (120, "1"), (180, "2")),
        ]
    }
    assert measured.points_of(data, 0, MINUTE) == [[180_001 - MINUTE // 2, 1.0, 1.0, 2.0]]
    assert measured.points_of({"result": []}, 0, MINUTE) == []


def test_a_limit_of_the_night_is_in_pieces_by_the_clock_of_the_house() -> None:
    zone, since = ZoneInfo("Europe/Paris"), 1_792_839_600_000  # 13:00, and clocks go back at night
    offsets = measured.offsets_of(zone, since, since + DAY)
    assert offsets == [[since, 120], [since + 14 * HOUR, 60]]
    night = PatientLimit(
        vital="heart_rate",
        side=Side.LOW,
        severity=Severity.MEDIUM,
        value=44,
        from_ms=0,
        until_ms=since + 2 * DAY,
        hours=(22, 6),
    )
    found = measured.limits_of(BY_KEY["heart_rate"], [night], since, since + DAY, offsets)
    low = sorted((one["from_ms"], one["until_ms"], one["value"]) for one in found if one["value"] in (44, 50))
    assert low == [
        (since, since + 9 * HOUR, 50.0),
        (since + 9 * HOUR, since + 18 * HOUR, 44.0),
        (since + 18 * HOUR, since + DAY, 50.0),
    ]
    assert minutes_ahead(since + 18 * HOUR, offsets) == 60
    assert json.dumps(low), "plain numbers alone are kept"


@pytest.mark.parametrize(
    ("name", "at", "before", "after"),
    [("Europe/Paris", 1_792_890_000_000, 120, 60), ("Australia/Lord_Howe", 1_791_041_400_000, 630, 660)],
)
def test_clocks_change_when_they_do_whenever_a_chart_begins(name: str, at: int, before: int, after: int) -> None:
    since = at - 3 * HOUR - 10 * MINUTE
    offsets = measured.offsets_of(ZoneInfo(name), since, at + DAY)
    assert offsets == [[since, before], [at, after]]
    small_hours = PatientLimit(
        vital="heart_rate",
        side=Side.LOW,
        severity=Severity.MEDIUM,
        value=44,
        from_ms=0,
        until_ms=at + 2 * DAY,
        hours=(0, 4),
    )
    found = measured.limits_of(BY_KEY["heart_rate"], [small_hours], since, at + DAY, offsets)
    lows = [(one["from_ms"], one["until_ms"]) for one in found if one["value"] == 44]
    midnight, four = at - 2 * HOUR, at + {60: 2 * HOUR, 660: HOUR + HOUR // 2}[after]
    if after == 60:
        midnight -= HOUR
    assert lows[0] == (midnight, four)
    assert measured.offsets_of(ZoneInfo(name), since, at)[-1] == [at, after]
    ending = measured.limits_of(BY_KEY["heart_rate"], [small_hours], since, at, [[since, before], [at, after]])
    assert all(one["from_ms"] < one["until_ms"] for one in ending)
