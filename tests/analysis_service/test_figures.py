"""What the service tells Prometheus of its database: limits, open alerts, time to take; nothing a restart loses."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from alert_rules import sustained
from analysis_service.exposition import family
from analysis_service.observations.tables import ObservationRow
from analysis_service.records.tables import AssignmentRow, DeviceVitalRow, PatientRow
from chevet import metrics
from chevet.vitals import BY_KEY, DEVICE_VITALS
from tests.analysis_service.told import MINUTE, alerts, tell, told

Samples = dict[tuple[tuple[str, str], ...], float]


async def told_of(service, name: str) -> Samples:
    """Labels to values of a series."""
    text = await service.metrics()
    return {
        tuple(sorted(sample.labels.items())): sample.value
        for found in text_string_to_metric_families(text)
        for sample in found.samples
        if sample.name == name
    }


async def test_every_limit_of_the_catalogue_stands_for_each_patient_with_a_gateway(service_without_store) -> None:
    service = service_without_store
    await service.patient("Nobody's")
    assert await told_of(service, "chevet_limit") == {}
    patient = await service.assigned(days_ago=1)
    found = await told_of(service, "chevet_limit")
    by_hand = {  # CLINICAL, section 4
        ("oxygen_saturation", "high", "low"): 88,
        ("oxygen_saturation", "medium", "low"): 91,
        ("heart_rate", "high", "high"): 131,
        ("heart_rate", "medium", "low"): 50,
        ("body_temperature", "high", "low"): 35.0,
        ("glucose_sensor", "high", "low"): 54,
        ("systolic_pressure", "medium", "high"): 180,
    }
    for (vital, severity, side), value in by_hand.items():
        labels = {"patient": patient, "vital": vital, "severity": severity, "side": side}
        assert found[tuple(sorted(labels.items()))] == value
    assert len(found) == sum(len(vital.limits) for vital in DEVICE_VITALS)


async def test_each_rule_finds_the_limit_that_it_asks_for(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    limits = await told_of(service, "chevet_limit")
    assert sustained.GROUP.alerts
    for alert in sustained.GROUP.alerts:
        [asked] = set(re.findall(r"chevet_limit\{([^}]*)\}", alert.expression))
        labels = dict(re.findall(r'(\w+)="([^"]*)"', asked)) | {"patient": patient}
        [value] = [
            limit.value
            for limit in BY_KEY[labels["vital"]].limits
            if (limit.severity, limit.side) == (labels["severity"], labels["side"])
        ]
        assert limits[tuple(sorted(labels.items()))] == value, alert.name


async def test_open_alerts_are_counted_as_people_see_them(service_without_store) -> None:
    service = service_without_store
    at = service.clock() - 30 * MINUTE
    await tell(
        service,
        told(at, patient="p1"),
        told(at, patient="p1", severity="medium"),
        told(at, patient="p2", severity="medium"),
        told(at, at + MINUTE, patient="p3"),
        told(at, rule="service.down", kind="technical", instance="a"),
        told(at, rule="service.down", kind="technical", instance="b"),
    )
    clinical = (("kind", "clinical"),)
    assert await told_of(service, "chevet_alert_open") == {
        (*clinical, ("patient", "p1"), ("rule", "oxygen_saturation.low"), ("severity", "high")): 1,
        (*clinical, ("patient", "p2"), ("rule", "oxygen_saturation.low"), ("severity", "medium")): 1,
        (("kind", "technical"), ("rule", "service.down"), ("severity", "high")): 2,
    }
    await tell(service, told(at, at + MINUTE, patient="p1"))
    open_ones = await told_of(service, "chevet_alert_open")
    assert (*clinical, ("patient", "p1"), ("rule", "oxygen_saturation.low"), ("severity", "medium")) in open_ones


async def test_how_long_alerts_waited_is_known_again_after_a_restart_and_never_counted_twice(serving) -> None:
    async with serving("http://127.0.0.1:9") as service:
        await tell(service, told(service.clock(), patient="p1"), told(service.clock(), patient="p2", severity="medium"))
        for seconds, row in zip((40, 100), await alerts(service), strict=True):
            service.clock.aside += seconds * 1000
            path = f"/api/v1/alerts/{row['id']}/take"
            for _ in range(2):
                assert (await service.client.post(path, headers=service.as_("nurse"))).is_success
        assert sum((await told_of(service, "chevet_alert_taken_seconds_count")).values()) == 2
        before = await told_of(service, "chevet_alert_taken_seconds_bucket")
    async with serving("http://127.0.0.1:9") as service:
        for _ in range(2):
            assert await told_of(service, "chevet_alert_taken_seconds_bucket") == before
        [waited] = [value for labels, value in before.items() if dict(labels) == {"severity": "high", "le": "30.0"}]
        assert waited == 0
        assert sum(value for labels, value in before.items() if dict(labels)["le"] == "60.0") == 1
        assert sum(value for labels, value in before.items() if dict(labels)["le"] == "180.0") == 2
        assert set((await told_of(service, "chevet_alert_taken_seconds_sum")).values()) > {0}


async def test_what_is_worse_than_was_taken_waits_since_it_is(service_without_store) -> None:
    service = service_without_store
    for severity, seconds in (("medium", 10), ("high", 20)):
        await tell(service, told(service.clock(), severity=severity, patient="p1"))
        service.clock.aside += seconds * 1000
        [row] = await alerts(service)
        path = f"/api/v1/alerts/{row['id']}/take"
        assert (await service.client.post(path, headers=service.as_("nurse"))).is_success
        service.clock.aside += MINUTE
    waited = await told_of(service, "chevet_alert_taken_seconds_bucket")
    assert waited[(("le", "15.0"), ("severity", "medium"))] == 1
    assert waited[(("le", "30.0"), ("severity", "high"))] == 1


async def test_a_thousand_patients_are_told_of_whole(service_without_store) -> None:
    service = service_without_store
    now = service.clock()
    database = service.client._transport.app.state.database
    many = range(1000)
    async with database.writing() as session:
        rows = [{"patient": f"p{one}", "name": "x", "created_ms": now} for one in many]
        await session.execute(insert(PatientRow), rows)
        standing = {"from_ms": now - 86_400_000, "until_ms": None, "saved_ms": now, "saved_by": "x"}
        rows = [{"id": f"a{one}", "gateway": f"g{one}", "patient": f"p{one}"} | standing for one in many]
        await session.execute(insert(AssignmentRow), rows)
        vitals = [vital.key for vital in DEVICE_VITALS if vital.interval]
        rows = [
            {"gateway": f"g{one}", "device": "d1", "vital": vital, "expected": True, "since_ms": now}
            for one in many
            for vital in vitals
        ]
        await session.execute(insert(DeviceVitalRow), rows)
        entered = {"flow": None, "entered_by": "x", "saved_ms": now}
        rows = [
            {"id": f"o{one}-{kind}-{hour}", "patient": f"p{one}", "kind": kind, "value": value}
            | entered
            | {"observed_ms": now - hour * 3_600_000 - 1000}
            for one in many
            for kind, value in (("oxygen", "air"), ("consciousness", "A"), ("scale", "1"), ("eligible", "yes"))
            for hour in range(0, 48, 6)
        ]
        await session.execute(insert(ObservationRow), rows)
    text = await service.metrics()
    assert text.count("\nchevet_limit{") == 1000 * sum(len(vital.limits) for vital in DEVICE_VITALS)
    assert text.count("\nchevet_news2_") == 4000
    assert text.count("\nchevet_expected_interval_seconds{") == 1000 * len(vitals)


def test_a_line_says_what_the_library_reads() -> None:
    odd = 'a"b\\c\nd'
    text = family(metrics.GATEWAY_HEARTBEAT, [((odd,), 0.1, None), (("g02",), 1e20, 1_900_000_000_123)])
    [found] = text_string_to_metric_families(text)
    assert (found.name, found.type) == ("chevet_gateway_heartbeat_seconds", "gauge")
    first, second = found.samples
    assert (first.labels, first.value, first.timestamp) == ({"gateway": odd}, 0.1, None)
    assert (second.labels, second.value, second.timestamp) == ({"gateway": "g02"}, 1e20, 1_900_000_000.123)


def test_an_empty_label_is_left_out() -> None:
    text = family(metrics.ALERT_OPEN, [(("", "service.down", "technical", "high"), 1.0, None)])
    assert text.splitlines()[2] == 'chevet_alert_open{rule="service.down",kind="technical",severity="high"} 1.0'
