"""What Alertmanager tells: each alert once, with its sentences, amended by repeats, seen by whom it is for."""

from __future__ import annotations

import asyncio
import time
import uuid

from chevet.alerts import told_id
from tests.analysis_service.told import (
    MINUTE,
    SENTENCES,
    alerts,
    batch,
    fingerprint,
    refused,
    tell,
    told,
    watchdog,
    wrong,
)

PATIENT = "p0123456789abcdef"


async def metrics(service, name: str) -> list[str]:
    text = (await service.client.get("/metrics")).text
    return [line for line in text.splitlines() if line.startswith(name)]


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


async def test_the_watchdog_is_no_alert_and_leaves_the_time_of_its_coming(serving) -> None:
    async with serving("http://127.0.0.1:9") as service:
        assert await metrics(service, "chevet_watchdog_seconds") == []
        await tell(service, watchdog(service.clock() - 60 * MINUTE))
        service.clock.aside += MINUTE
        before = service.clock()
        answer = await tell(service, watchdog(service.clock() - 60 * MINUTE))
        assert answer.json() == {"kept": 0, "watchdogs": 1, "refused": []}
        assert await alerts(service) == []
        [line] = await metrics(service, "chevet_watchdog_seconds")
        assert before <= float(line.split()[1]) * 1000 <= service.clock()
    async with serving("http://127.0.0.1:9") as service:
        assert await metrics(service, "chevet_watchdog_seconds") == [line], "a restart forgets nothing"


async def test_a_watchdog_that_resolves_has_not_come(service_without_store) -> None:
    service = service_without_store
    gone = watchdog(service.clock()) | {"status": "resolved", "endsAt": "2040-01-01T00:00:00Z"}
    await tell(service, gone)
    assert await metrics(service, "chevet_watchdog_seconds") == []


async def watched(service, hours: float, silent_from: float = 99.0, silent_for: float = 0.0) -> None:
    """The watchdog comes each four minutes for some hours, but not for a while from `silent_from` on. Tokens last."""
    headers = service.as_("alertmanager", exp=int(time.time()) + 86_400)
    for minute in range(0, round(hours * 60), 4):
        service.clock.aside += 4 * MINUTE
        if not silent_from * 60 <= minute < (silent_from + silent_for) * 60:
            body = batch(watchdog(service.clock()))
            answer = await service.client.post("/api/v1/alertmanager", json=body, headers=headers)
            assert answer.status_code == 200, answer.text


async def as_kept(service) -> tuple[int | None, list[str]]:
    """When the one alert cleared, and what became of it."""
    headers = service.as_("nurse", exp=int(time.time()) + 86_400)
    [row] = (await service.client.get("/api/v1/alerts", headers=headers)).json()
    read = (await service.client.get(f"/api/v1/alerts/{row['id']}", headers=headers)).json()
    return read["cleared_at"], [event["what"] for event in read["events"]]


async def test_what_is_told_no_more_while_the_watchdog_comes_has_ended_when_it_was_last_told(
    service_without_store,
) -> None:
    """It ended while something inhibited it: of that nobody is told."""
    service = service_without_store
    alert, heard = told(service.clock() - MINUTE, patient=PATIENT), service.clock()
    await tell(service, alert)
    await watched(service, 2.8)
    assert await as_kept(service) == (None, ["registered"])
    await watched(service, 0.5)
    cleared, what = await as_kept(service)
    assert what == ["registered", "lapsed"]
    assert heard <= (cleared or 0) < heard + MINUTE
    headers = service.as_("alertmanager", exp=int(time.time()) + 86_400)
    await service.client.post("/api/v1/alertmanager", json=batch(alert), headers=headers)
    assert await as_kept(service) == (None, ["registered", "lapsed", "reopened"])


async def test_where_the_watchdog_stayed_away_nothing_is_let_go_until_it_came_long_enough_again(
    service_without_store,
) -> None:
    service = service_without_store
    await tell(service, told(service.clock() - MINUTE, patient=PATIENT))
    await watched(service, 5.5, silent_from=2.5, silent_for=0.2)
    assert (await as_kept(service))[0] is None
    await watched(service, 0.4)
    assert (await as_kept(service))[0] is not None


async def test_many_are_let_go_a_part_at_a_time_for_nobody_else_writes_meanwhile(service_without_store) -> None:
    service = service_without_store
    await tell(service, *(told(service.clock() - MINUTE, patient=f"p{number}") for number in range(60)))
    headers = service.as_("nurse", exp=int(time.time()) + 86_400)

    async def still_open() -> int:
        return len((await service.client.get("/api/v1/alerts?open=true&limit=1000", headers=headers)).json())

    await watched(service, 3.05)
    assert await still_open() == 10
    await watched(service, 0.1)
    assert await still_open() == 0


async def test_a_clock_that_was_ahead_and_steps_back_does_not_keep_a_watchdog_that_is_still_to_come(
    service_without_store,
) -> None:
    """Else its silence would not be noticed until that time has come."""
    service = service_without_store
    service.clock.aside += 24 * 60 * MINUTE
    headers = service.as_("alertmanager", exp=int(time.time()) + 10 * 86_400)
    for step in (0, -24 * 60 * MINUTE):
        service.clock.aside += step
        await service.client.post("/api/v1/alertmanager", json=batch(watchdog(service.clock())), headers=headers)
    [line] = await metrics(service, "chevet_watchdog_seconds")
    assert float(line.split()[1]) * 1000 <= service.clock()
    await tell(service, told(service.clock() - MINUTE, patient=PATIENT))
    await watched(service, 3.3)
    assert (await as_kept(service))[0] is not None, "it comes without a gap since the step"


async def test_where_an_alert_begins_anew_the_one_before_it_has_ended(service_without_store) -> None:
    """After a restart Prometheus says another start, and Alertmanager has forgotten the one before."""
    service = service_without_store
    first = service.clock()
    labels = {"rule": "gateway.offline", "kind": "technical", "gateway": "g01"}
    await tell(service, told(first, **labels))
    service.clock.aside += 3 * MINUTE
    second = service.clock()
    await tell(service, told(second, **labels))
    assert [(row["onset"], row["cleared_at"]) for row in await alerts(service)] == [(second, None), (first, second)]
    await tell(service, told(first, **labels))
    assert len(await alerts(service, "open=true")) == 2, "nobody knows which of two came first on the way"
    service.clock.aside += MINUTE
    await tell(service, told(second, service.clock(), **labels))
    assert await alerts(service, "open=true") == []


async def test_an_alert_that_is_told_with_an_earlier_start_goes_on(service_without_store) -> None:
    """Of two Prometheus, Alertmanager hears first of the one that was started later."""
    service = service_without_store
    at = service.clock() - 10 * MINUTE
    await tell(service, told(at, patient=PATIENT))
    service.clock.aside += MINUTE
    for _ in range(2):
        await tell(service, told(at - 5 * MINUTE, patient=PATIENT))
        service.clock.aside += MINUTE
        [row] = await alerts(service, "open=true")
        assert (row["onset"], len(row["observations"])) == (at - 5 * MINUTE, 2)
    await tell(service, told(at - 5 * MINUTE, service.clock(), patient=PATIENT))
    assert await alerts(service, "open=true") == []


async def test_what_a_gateway_raised_is_never_let_go(service_without_store) -> None:
    service = service_without_store
    onset = service.clock()
    names = ("gateway", "rule", "vital", "kind", "severity", "onset", "declared_at")
    values = (service.gateway, "oxygen_saturation.low", "oxygen_saturation", "clinical", "high", onset, onset)
    body = dict(zip(names, values, strict=True)) | {"id": str(uuid.uuid4()), "device": "d1", "value": 84, "limit": 88}
    assert (await service.client.post("/api/v1/alerts", json=body, headers=service.as_gateway)).status_code == 201
    await watched(service, 4)
    assert await as_kept(service) == (None, ["registered"])


def test_the_watchdog_is_the_rules_own() -> None:
    from alert_rules.watchdog import ALWAYS
    from chevet.alerts import WATCHDOG_RULE

    assert ALWAYS.rule == WATCHDOG_RULE


def test_an_alert_that_goes_on_is_told_again_well_before_it_would_be_let_go() -> None:
    from alert_rules.notifications.receivers import SERVICE
    from alert_rules.notifications.routes import OTHERWISE, ROUTES
    from analysis_service.alerts.lapses import GAP_MS, LAPSED_MS

    told_to_us = [route for route in (*ROUTES, OTHERWISE) if route.receiver == SERVICE.name]
    longest = max(route.pace.repeat + route.pace.interval for route in told_to_us)
    assert 2 * longest * 1000 <= LAPSED_MS
    [own] = [route for route in told_to_us if route.name == "watchdog"]
    assert 2 * (own.pace.repeat + own.pace.interval) * 1000 <= GAP_MS
