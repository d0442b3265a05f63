"""A prescription reaches who judges by it: Prometheus, the gateway's signed sheet, and the scale of NEWS2."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chevet.detection import Change, Detector
from chevet.readings import Quality, Reading
from chevet.rules import OF_VITAL
from chevet.rules import prescribed as by_limits
from chevet.sheet import Sheet
from exporters.gateway.urgent.sheets import opened
from tests.analysis_service.prescribed import DAY, act, limits_of, prescribed, propose

MINUTE = 60_000


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What tables keep is looked at elsewhere, on each database."""
    return on_sqlite


async def told(service, patient: str, vital: str = "oxygen_saturation") -> dict[tuple[str, str], float]:
    """Side and severity to what Prometheus is told."""
    found = {}
    for line in (await service.metrics()).splitlines():
        if line.startswith("chevet_limit{") and f'patient="{patient}"' in line and f'vital="{vital}"' in line:
            labels = dict(part.split("=") for part in line[line.index("{") + 1 : line.index("}")].split(","))
            found[labels["side"].strip('"'), labels["severity"].strip('"')] = float(line.split()[-1])
    return found


async def sheet_of(service, sheet_key, **headers: str) -> tuple[Sheet, str]:
    answer = await service.client.get(f"/api/v1/gateways/{service.gateway}/sheet", headers=service.as_gateway | headers)
    assert answer.status_code == 200, answer.text
    key = load_pem_public_key(sheet_key.with_suffix(".pub").read_bytes())
    return opened(answer.json()["sheet"], key, service.gateway), answer.headers["ETag"]


async def test_prometheus_is_told_what_is_in_force_and_the_default_again_afterwards(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    assert await told(service, patient) == {("low", "high"): 88, ("low", "medium"): 91}
    proposal = (await propose(service, patient)).json()
    assert (await told(service, patient))["low", "high"] == 88
    signed = (await act(service, proposal, "sign")).json()
    assert await told(service, patient) == {("low", "high"): 84, ("low", "medium"): 91}
    await act(service, signed, "end", reason="x")
    assert (await told(service, patient))["low", "high"] == 88


async def test_expiry_is_noticed_by_a_scrape_and_the_default_told(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    await prescribed(service, patient, until_ms=service.clock() + DAY)
    assert (await told(service, patient))["low", "high"] == 84
    service.clock.aside += DAY + MINUTE
    assert (await told(service, patient))["low", "high"] == 88
    [one] = (await limits_of(service, patient))["history"]
    assert (one["state"], one["version"]) == ("expired", 3)


async def test_a_night_limit_is_told_at_night_where_the_patient_lives(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    zone = ZoneInfo("Europe/Paris")
    await prescribed(service, patient, hours=[22, 7], until_ms=service.clock() + 10 * DAY)
    for hour, value in ((12, 88), (23, 84), (6, 84), (7, 88)):
        now = datetime.fromtimestamp(service.clock() / 1000, UTC).astimezone(zone)
        ahead = (hour - now.hour) % 24 * 60 - now.minute
        service.clock.aside += (ahead if ahead > 0 else ahead + 24 * 60) * MINUTE
        assert (await told(service, patient))["low", "high"] == value, hour


async def test_the_sheet_has_it_once_it_is_signed_and_another_etag(service_without_store, sheet_key) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    _, before = await sheet_of(service, sheet_key)
    proposal = (await propose(service, patient, hours=[22, 7])).json()
    assert (await sheet_of(service, sheet_key))[1] == before
    signed = (await act(service, proposal, "sign")).json()
    sheet, etag = await sheet_of(service, sheet_key, **{"If-None-Match": before})
    assert etag != before
    assert sheet.time_zone == "Europe/Paris", "where the dossier says that the patient lives"
    [limit] = sheet.limits
    assert (limit.value, limit.hours, limit.from_ms, limit.until_ms) == (
        84,
        (22, 7),
        signed["from_ms"],
        signed["until_ms"],
    )
    ended = (await act(service, signed, "end", reason="x")).json()
    [limit] = (await sheet_of(service, sheet_key))[0].limits
    assert limit.until_ms == ended["ended_ms"], "what is late is judged by what was in force at its time"
    service.clock.aside += 8 * DAY + MINUTE
    assert (await sheet_of(service, sheet_key))[0].limits == ()
    assert (await sheet_of(service, sheet_key))[1] == before


async def test_what_ended_before_it_began_is_on_no_sheet(service_without_store, sheet_key) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    signed = await prescribed(service, patient, from_ms=service.clock() + DAY)
    assert len((await sheet_of(service, sheet_key))[0].limits) == 1
    await act(service, signed, "end", reason="x")
    assert (await sheet_of(service, sheet_key))[0].limits == ()


async def test_the_gateway_judges_each_reading_by_the_limit_in_force_at_its_own_time(
    service_without_store, sheet_key
) -> None:
    """88 % for two minutes: high by the catalogue, calm by 84; told apart by nothing but when it was measured."""
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    signed = await prescribed(service, patient, until_ms=service.clock() + 10 * DAY)
    await prescribed(service, patient, severity="medium", value=86, until_ms=service.clock() + 9 * DAY)
    sheet, _ = await sheet_of(service, sheet_key)
    [rule] = OF_VITAL["oxygen_saturation"]

    def changes(since: int, value: float) -> list[tuple[Change, str]]:
        detector, found = Detector(rule), []
        for number in range(13):
            at = since + number * 10_000
            reading = Reading(
                gateway=service.gateway,
                device="oximeter",
                vital="oxygen_saturation",
                value=value,
                measured_at=at,
                segment="s",
                run="r",
                sequence=number,
                quality=Quality.GOOD,
                origin="test",
            )
            limits = [limit for limit in sheet.limits if limit.in_force(at, 12)]
            found += [(one.change, one.severity.value) for one in detector.step(reading, by_limits(rule, limits))]
        return found

    began, over = signed["from_ms"], signed["until_ms"]
    assert changes(began - 10 * MINUTE, 88) == [(Change.RAISED, "high")]
    assert changes(began + MINUTE, 88) == []
    assert changes(began + MINUTE, 84) == [(Change.RAISED, "high")]
    assert changes(over + MINUTE, 88) == [(Change.RAISED, "high")]


async def scale(service, patient: str, value: str = "2", **more: object):
    body = {"kind": "scale", "value": value} | more
    return await service.client.post(
        f"/api/v1/patients/{patient}/observations", json=body, headers=service.as_("doctor")
    )


async def scale_told(service) -> list[str]:
    return [line[-3:] for line in (await service.metrics()).splitlines() if line.startswith("chevet_news2_scale{")]


async def test_scale_2_is_for_who_has_a_signed_limit_of_spo2_and_falls_back_with_the_last(
    service_without_store,
) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=10)
    await prescribed(service, patient, vital="heart_rate", side="high", value=140)
    proposal = (await propose(service, patient)).json()
    refused = await scale(service, patient)
    assert (refused.status_code, refused.json()["field"]) == (422, "value")
    signed = (await act(service, proposal, "sign")).json()
    early = await scale(service, patient, observed_ms=signed["from_ms"] - 1)
    assert (early.status_code, early.json()["field"]) == (422, "observed_ms")
    assert (await scale(service, patient)).status_code == 201
    assert await scale_told(service) == ["2.0"]
    medium = await prescribed(service, patient, severity="medium", value=90)
    assert (await act(service, medium, "end", reason="x")).json()["says"].endswith("is in force again")
    assert await scale_told(service) == ["2.0"]
    ended = (await act(service, signed, "end", reason="x")).json()
    assert ended["says"].endswith("; without a prescribed limit of this vital NEWS2 counts on scale 1")
    assert await scale_told(service) == ["1.0"]
    listed = await service.client.get(
        f"/api/v1/patients/{patient}/observations?kind=scale", headers=service.as_("nurse")
    )
    assert [(one["value"], one["lapsed_ms"]) for one in listed.json()] == [("2", ended["ended_ms"])]
    await prescribed(service, patient, value=83)
    assert await scale_told(service) == ["1.0"], "the decision is made anew"
    says = {one["id"]: one["says"] for one in (await limits_of(service, patient))["history"]}
    assert says[ended["id"]].endswith(
        "another prescription of 83 % is in force; in between none of this vital was: "
        "NEWS2 counts no scale 2 that was decided before"
    )
    assert says[medium["id"]].endswith(says[ended["id"]].rpartition("; ")[2])
    assert (await scale(service, patient)).status_code == 201
    assert await scale_told(service) == ["2.0"]


async def test_scale_2_falls_back_when_the_prescription_expires(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=10)
    await prescribed(service, patient, until_ms=service.clock() + DAY)
    assert (await scale(service, patient)).status_code == 201
    service.clock.aside += DAY - MINUTE
    assert await scale_told(service) == ["2.0"]
    service.clock.aside += 2 * MINUTE
    assert await scale_told(service) == ["1.0"]
