"""What a gateway says of itself each minute: kept, shown with the service's own time, and bounded."""

from __future__ import annotations

import pytest

from analysis_service.fleet.schemas import EXAMPLE
from analysis_service.fleet.service import ONLINE_MS, is_online
from analysis_service.fleet.tables import HeartbeatRow

MINUTE = 60_000


async def beat(service, gateway: str = "", headers: dict[str, str] | None = None, **changed: object):
    path = f"/api/v1/gateways/{gateway or service.gateway}/heartbeat"
    return await service.client.post(path, json=EXAMPLE | changed, headers=headers or service.as_gateway)


async def shown(service, role: str = "sre") -> dict:
    answer = await service.client.get(f"/api/v1/gateways/{service.gateway}", headers=service.as_(role))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_heartbeat_is_shown_with_the_services_own_time(service_without_store) -> None:
    service = service_without_store
    before = service.clock()
    assert (await beat(service)).status_code == 204
    gateway = await shown(service)
    received = gateway["heartbeat"].pop("received_ms")
    assert before <= received <= service.clock()
    assert gateway["heartbeat"] == EXAMPLE
    assert (gateway["mode"], gateway["online"], gateway["offline_since"]) == ("push", True, None)
    listed = (await service.client.get("/api/v1/gateways", headers=service.as_("sre"))).json()
    assert [(one["gateway"], one["online"]) for one in listed] == [(service.gateway, True)]


async def test_the_newest_heartbeat_takes_the_place_of_the_one_before(service_without_store) -> None:
    service = service_without_store
    await beat(service, queues={"uplink": 3})
    await beat(service, queues=None, disk=None, battery=None, clock_offset_seconds=None, sensors={})
    said = (await shown(service))["heartbeat"]
    assert [said[field] for field in ("queues", "disk", "battery", "clock_offset_seconds")] == [None] * 4


async def test_a_gateway_is_offline_after_three_minutes_since_its_newest_heartbeat(service_without_store) -> None:
    service = service_without_store
    await beat(service)
    received = (await shown(service))["heartbeat"]["received_ms"]
    service.clock.aside += 2 * MINUTE
    assert (await shown(service))["online"] is True
    service.clock.aside += MINUTE
    gateway = await shown(service)
    assert (gateway["online"], gateway["offline_since"]) == (False, received)
    await beat(service)
    gateway = await shown(service)
    assert (gateway["online"], gateway["offline_since"]) == (True, None)


async def test_a_heartbeat_that_an_earlier_version_kept_in_another_form_hides_no_gateway(service_without_store) -> None:
    service = service_without_store
    await beat(service)
    async with service.client._transport.app.state.database.writing() as session:
        row = await session.get(HeartbeatRow, service.gateway)
        row.body = {"depths": [1, 2]}
    gateway = await shown(service)
    assert (gateway["online"], gateway["heartbeat"]) == (True, None)
    await beat(service)
    assert (await shown(service))["heartbeat"]["boot"] == EXAMPLE["boot"]


async def test_a_heartbeat_leaves_a_pull_gateway_what_it_is(service_without_store) -> None:
    service = service_without_store
    body = {"mode": "pull", "address": "127.0.0.1:9800"}
    path = f"/api/v1/gateways/{service.gateway}"
    await service.client.put(path, json=body, headers=service.as_("sre"))
    await beat(service)
    gateway = await shown(service)
    assert (gateway["mode"], gateway["address"], gateway["online"]) == ("pull", "127.0.0.1:9800", True)
    answer = await service.client.put(path, json=body, headers=service.as_("sre"))
    assert answer.json() == gateway


async def test_a_gateway_beats_and_reads_for_itself_alone(service_without_store) -> None:
    service = service_without_store
    await beat(service)
    other = service.bearer(service.issuer.of_gateway("g-other"))
    answer = await beat(service, headers=other)
    assert (answer.status_code, answer.json()["field"]) == (403, "gateway")
    assert answer.json()["detail"] == f"gateway: expected g-other, the token's own, got '{service.gateway}'"
    path = "/api/v1/gateways"
    assert (await service.client.get(f"{path}/{service.gateway}", headers=other)).status_code == 403
    assert (await service.client.get(path, headers=other)).json() == []
    own = (await service.client.get(path, headers=service.as_gateway)).json()
    assert [one["gateway"] for one in own] == [service.gateway]


@pytest.mark.parametrize("role", ["patient", "relative", "nurse", "doctor", "sre", "prometheus"])
async def test_nobody_else_sends_a_heartbeat(service_without_store, role: str) -> None:
    assert (await beat(service_without_store, headers=service_without_store.as_(role))).status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("boot", "", "boot"),
        ("boot", "x" * 129, "boot"),
        ("uptime_seconds", -1, "uptime_seconds"),
        ("uptime_seconds", None, "uptime_seconds"),
        ("versions", {"chevet": 3}, "versions.chevet"),
        ("versions", {f"v{number}": "1" for number in range(65)}, "versions"),
        ("queues", {"uplink": -1}, "queues.uplink"),
        ("queues", {"uplink": 1.5}, "queues.uplink"),
        ("queues", {f"q{number}": 1 for number in range(65)}, "queues"),
        ("disk", {"free_bytes": 1, "size_bytes": 2, "days_left": "inf"}, "disk.days_left"),
        ("disk", {"free_bytes": 1}, "disk.size_bytes"),
        ("battery", {"percent": 101}, "battery.percent"),
        ("clock_offset_seconds", "NaN", "clock_offset_seconds"),
        ("sensors", {"oximeter": {"heard_seconds": -1}}, "sensors.oximeter.heard_seconds"),
        ("sensors", {"oximeter": {"battery_percent": 101}}, "sensors.oximeter.battery_percent"),
        ("sensors", {f"s{number}": {} for number in range(65)}, "sensors"),
        ("received_ms", 1, "received_ms"),
    ],
)
async def test_a_heartbeat_that_cannot_be_is_refused_by_the_name_of_the_field(
    service_without_store, field: str, value: object, named: str
) -> None:
    answer = await beat(service_without_store, **{field: value})
    assert (answer.status_code, answer.json()["field"]) == (422, named)
    assert answer.json()["detail"].startswith(f"{named}: ")
    listed = await service_without_store.client.get("/api/v1/gateways", headers=service_without_store.as_("sre"))
    assert listed.json() == [], "nothing of it is kept"


async def test_the_service_says_when_the_newest_heartbeat_of_each_gateway_came(service_without_store) -> None:
    service = service_without_store
    assert "chevet_gateway_heartbeat_seconds{" not in await service.metrics()
    await beat(service)
    received = (await shown(service))["heartbeat"]["received_ms"]
    (line,) = [
        line for line in (await service.metrics()).splitlines() if line.startswith("chevet_gateway_heartbeat_seconds{")
    ]
    assert line.startswith(f'chevet_gateway_heartbeat_seconds{{gateway="{service.gateway}"}} ')
    assert float(line.split()[-1]) == received / 1000


def test_a_heartbeat_of_three_minutes_ago_still_says_online_and_none_never_did() -> None:
    assert ONLINE_MS == 180_000
    assert is_online(1_000_000, 1_180_000)
    assert not is_online(1_000_000, 1_180_001)
    assert is_online(1_000_000, 999_000), "the service's clock was set back"
    assert not is_online(None, 1_000_000)
