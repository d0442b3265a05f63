"""What Alertmanager tells: each alert once, with its sentences, amended by repeats, seen by whom it is for."""

from __future__ import annotations

import asyncio

from chevet.alerts import told_id
from tests.analysis_service.told import (
    MINUTE,
    SENTENCES,
    alerts,
    fingerprint,
    metrics,
    refused,
    tell,
    told,
    wrong,
)

PATIENT = "p0123456789abcdef"


async def test_an_alert_is_kept_once_with_its_sentences_in_both_languages_and_its_links(service_without_store) -> None:
    service = service_without_store
    onset = service.clock() - 2 * MINUTE
    alert = told(onset, patient=PATIENT, gateway="g01", device="oximeter")
    for _ in range(3):
        answer = await tell(service, alert)
        assert (answer.status_code, answer.json()) == (200, {"kept": 1, "watchdogs": 0, "refused": []})
    [row] = await alerts(service)
    assert row["id"] == str(told_id(fingerprint(alert["labels"]), onset))
    assert {name: row[name] for name in ("patient", "gateway", "device", "rule", "vital", "kind", "severity")} == {
        "patient": PATIENT,
        "gateway": "g01",
        "device": "oximeter",
        "rule": "oxygen_saturation.low",
        "vital": "oxygen_saturation",
        "kind": "clinical",
        "severity": "high",
    }
    assert (row["onset"], row["cleared_at"], row["value"], row["limit"]) == (onset, None, None, None)
    assert row["told"] == {
        "summary": {"en": SENTENCES["summary"], "fr": SENTENCES["summary_fr"]},
        "description": {"en": SENTENCES["description"], "fr": SENTENCES["description_fr"]},
        "runbook_url": SENTENCES["runbook_url"],
        "dashboard_url": SENTENCES["dashboard_url"],
    }
    read = await service.client.get(f"/api/v1/alerts/{row['id']}", headers=service.as_("doctor"))
    assert [(event["what"], event["by"]) for event in read.json()["events"]] == [("registered", "Alertmanager")]


async def test_batches_that_come_at_once_keep_each_alert_once(service_without_store) -> None:
    service = service_without_store
    onset = service.clock()
    many = [told(onset, patient=f"p{number}") for number in range(3)]
    answers = await asyncio.gather(*(tell(service, *many) for _ in range(6)))
    assert [answer.json()["kept"] for answer in answers] == [3] * 6
    assert sorted(row["patient"] for row in await alerts(service)) == ["p0", "p1", "p2"]
    assert await metrics(service, "chevet_alerts_registered_total") == [
        'chevet_alerts_registered_total{severity="high"} 3.0'
    ]


async def test_a_large_batch_is_kept_whole(service_without_store) -> None:
    service = service_without_store
    many = [told(service.clock(), patient=f"p{number}") for number in range(120)]
    assert (await tell(service, *many)).json()["kept"] == 120
    assert len(await alerts(service, "limit=1000")) == 120


async def test_a_repeat_brings_the_newest_sentence_and_leaves_the_rest(service_without_store) -> None:
    service = service_without_store
    alert = told(service.clock(), patient=PATIENT)
    await tell(service, alert)
    alert["annotations"]["summary"] = "oxygen saturation 82 % (limit ≤ 88 %)"
    await tell(service, alert)
    [row] = await alerts(service)
    assert row["told"]["summary"]["en"] == "oxygen saturation 82 % (limit ≤ 88 %)"


async def test_a_resolved_alert_has_cleared_at_its_end_and_what_it_overtook_does_not_open_it(
    service_without_store,
) -> None:
    service = service_without_store
    onset = service.clock() - 5 * MINUTE
    await tell(service, told(onset, patient=PATIENT))
    await tell(service, told(onset, onset + MINUTE, patient=PATIENT))
    await tell(service, told(onset, patient=PATIENT))
    [row] = await alerts(service)
    assert row["cleared_at"] == onset + MINUTE
    assert await alerts(service, "open=true") == []


async def test_an_end_that_comes_before_the_beginning_is_kept_as_one_alert_that_is_over(service_without_store) -> None:
    service = service_without_store
    onset = service.clock() - 5 * MINUTE
    await tell(service, told(onset, onset + MINUTE, patient=PATIENT))
    await tell(service, told(onset, patient=PATIENT))
    [row] = await alerts(service)
    assert row["cleared_at"] == onset + MINUTE


async def test_an_alert_that_was_told_as_over_and_fires_on_is_open_again(service_without_store) -> None:
    """Prometheus could not reach Alertmanager for a while, which took it for resolved: the start is still the same."""
    service = service_without_store
    onset = service.clock() - 5 * MINUTE
    await tell(service, told(onset, onset + MINUTE, patient=PATIENT))
    service.clock.aside += 5_000
    answer = await tell(service, told(onset, patient=PATIENT), told(onset - 1, patient="p2"))
    assert (await alerts(service))[0]["cleared_at"] == onset + MINUTE, "it may have been overtaken"
    assert (answer.status_code, answer.json()["field"]) == (503, "alerts"), "who still says so says it again"
    assert len(await alerts(service)) == 2, "it spoils no other"
    service.clock.aside += 11_000
    await tell(service, told(onset, patient=PATIENT))
    row, _ = await alerts(service, "open=true")
    read = await service.client.get(f"/api/v1/alerts/{row['id']}", headers=service.as_("nurse"))
    assert [event["what"] for event in read.json()["events"]] == ["registered", "reopened"]


async def test_an_alert_about_a_patient_and_no_device_is_kept(service_without_store) -> None:
    service = service_without_store
    labels = {"alertname": "ChevetNews2Urgent", "rule": "news2.high", "patient": PATIENT}
    await tell(service, told(service.clock(), severity="medium", **labels))
    [row] = await alerts(service)
    assert (row["gateway"], row["device"], row["vital"], row["patient"]) == (None, None, "", PATIENT)


async def test_an_alert_about_a_gateway_is_of_the_patient_with_whom_it_stood(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    labels = {"alertname": "ChevetGatewayOffline", "rule": "gateway.offline", "kind": "technical"}
    await tell(service, told(service.clock(), gateway=service.gateway, **labels))
    [row] = await alerts(service)
    assert (row["gateway"], row["patient"]) == (service.gateway, patient)


async def test_technical_alerts_are_seen_by_who_looks_after_machines_with_no_word_of_the_patient(
    service_without_store,
) -> None:
    service = service_without_store
    labels = {"rule": "heart_rate.silent", "kind": "technical", "device": "d1", "gateway": "g01", "patient": PATIENT}
    silent = told(service.clock(), severity="medium", **labels)
    silent["annotations"]["summary"] = f"no heart rate for 5 min from d1 of g01, patient {PATIENT}"
    down = told(service.clock(), rule="service.down", kind="technical", team="operations")
    await tell(service, silent, down, told(service.clock(), patient=PATIENT))
    answer = await service.client.get("/api/v1/alerts/technical", headers=service.as_("sre"))
    assert sorted(row["rule"] for row in answer.json()) == ["heart_rate.silent", "service.down"]
    assert PATIENT not in answer.text
    assert "from d1 of g01, patient …" in answer.text
    assert (await service.client.get("/api/v1/alerts", headers=service.as_("sre"))).status_code == 403
    seen = await alerts(service)
    assert PATIENT in next(row for row in seen if row["rule"] == "heart_rate.silent")["told"]["summary"]["en"]


async def test_no_pseudonym_is_told_whatever_it_looks_like(service_without_store) -> None:
    service = service_without_store
    labels = {"rule": "heart_rate.silent", "kind": "technical", "device": "d1", "gateway": "g01"}
    for patient in ("en", "summary", 'a"b', "é\\"):
        alert = told(service.clock(), severity="medium", patient=patient, **labels)
        alert["annotations"]["description"] = f"It is about {patient}."
        await tell(service, alert)
    answer = await service.client.get("/api/v1/alerts/technical", headers=service.as_("sre"))
    assert answer.status_code == 200, answer.text
    assert [row["told"]["description"]["en"] for row in answer.json()] == ["It is about …."] * 4


async def test_a_gateway_is_shown_nothing_of_what_prometheus_saw(service_without_store) -> None:
    service = service_without_store
    alert = told(service.clock(), patient=PATIENT, gateway=service.gateway, device="d1")
    await tell(service, alert)
    assert (await service.client.get("/api/v1/alerts", headers=service.as_gateway)).json() == []
    path = f"/api/v1/alerts/{told_id(alert['fingerprint'], service.clock())}"
    assert (await service.client.get(path, headers=service.as_gateway)).status_code == 404
    [row] = await alerts(service)
    answer = await service.client.get(f"/api/v1/alerts/{row['id']}", headers=service.as_gateway)
    assert (answer.status_code, PATIENT in answer.text) == (403, False)


async def test_a_gateway_does_not_take_an_id_of_alertmanagers_for_its_own(service_without_store) -> None:
    service = service_without_store
    await tell(service, told(service.clock(), patient=PATIENT, gateway=service.gateway, device="d1"))
    [row] = await alerts(service)
    names = ("id", "gateway", "device", "rule", "vital", "kind", "severity", "onset", "declared_at", "value", "limit")
    body = {name: row[name] for name in names}
    answer = await service.client.post("/api/v1/alerts", json=body, headers=service.as_gateway)
    assert (answer.status_code, answer.json()["field"]) == (409, "id")


async def test_what_is_set_aside_again_is_counted_and_says_nothing_of_anybody(service_without_store) -> None:
    service = service_without_store
    one = wrong(told(service.clock(), patient=PATIENT), "labels.severity", "dreadful")
    for _ in range(3):
        await tell(service, one)
    [row] = await refused(service)
    assert (row["name"], row["times"]) == ("ChevetOxygenSaturationLowHigh", 3)
    assert row["first_ms"] <= row["last_ms"]
    assert PATIENT not in str(row)
    assert await metrics(service, "chevet_alerts_refused_total") == ["chevet_alerts_refused_total 3.0"]
