"""Values and the general state, before a real Prometheus: what each reader may see, and gaps where nothing came."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from analysis_service.values.service import steps_of
from chevet.remote_write import encode, series
from tests.analysis_service.conftest import HEART_RATE, Service
from tests.analysis_service.raised import post, raised, take
from tests.analysis_service.test_consent import claim, granted, invited, patient_s, relative_s

MINUTE = 60_000
WEIGHT = "chevet_vital_weight_grams"
SATURATION = "chevet_vital_oxygen_saturation_percent"
RESPIRATION = "chevet_vital_respiratory_rate_per_minute"


@dataclass
class Home:
    """A patient at home with a gateway, who claimed their dossier; and a relative to whom they grant something."""

    service: Service
    patient: str
    consents: list[str] = field(default_factory=list)

    async def get(self, path: str, headers: dict[str, str], **given: object):
        return await self.service.client.get(f"/api/v1/patients/{self.patient}/{path}", params=given, headers=headers)

    async def told(self, path: str, headers: dict[str, str], **given: object):
        answer = await self.get(path, headers, **given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def grant(self, *signals: str) -> None:
        made = await granted(self.service, self.patient, *signals)
        await claim(self.service, made["invitation"]["code"], relative_s(self.service))
        self.consents.append(made["consent"]["id"])

    async def revoke(self) -> None:
        path = f"/api/v1/patients/{self.patient}/consents/{self.consents.pop()}/revoke"
        assert (await self.service.client.post(path, headers=patient_s(self.service))).status_code == 200

    async def store(self, name: str, *samples: tuple[int, float], device: str = "d1") -> None:
        """As ingest leaves it: with the patient's label."""
        labels = {"gateway": self.service.gateway, "device": device, "patient": self.patient}
        await self.service.client._transport.app.state.store.write(encode([series(name, labels, *samples)]))

    async def expect(self, *vitals: str) -> None:
        body = {"devices": {"d1": list(vitals)}}
        path = f"/api/v1/gateways/{self.service.gateway}/devices"
        doctor = self.service.as_("doctor")
        edition = {"If-Match": (await self.service.client.get(path, headers=doctor)).headers["ETag"]}
        answer = await self.service.client.put(path, json=body, headers=doctor | edition)
        assert answer.status_code == 200, answer.text


async def home_of(service: Service) -> Home:
    patient = await service.assigned(days_ago=1)
    await claim(service, await invited(service, patient), patient_s(service))
    return Home(service, patient)


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """No table of its own is looked at."""
    return on_sqlite


@pytest.fixture
async def home(service: Service) -> Home:
    return await home_of(service)


async def test_the_newest_value_of_each_vital_has_its_time_and_its_age(home: Home) -> None:
    now = home.service.clock()
    await home.expect("heart_rate", "oxygen_saturation", "weight")
    await home.store(HEART_RATE + "_latest", (now - 20_000, 70.0), (now - 10_123, 71.0))
    await home.store(HEART_RATE + "_latest", (now - 60_000, 99.0), device='the "other"')
    await home.store(WEIGHT + "_latest", (now - 51 * 60 * MINUTE, 70_500.0))
    await home.store(RESPIRATION + "_latest", (now - 181 * MINUTE, 15.0), (now - 180 * MINUTE, 14.0))
    for headers in (home.service.as_("nurse"), patient_s(home.service)):
        heart, saturation, respiration, weight = await home.told("vitals", headers)
        assert (heart["vital"], heart["value"], heart["at_ms"]) == ("heart_rate", 71.0, now - 10_123)
        assert 10 <= heart["age_s"] < 60
        assert (heart["unit"], heart["title"]["fr"]) == ("/min", "fréquence cardiaque")
        assert (heart["stale"], weight["stale"], saturation["stale"]) == (False, True, True)
        assert (respiration["value"], respiration["at_ms"]) == (14.0, now - 180 * MINUTE), "long not seen any more"
        assert (respiration["stale"], respiration["expected"]) == (True, False)
        assert (weight["value"], weight["at_ms"]) == (70_500.0, now - 51 * 60 * MINUTE)
        assert (saturation["value"], saturation["expected"]) == (None, True)


async def test_a_stretch_has_gaps_where_nothing_came_and_extremes_of_what_did(home: Home) -> None:
    until = home.service.clock() // 600_000 * 600_000 - 600_000
    times = [until - 60 * MINUTE + minute * MINUTE for minute in range(1, 61) if not 21 <= minute <= 40]
    for suffix, add in (("", 0.0), ("_min", -5.0), ("_max", 5.0)):
        await home.store(HEART_RATE + suffix, *((at, 60.0 + add) for at in times))
    found = await home.told(
        "vitals/heart_rate", patient_s(home.service), from_ms=until - 60 * MINUTE, until_ms=until, points=7
    )
    assert found["step_s"] == 600
    assert found["at_ms"] == [until - minutes * MINUTE for minutes in (50, 40, 30, 20, 10, 0)]
    (line,) = found["lines"]
    assert line["device"] == "d1"
    assert line["mean"] == [60.0, 60.0, None, None, 60.0, 60.0]
    assert line["low"] == [55.0, 55.0, None, None, 55.0, 55.0]
    assert line["high"] == [65.0, 65.0, None, None, 65.0, 65.0]


async def test_a_relative_sees_the_vitals_that_were_granted_and_no_other_until_it_is_revoked(home: Home) -> None:
    now, relative = home.service.clock(), relative_s(home.service)
    for name in (HEART_RATE, SATURATION):
        await home.store(name + "_latest", (now - 5_000, 71.0))
    assert (await home.get("vitals", relative)).status_code == 403
    await home.grant("heart_rate")
    assert [one["vital"] for one in await home.told("vitals", relative)] == ["heart_rate"]
    assert (await home.get("vitals/heart_rate", relative)).status_code == 200
    refused = await home.get("vitals/oxygen_saturation", relative)
    assert (refused.status_code, refused.json()["field"]) == (403, "vital")
    assert (await home.get("state", relative)).status_code == 403
    assert (await home.get("alerts", relative)).status_code == 403
    await home.revoke()
    for path in ("vitals", "vitals/heart_rate", "state", "alerts"):
        assert (await home.get(path, relative)).status_code == 403


async def test_the_state_is_unknown_until_what_is_expected_comes_and_act_while_an_alert_is_open(home: Home) -> None:
    now, relative = home.service.clock(), relative_s(home.service)
    await home.grant("state")
    nothing = await home.told("state", relative)
    assert (nothing["level"], nothing["reasons"][0]["en"]) == ("unknown", "No sensor is expected to send anything")
    await home.expect("heart_rate")
    assert (await home.told("state", relative))["level"] == "unknown"
    await home.store(HEART_RATE + "_latest", (now - 5_000, 71.0))
    assert (await home.told("state", relative))["level"] == "calm"
    await home.store("chevet:news2:score", (now - 4_000, 5.0))
    assert (await home.told("state", relative))["level"] == "watch"
    alert = raised(home.service, onset=now - MINUTE)
    await post(home.service, alert)
    acting = await home.told("state", relative)
    assert (acting["level"], acting["taken"]) == ("act", False)
    assert acting["reasons"][0]["en"] == "A measurement needs attention", "no vital was granted"
    assert (await home.told("state", patient_s(home.service)))["reasons"][0]["en"] == (
        "Oxygen saturation: below the limit"
    )
    await take(home.service, alert.id)
    assert (await home.told("state", relative))["taken"] is True


@pytest.mark.parametrize(
    ("path", "given", "status", "field"),
    [
        ("vitals/mood", {}, 404, "vital"),
        ("vitals/consciousness", {}, 404, "vital"),
        ("vitals/heart_rate", {"from_ms": 2, "until_ms": 2}, 422, "from_ms"),
        ("vitals/heart_rate", {"from_ms": 0}, 422, "from_ms"),
        ("vitals/heart_rate", {"until_ms": 2**53 - 1}, 422, "until_ms"),
        ("vitals/heart_rate", {"points": 2001}, 422, "query.points"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_its_field(
    home: Home, path: str, given: dict, status: int, field: str
) -> None:
    answer = await home.get(path, home.service.as_("nurse"), **given)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_a_stretch_may_end_on_the_first_day_there_was(home: Home) -> None:
    told = await home.told("vitals/heart_rate", home.service.as_("nurse"), until_ms=5)
    assert (told["lines"], told["at_ms"][-1] >= 5) == ([], True)


async def test_without_prometheus_live_data_are_delayed_and_an_open_alert_is_still_said(service_without_store) -> None:
    home = await home_of(service_without_store)
    for path in ("vitals", "vitals/heart_rate"):
        answer = await home.get(path, home.service.as_("nurse"))
        assert answer.status_code == 503
        assert "live data are delayed" in answer.json()["detail"]
        assert answer.headers["Retry-After"]
    await home.expect("heart_rate")
    state = await home.told("state", patient_s(home.service))
    assert (state["level"], state["reasons"]) == (
        "unknown",
        [{"en": "Live data are delayed", "fr": "Les données arrivent avec retard"}],
    )
    await post(home.service, raised(home.service, onset=home.service.clock() - MINUTE))
    assert (await home.told("state", patient_s(home.service)))["level"] == "act"


@pytest.mark.parametrize(("span_s", "points"), [(60, 2), (86_400, 300), (3600, 61), (400 * 86_400, 2000), (1, 2)])
def test_steps_are_no_more_than_asked_for_hold_the_stretch_and_stand_on_one_grid(span_s: int, points: int) -> None:
    for start in range(1_700_000_000_000, 1_700_000_000_000 + 240_000, 7_001):
        steps = steps_of(start, start + span_s * 1000, points)
        times = steps.times()
        assert len(times) <= max(points, 2)
        assert times[0] - steps.every * 1000 <= start
        assert times[-1] >= start + span_s * 1000
        assert times[0] % (steps.every * 1000) == 0
