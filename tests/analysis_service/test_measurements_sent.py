"""What people measured reaches the store by the guard: at once or once it is back, and never two for one time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from alert_rules import early_warning, sustained
from analysis_service.ingest.service import Ingest
from chevet.news2 import Part
from chevet.rules import OF_VITAL
from chevet.severities import Severity
from chevet.vitals import BY_KEY
from tests.analysis_service.measured import BY_HAND, DAY, MINUTE, asked, in_store, measure, measured, one
from tests.analysis_service.prescribed import prescribed

DEADLINE = 60.0
AWAY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def every(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Nothing is sent by itself, unless a test says how often."""

    def seconds(often: float) -> None:
        monkeypatch.setattr("analysis_service.measurements.sending.EVERY_SECONDS", often)

    seconds(3600)
    return seconds


def sending(service):
    return service.client._transport.app.state.measurements.sending


async def states(service, view) -> list[str]:
    return [value["series"] for value in (await one(service, view))["values"]]


async def test_a_value_stands_in_prometheus_as_a_single_reading_of_the_patient(service) -> None:
    patient, at = await service.patient(), service.clock() - MINUTE
    entered = await measured(service, patient, {"systolic_pressure": 128, "heart_rate": 72}, measured_ms=at)
    assert (entered["sent"], await states(service, entered)) == (True, ["stored", "stored"])
    pressure, pulse = "chevet_vital_systolic_pressure_mmhg", "chevet_vital_heart_rate_per_minute"
    for metric, value in (
        *((pressure + suffix, 128) for suffix in ("", "_latest")),
        *((pulse + suffix, 72) for suffix in ("", "_min", "_max", "_latest")),
        *((metric + "_readings", 1) for metric in (pressure, pulse)),
    ):
        assert await in_store(service, patient, metric) == [(at, value)], metric
    assert await service.stored(pulse + "_straggler", BY_HAND) == {}
    labels = next(labels for labels in await service.stored(pressure, BY_HAND) if ("patient", patient) in labels)
    assert labels == (("device", "manual"), ("gateway", "by hand"), ("patient", patient))


async def test_rules_and_the_score_read_it_though_no_gateway_ever_beat(service) -> None:
    patient = await service.patient()
    await measured(service, patient, {"systolic_pressure": 85, "oxygen_saturation": 93})
    [rule] = [rule for rule in OF_VITAL["systolic_pressure"] if rule.key.endswith("low")]
    found = await asked(service.prometheus, sustained.expression(rule, rule.steps[0]))
    assert [float(row["value"][1]) for row in found if row["metric"]["patient"] == patient] == [85]
    for part, value in ((Part.SYSTOLIC, 85), (Part.SATURATION, 93)):
        rows = await asked(service.prometheus, early_warning.value(part))
        assert [float(row["value"][1]) for row in rows if row["metric"]["patient"] == patient] == [value]
    [saturation] = OF_VITAL["oxygen_saturation"]
    medium = next(step for step in saturation.steps if step.severity is Severity.MEDIUM)
    quiet = await asked(service.prometheus, sustained.expression(saturation, medium))
    assert not [row for row in quiet if row["metric"]["patient"] == patient], "one value is no minute"
    assert BY_HAND not in await service.metrics(), "nobody is expected to measure again"


async def test_of_who_is_measured_by_hand_the_score_has_its_inputs_and_rules_their_limit_without_a_gateway(
    service,
) -> None:
    patient = await service.patient()
    observed = {"kind": "oxygen", "value": "air"}
    path = f"/api/v1/patients/{patient}/observations"
    assert (await service.client.post(path, json=observed, headers=service.as_("nurse"))).status_code == 201
    assert patient not in await service.metrics()
    await prescribed(service, patient, vital="systolic_pressure", value=80)
    await measured(service, patient)
    text = await service.metrics()
    assert f'chevet_news2_oxygen{{patient="{patient}"}} 0.0' in text
    labels = f'patient="{patient}",vital="systolic_pressure",severity="high",side="low"'
    assert f"chevet_limit{{{labels}}} 80.0" in text


async def test_a_correction_is_the_newer_value_and_the_wrong_one_says_that_the_store_keeps_it(service) -> None:
    patient, at = await service.patient(), service.clock() - MINUTE
    wrong = await measured(service, patient, {"systolic_pressure": 182}, measured_ms=at)
    await measured(service, patient, {"systolic_pressure": 128}, corrects=wrong["id"], reason="mistyped")
    metric = BY_KEY["systolic_pressure"].metric
    assert await in_store(service, patient, metric) == [(at, 182), (at + 1, 128)]
    [newest] = await asked(service.prometheus, f'last_over_time({metric}{{patient="{patient}"}}[1h])')
    assert newest["value"][1] == "128"
    says = (await one(service, wrong))["says"]
    assert says.startswith("the store keeps what it was sent: graphs and what counts over hours and days still hold it")
    assert says.endswith("where the correction is of the same time or later, it is that newer value")


async def test_while_the_store_is_away_it_waits_through_a_restart_and_is_sent_by_itself(
    serving, prometheus, every
) -> None:
    every(0.2)
    async with serving(AWAY) as service:
        patient, at = await service.patient(), service.clock() - MINUTE
        entered = await measured(service, patient, {"systolic_pressure": 128}, measured_ms=at)
        assert (entered["sent"], await states(service, entered)) == (False, ["waiting"])
        wrong = await measured(service, patient, {"weight": 75_000}, measured_ms=at)
        right = await measured(service, patient, {"weight": 57_000}, corrects=wrong["id"], reason="turned")
        struck = await one(service, wrong)
        assert (struck["sent"], await states(service, wrong)) == (True, ["withheld"])
        assert struck["says"].startswith("it was struck before the store had it")
    async with serving(prometheus.url) as service:
        deadline = time.monotonic() + DEADLINE
        while not ((await one(service, entered))["sent"] and (await one(service, right))["sent"]):
            assert time.monotonic() < deadline, "what waited is sent"
            await asyncio.sleep(0.2)
        assert await in_store(service, patient, BY_KEY["systolic_pressure"].metric) == [(at, 128)]
        assert await in_store(service, patient, BY_KEY["weight"].metric) == [(at + 1, 57_000)]
        assert await states(service, wrong) == ["withheld"]


async def test_what_is_on_its_way_when_the_service_ends_comes_to_its_end_and_nobody_waits_for_it(
    serving, prometheus, every, monkeypatch
) -> None:
    begun, by_hand = asyncio.Event(), Ingest.by_hand

    async def slowly(*given):
        begun.set()
        await asyncio.sleep(0.3)
        return await by_hand(*given)

    async with serving(AWAY) as service:
        patient, at = await service.patient(), service.clock() - MINUTE
        entered = await measured(service, patient, {"systolic_pressure": 128}, measured_ms=at)
    every(0.05)
    with monkeypatch.context() as patched:
        patched.setattr(Ingest, "by_hand", slowly)
        async with serving(AWAY):
            await asyncio.wait_for(begun.wait(), DEADLINE)
    every(3600)
    async with serving(prometheus.url) as service:
        assert await sending(service).round() is True
        assert await states(service, entered) == ["stored"]


async def test_two_workers_never_send_the_same_at_once_and_what_a_dead_one_began_is_sent_later_unless_struck(
    serving, prometheus
) -> None:
    async with serving(AWAY) as service:
        patient, at = await service.patient(), service.clock() - MINUTE
        views = [
            await measured(service, patient, {"heart_rate": 70 + n}, measured_ms=at - n * MINUTE) for n in range(3)
        ]
        claims = await asyncio.gather(*(sending(service)._claim() for _ in range(4)))
        assert sorted(len(claim) for claim in claims) == [0, 0, 0, 3]
        assert await sending(service).round() is True, "nothing is left that nobody sends"
        struck = await service.client.post(
            f"/api/v1/patients/{patient}/measurements/{views[0]['id']}/strike",
            json={"reason": "x"},
            headers=service.as_("nurse"),
        )
        assert struck.json()["says"].startswith("it was on its way to the store when it was struck")
    async with serving(prometheus.url) as service:  # and so it died
        assert await sending(service).round() is True
        assert [await states(service, view) for view in views] == [["waiting"]] * 3
        service.clock.aside += 2 * MINUTE + 1000
        assert await sending(service).round() is True
        assert [await states(service, view) for view in views] == [["withheld"], ["stored"], ["stored"]]
        metric = BY_KEY["heart_rate"].metric
        assert sorted(await in_store(service, patient, metric)) == [(at - n * MINUTE, 70 + n) for n in (2, 1)]


async def test_what_waited_beyond_what_the_guard_takes_is_set_aside_with_its_reason(serving, prometheus) -> None:
    async with serving(AWAY) as service:
        patient = await service.patient()
        entered = await measured(service, patient, {"weight": 71_000})
    async with serving(prometheus.url) as service:
        service.clock.aside += 8 * DAY + MINUTE
        assert await sending(service).round() is True
        [value] = (await one(service, entered))["values"]
        assert value["series"] == "refused"
        assert value["refusal"].startswith("timestamp: expected at most 8 days ago, got ")
        answer = await service.client.get("/api/v1/quarantine", params={"gateway": BY_HAND}, headers=service.as_("sre"))
        aside = {row["batch"]: row for row in answer.json()}[entered["id"]]
        assert aside["field"] == "timestamp"
        assert patient not in answer.text
        assert await in_store(service, patient, BY_KEY["weight"].metric) == []


async def test_a_measurement_of_one_patient_is_never_anothers(service) -> None:
    first, second, at = await service.patient(), await service.patient(), service.clock() - MINUTE
    await asyncio.gather(
        *(measure(service, who, {"heart_rate": value}, measured_ms=at) for who, value in ((first, 61), (second, 62)))
    )
    metric = BY_KEY["heart_rate"].metric
    assert await in_store(service, first, metric) == [(at, 61)]
    assert await in_store(service, second, metric) == [(at, 62)]
