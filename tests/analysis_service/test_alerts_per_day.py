"""Counts of alerts for analysts: whole days that are over, and nobody to be known by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.analysis_service.conftest import DAY, Service
from tests.analysis_service.told import tell, told

PATH = "/api/v1/alerts/counts"


async def counted(service: Service, **given: str):
    return await service.client.get(PATH, params=given, headers=service.as_("analyst"))


async def test_a_group_of_fewer_than_five_patients_is_unsaid_and_a_joined_alert_counts_once(
    service_without_store,
) -> None:
    service = service_without_store
    midnight = service.clock() // DAY * DAY
    yesterday = datetime.fromtimestamp(midnight / 1000, UTC).date() - timedelta(days=1)
    patients = [await service.patient(f"Patient {number}") for number in range(5)]
    noon = midnight - DAY // 2
    many = [told(noon, ends=noon + 60_000, severity="high", patient=patient) for patient in patients]
    again = told(noon + 30_000, ends=noon + 60_000, severity="medium", patient=patients[0])
    few = [told(noon, ends=noon + 60_000, rule="weight.rising", patient=patient) for patient in patients[:4]]
    ours = told(noon, ends=noon + 60_000, rule="prometheus.wal", kind="technical")
    today = [told(midnight + 1, ends=midnight + 2, patient=patient) for patient in patients]
    answer = await tell(service, *many, again, *few, ours, *today)
    assert answer.status_code == 200, answer.text

    answer = await counted(service)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["from_day"], found["until_day"]) == (str(yesterday - timedelta(days=6)), str(yesterday))
    assert [(one["rule"], one["severity"], one["alerts"], one["patients"]) for one in found["counts"]] == [
        ("oxygen_saturation.low", "high", 5, 5),
        ("prometheus.wal", "high", 1, 0),
        ("weight.rising", "high", None, None),
    ]
    assert {one["day"] for one in found["counts"]} == {str(yesterday)}
    assert not any(patient in answer.text for patient in patients)
    alone = (await counted(service, from_day=str(yesterday), until_day=str(yesterday))).json()
    assert alone["counts"] == found["counts"], "the same whichever stretch it is asked in"


REFUSED = (
    ({"until_day": "9999-12-31"}, "until_day"),
    ({"from_day": "2026-03-02", "until_day": "2026-03-01"}, "from_day"),
    ({"from_day": "2025-01-01", "until_day": "2025-04-03"}, "from_day"),
    ({"from_day": "0001-01-01"}, "from_day"),
    ({"from_day": "tomorrow"}, "query.from_day"),
)


async def test_a_stretch_that_is_not_over_backwards_or_too_long_is_refused(service_without_store) -> None:
    for given, field in REFUSED:
        answer = await counted(service_without_store, **given)
        assert (answer.status_code, answer.json()["field"]) == (422, field), given


async def test_a_stretch_of_92_days_is_counted_and_so_is_the_first_that_there_is(service_without_store) -> None:
    for given in ({"from_day": "2025-01-01", "until_day": "2025-04-02"}, {"until_day": "0001-01-01"}):
        answer = await counted(service_without_store, **given)
        assert (answer.status_code, answer.json()["counts"]) == (200, [])


async def test_counts_are_for_analysts(service_without_store) -> None:
    for role in ("nurse", "doctor", "sre", "patient", "flow_manager"):
        answer = await service_without_store.client.get(PATH, headers=service_without_store.as_(role))
        assert answer.status_code == 403, role
