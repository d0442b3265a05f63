"""A condition that a gateway and Prometheus both see is one alert, whoever comes first; each id leads to it."""

from __future__ import annotations

import asyncio

from chevet.severities import Kind, Severity
from tests.analysis_service.raised import polled, post, raised, read, take
from tests.analysis_service.told import MINUTE, alerts, tell, told


async def test_prometheuss_alert_joins_the_gateways(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    onset = service.clock() - 10 * MINUTE
    own = await post(service, raised(service, onset))
    await tell(service, told(onset + 5 * MINUTE, patient=patient, gateway=service.gateway, device="oximeter"))
    [row] = await alerts(service)
    assert (row["id"], row["onset"], row["value"]) == (own["id"], onset, 84.0)
    assert row["told"]["summary"]["fr"] == "saturation 84 % (limite ≤ 88 %)"
    assert [one["source"] for one in row["observations"]] == ["gateway", "prometheus"]
    for one in row["observations"]:
        assert (await read(service, one["id"]))["id"] == own["id"]
    what = [(event["what"], event["by"]) for event in (await read(service, own["id"]))["events"]]
    assert what[-1] == ("joined", "Alertmanager")


async def test_a_gateways_alert_that_comes_late_joins_prometheuss_and_keeps_its_own_id(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    onset = service.clock() - 10 * MINUTE
    await tell(service, told(onset + 5 * MINUTE, patient=patient))
    [first] = await alerts(service)
    taken = await take(service, first["id"])
    assert taken.json()["taken_by"] == "Zoé Martin"
    answered = await post(service, raised(service, onset))
    assert (answered["taken_by"], answered["patient"], answered["observations"]) == ("Zoé Martin", None, [])
    told_again = await polled(service, answered["id"])
    assert (told_again["id"], told_again["taken_by"]) == (answered["id"], "Zoé Martin")
    [row] = await alerts(service)
    assert (row["id"], row["taken_by"], row["onset"]) == (answered["id"], "Zoé Martin", onset)
    assert (await read(service, first["id"]))["id"] == answered["id"]


async def test_it_clears_when_the_last_who_saw_it_says_so_whoever_that_is(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    onset = service.clock() - 60 * MINUTE
    alert, begins = raised(service, onset), onset + 5 * MINUTE
    await post(service, alert)
    await tell(service, told(begins, patient=patient))
    told_own = await post(service, raised(service, onset, cleared_at=onset + 20 * MINUTE))
    assert told_own["cleared_at"] == onset + 20 * MINUTE, "to its own gateway it has cleared"
    assert (await read(service, alert.id))["cleared_at"] is None
    assert len(await alerts(service, "open=true")) == 1
    await tell(service, told(begins, onset + 24 * MINUTE, patient=patient))
    assert (await read(service, alert.id))["cleared_at"] == onset + 24 * MINUTE
    assert await alerts(service, "open=true") == []


async def test_prometheus_says_resolved_for_want_of_values_and_the_gateways_alert_stays_open(
    service_without_store,
) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    onset = service.clock() - 60 * MINUTE
    alert = raised(service, onset)
    await post(service, alert)
    await tell(service, told(onset + MINUTE, onset + 9 * MINUTE, patient=patient))
    assert (await read(service, alert.id))["cleared_at"] is None
    await post(service, raised(service, onset, cleared_at=onset + 30 * MINUTE))
    assert (await read(service, alert.id))["cleared_at"] == onset + 30 * MINUTE


async def test_one_between_two_makes_one_of_all_three_and_they_part_when_it_is_seen_to_have_ended_before(
    service_without_store,
) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    start = service.clock() - 100 * MINUTE
    early = raised(service, start, cleared_at=start + 10 * MINUTE)
    late = raised(service, start + 30 * MINUTE, cleared_at=start + 40 * MINUTE)
    await post(service, early)
    await post(service, late)
    assert len(await alerts(service)) == 2
    between = start + 5 * MINUTE
    await tell(service, told(between, patient=patient))
    [row] = await alerts(service)
    assert row["id"] == early.id
    assert len(row["observations"]) == 3
    assert (await read(service, late.id))["id"] == early.id
    await tell(service, told(between, start + 20 * MINUTE, patient=patient))
    assert [len(row["observations"]) for row in await alerts(service)] == [1, 2]
    assert (await read(service, late.id))["events"][-1]["what"] == "parted"


async def test_another_patients_another_rules_and_another_days_alert_stay_by_themselves(service_without_store) -> None:
    service = service_without_store
    now = service.clock()
    await tell(
        service,
        told(now, patient="p1"),
        told(now, patient="p2"),
        told(now, patient="p1", rule="heart_rate.low"),
        told(now - 20 * MINUTE, now - 10 * MINUTE, patient="p1"),
    )
    assert len(await alerts(service)) == 4


async def test_of_technical_alerts_those_of_one_device_join_and_those_of_a_whole_gateway_stand_alone(
    service_without_store,
) -> None:
    service = service_without_store
    await service.assigned(days_ago=1)
    onset = service.clock() - 10 * MINUTE
    await post(
        service,
        raised(
            service, onset, rule="oxygen_saturation.silent", kind=Kind.TECHNICAL, severity=Severity.MEDIUM, value=None
        ),
    )
    [own] = await alerts(service)
    labels = {"kind": "technical", "gateway": service.gateway, "patient": own["patient"]}
    silent = labels | {"rule": "oxygen_saturation.silent"}
    await tell(service, told(onset, device="oximeter", **silent), told(onset, device="watch", **silent))
    assert sorted(len(row["observations"]) for row in await alerts(service)) == [1, 2]
    letters = labels | {"rule": "gateway.dead_letters"}
    await tell(service, told(onset, queue="a", **letters), told(onset, queue="b", **letters))
    assert len(await alerts(service)) == 4


async def test_of_a_gateway_is_listed_what_it_saw_whoever_saw_it_too(service_without_store) -> None:
    service = service_without_store
    first, patient = service.gateway, await service.assigned(days_ago=1)
    onset = service.clock() - 10 * MINUTE
    await post(service, raised(service, onset))
    await tell(service, told(onset, patient=patient, gateway="g02", device="watch"))
    for query in ("gateway=g02", "gateway=g02&open=true", f"gateway={first}"):
        [row] = await alerts(service, query)
        assert (row["gateway"], len(row["observations"])) == (first, 2)
    assert await alerts(service, "gateway=g03") == []


async def test_nobodys_alerts_join_none(service_without_store) -> None:
    service = service_without_store
    onset = service.clock()
    await post(service, raised(service, onset))
    await post(service, raised(service, onset, "second"))
    assert len(await alerts(service)) == 2


async def test_all_that_comes_at_once_is_one_alert(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    onset = service.clock() - 10 * MINUTE
    high, medium = (told(onset, severity=severity, patient=patient) for severity in ("high", "medium"))
    await asyncio.gather(
        *(tell(service, one) for one in (high, medium) * 3), *(post(service, raised(service, onset)) for _ in range(3))
    )
    [row] = await alerts(service)
    assert len(row["observations"]) == 3
    assert row["id"] == raised(service, onset).id
