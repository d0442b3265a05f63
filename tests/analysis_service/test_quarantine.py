"""What was set aside: once, however often it comes; and what an SRE can do about it."""

from __future__ import annotations

import asyncio

from sqlalchemy import update

from analysis_service.database import Database
from analysis_service.ingest.quarantine import CLAIM_MS
from analysis_service.ingest.tables import QuarantineRow
from chevet.remote_write import series

MINUTE, DAY = 60_000, 24 * 3600 * 1000
HEART_RATE = "chevet_vital_heart_rate_per_minute"


async def replay(service, id: str, body: object = None):
    return await service.client.post(f"/api/v1/quarantine/{id}/replay", json=body, headers=service.as_("sre"))


async def test_a_request_that_comes_again_sets_nothing_aside_twice(service) -> None:
    await service.assigned()
    bad = service.vital((service.clock() - MINUTE, 900.0))
    answers = [await service.write(bad) for _ in range(3)]
    assert [answer.headers["X-Chevet-Quarantined"] for answer in answers] == ["1", "1", "1"]
    assert len(await service.quarantine()) == 1


async def test_a_latest_value_of_nobody_that_comes_every_few_seconds_is_set_aside_once(service) -> None:
    now = service.clock()
    for second in range(3):
        await service.write(service.vital((now - MINUTE + second, 70.0), name=f"{HEART_RATE}_latest"))
    assert len(await service.quarantine()) == 1


async def test_what_came_before_its_assignment_is_stored_once_it_is_replayed(service) -> None:
    at = service.clock() - MINUTE
    await service.write(service.vital((at, 70.0)))
    assert await service.stored() == {}
    (aside,) = await service.quarantine()
    assert aside["field"] == "patient"

    patient = await service.assigned()
    service.clock.aside += 11_000  # assignments are held for ten seconds
    answer = await replay(service, aside["id"])

    assert answer.status_code == 200, answer.text
    assert answer.json()["replayed_by"] == "somebody"
    assert await service.stored() == {
        (("device", "d1"), ("gateway", service.gateway), ("patient", patient)): [(at, "70")]
    }
    assert await service.quarantine() == []


async def test_a_corrected_series_is_judged_like_any_other(service) -> None:
    await service.assigned()
    at = service.clock() - MINUTE
    await service.write(service.vital((at, 900.0)))
    (aside,) = await service.quarantine()

    still_wrong = await replay(service, aside["id"])
    assert (still_wrong.status_code, still_wrong.json()["field"]) == (422, "value")

    aside["series"]["samples"] = [[at, "90.0"]]
    assert (await replay(service, aside["id"], {"series": aside["series"]})).status_code == 200
    assert [samples for samples in (await service.stored()).values()] == [[(at, "90")]]


async def test_a_series_is_replayed_once(service) -> None:
    await service.assigned()
    at = service.clock() - MINUTE
    await service.write(service.vital((at, 900.0)))
    (aside,) = await service.quarantine()
    aside["series"]["samples"] = [[at, "90.0"]]
    answers = [await replay(service, aside["id"], {"series": aside["series"]}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]


async def test_of_two_people_who_replay_at_once_one_is_told_of_the_other(service) -> None:
    await service.assigned()
    at = service.clock() - MINUTE
    await service.write(service.vital((at, 900.0)))
    (aside,) = await service.quarantine()
    bodies = [{"series": aside["series"] | {"samples": [[at, value]]}} for value in ("90.0", "91.0")]
    answers = await asyncio.gather(*(replay(service, aside["id"], body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_of_two_people_who_replay_at_two_workers_one_is_told_of_the_other(serving, prometheus) -> None:
    async with serving(prometheus.url) as here, serving(prometheus.url) as there:
        await here.assigned()
        at = here.clock() - MINUTE
        await here.write(here.vital((at, 900.0)))
        (aside,) = await here.quarantine()
        bodies = [{"series": aside["series"] | {"samples": [[at, value]]}} for value in ("90.0", "91.0")]
        answers = await asyncio.gather(
            *(replay(worker, aside["id"], body) for worker, body in zip((here, there), bodies, strict=True))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_what_a_worker_was_replaying_when_it_died_can_be_replayed_later(service, database_url: str) -> None:
    await service.assigned()
    at = service.clock() - MINUTE
    await service.write(service.vital((at, 900.0)))
    (aside,) = await service.quarantine()
    body = {"series": aside["series"] | {"samples": [[at, "90.0"]]}}
    database = Database(database_url)
    async with database.writing() as session:
        await session.execute(update(QuarantineRow).values(claimed_ms=service.clock()))
    await database.close()

    early = await replay(service, aside["id"], body)
    assert (early.status_code, early.json()["field"]) == (409, "id")
    service.clock.aside += CLAIM_MS + 1_000
    assert (await replay(service, aside["id"], body)).status_code == 200


async def test_a_replay_that_the_store_does_not_answer_leaves_the_series_to_the_next(serving, prometheus) -> None:
    async with serving(prometheus.url) as service, serving("http://127.0.0.1:9") as without_store:
        await service.assigned()
        at = service.clock() - MINUTE
        await service.write(service.vital((at, 900.0)))
        (aside,) = await service.quarantine()
        body = {"series": aside["series"] | {"samples": [[at, "90.0"]]}}
        assert (await replay(without_store, aside["id"], body)).status_code == 503
        assert (await replay(service, aside["id"], body)).status_code == 200


async def test_a_correction_cannot_make_it_another_gateways(service) -> None:
    await service.assigned()
    at = service.clock() - MINUTE
    await service.write(service.vital((at, 900.0)))
    (aside,) = await service.quarantine()
    aside["series"] = {
        "labels": [["__name__", HEART_RATE], ["device", "d1"], ["gateway", "g-other"]],
        "samples": [[at, "90.0"]],
    }
    answer = await replay(service, aside["id"], {"series": aside["series"]})
    assert (answer.status_code, answer.json()["field"]) == (422, "gateway")


async def test_what_prometheus_refuses_is_found_by_halving_and_the_rest_is_stored(service) -> None:
    """Another value for the newest time of a series is the one thing that only the store can know."""
    await service.assigned()
    at = service.clock() - MINUTE
    await service.write(service.vital((at, 70.0), device="d3"))

    many = [service.vital((at - MINUTE, 80.0), (at, 81.0), device=f"d{number}") for number in range(8)]
    answer = await service.write(*many)

    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "1")
    stored = {dict(labels)["device"]: samples for labels, samples in (await service.stored()).items()}
    whole = [(at - MINUTE, "80"), (at, "81")]
    assert stored == {f"d{number}": whole for number in range(8)} | {"d3": [(at - MINUTE, "80"), (at, "70")]}
    (aside,) = await service.quarantine()
    assert aside["field"] == "store"
    assert "duplicate sample for timestamp" in aside["reason"]
    assert aside["series"]["samples"] == [[at, "81.0"]]
    assert [name for name, _ in aside["series"]["labels"]] == ["__name__", "device", "gateway"]


async def test_an_unknown_id_is_not_found(service_without_store) -> None:
    answer = await replay(service_without_store, "nothing")
    assert answer.status_code == 404
    assert answer.headers["X-Chevet"] == "1"


async def test_a_value_that_is_no_number_is_refused(service_without_store) -> None:
    body = {"series": {"labels": [], "samples": [[1, "fast"]]}}
    answer = await replay(service_without_store, "nothing", body)
    assert answer.json()["detail"] == "series.samples: expected a number as text at 1, got 'fast'"


async def test_vitals_pushed_by_a_gateway_that_is_scraped_are_set_aside(service) -> None:
    """Else they would come to the store by two ways. What it says of its own machinery goes on."""
    await service.assigned()
    path = f"/api/v1/gateways/{service.gateway}"
    body = {"mode": "pull", "address": f"127.0.0.1:{9800}"}
    assert (await service.client.put(path, json=body, headers=service.as_("sre"))).status_code == 200
    at = service.clock() - MINUTE
    own = series("chevet_disk_free_bytes", {"gateway": service.gateway, "process": "agent"}, (at, 5.0))
    answer = await service.write(service.vital((at, 70.0)), own)
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "1")
    (aside,) = await service.quarantine()
    assert (aside["field"], aside["reason"]) == (
        "gateway",
        f"gateway: expected one that pushes, {service.gateway} is registered as pull: Prometheus scrapes its vitals",
    )
    assert await service.stored() == {}
    assert len(await service.stored("chevet_disk_free_bytes")) == 1


async def test_of_a_gateways_own_metrics_what_is_not_on_the_list_is_set_aside_with_the_reason(service) -> None:
    at = service.clock() - MINUTE
    labels = {"gateway": service.gateway, "process": "uplink"}
    listed, odd = (series(name, labels, (at, 5.0)) for name in ("chevet_journal_bytes", "process_cpu_seconds_total"))
    answer = await service.write(listed, odd)
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "1")
    (aside,) = await service.quarantine()
    reason = "__name__: expected a metric that gateways send, got 'process_cpu_seconds_total'"
    assert (aside["field"], aside["reason"]) == ("__name__", reason)
    assert list(await service.stored("chevet_journal_bytes")) == [tuple(sorted(labels.items()))]
    assert await service.stored("process_cpu_seconds_total") == {}


async def test_a_full_quarantine_makes_its_own_gateway_keep_what_it_has_and_no_other(serving, prometheus) -> None:
    async with serving(prometheus.url, quarantine_bytes_per_gateway=2_000) as service:
        await service.assigned()
        now = service.clock()
        bad = [service.vital((now - number * MINUTE, 900.0)) for number in range(1, 5)]
        good = service.vital((now - 5 * MINUTE, 70.0))
        answers = [await service.write(one, good) for one in bad]
        assert [answer.status_code for answer in answers] == [204, 204, 503, 503]
        assert answers[2].json()["detail"].startswith("quarantine: expected at most 2000 bytes of g-")
        assert (await service.write(bad[0])).status_code == 503, "it cannot tell without looking at each"
        assert (await service.write(good)).status_code == 204
        assert len(await service.quarantine()) == 2

        row, *_ = await service.quarantine()
        row["series"]["samples"][0][1] = "90"
        assert (await replay(service, row["id"], {"series": row["series"]})).status_code == 200
        assert (await service.write(bad[2], good)).status_code == 204, "there is room again"


async def test_a_gateway_brings_new_values_of_a_label_to_so_many_over_all_requests(serving, prometheus) -> None:
    async with serving(prometheus.url, devices_per_gateway=2) as service:
        at = service.clock() - MINUTE

        def depth(queue: str):
            labels = {"gateway": service.gateway, "process": "intake", "queue": queue}
            return series("chevet_bus_queue_messages", labels, (at, 1.0))

        answers = [await service.write(depth(queue)) for queue in ("a", "b", "c", "a")]
        assert [answer.headers["X-Chevet-Quarantined"] for answer in answers] == ["0", "0", "1", "0"]
