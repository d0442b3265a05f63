"""A correction of the past: assignments, alerts and series come to the right patient, whenever a worker is killed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import select

from analysis_service.audit.tables import AuditEntryRow
from analysis_service.corrections import service as corrections
from analysis_service.corrections.steps import LEASE_MS, SETTLED_MS
from analysis_service.database import Database
from analysis_service.ingest.store import StoreRefuses
from provisioning.local import prometheus as prometheus_row
from provisioning.local import servers
from tests.analysis_service.conftest import HEART_RATE, Clock, Service
from tests.analysis_service.mixed import MINUTE, WINDOW, Mixed, assignments, finish, mixed, state_of, worker
from tests.analysis_service.raised import post, raised, read

ROY = {"sub": "dr-roy", "name": "Dr Roy"}


@pytest.fixture(scope="module")
def erasable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.WebServer]:
    """A Prometheus that takes samples away when it is asked to."""
    with servers.running(tmp_path_factory.mktemp("erasable"), prometheus_row.row(erasable=True)) as stack:
        yield stack.prometheus


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The service's own worker stands aside, so that the tests' are the only ones."""
    if "by_itself" not in request.node.name:
        monkeypatch.setattr(corrections, "EVERY_SECONDS", 3600.0)


async def test_everything_of_the_stretch_comes_to_the_right_patient_and_nothing_else(
    serving, erasable, database_url: str
) -> None:
    async with serving(erasable.url) as service, worker(database_url, erasable.url, clock := Clock()) as steps:
        case = await mixed(service)
        onset = case.times[0] + 2 * MINUTE
        within, before = [await post(service, raised(service, at)) for at in (onset, case.times[0] - MINUTE)]
        (was,) = await assignments(service)
        asked = await case.ask()
        assert (asked.status_code, asked.json()["state"]) == (202, "queued")
        assert asked.json()["taken_from"] == [case.wrong]

        assert await steps.work(), "the history is rewritten"
        meanwhile = (service.clock(), 99.0)
        assert (await service.write(service.vital(meanwhile, device="d2"))).status_code == 204
        await finish(steps, clock, lambda: state_of(case, asked.json()["id"]))

        done = await case.seen(asked.json()["id"])
        await case.require_right()
        assert (done["state"], done["progress"], done["failure"], done["set_aside"]) == ("done", 1.0, None, 2)
        assert await case.by_patient(HEART_RATE, "d2") == {case.wrong: [meanwhile]}
        assert done["moved"] == 9 + 10, "of means and of newest values"
        from_ms, until_ms = case.times
        assert [(one["patient"], one["from_ms"], one["until_ms"]) for one in await assignments(service)] == [
            (case.wrong, was["from_ms"], from_ms),
            (case.right, from_ms, until_ms),
            (case.wrong, until_ms, None),
        ]
        assert (await assignments(service))[-1]["id"] == was["id"], "what goes on goes on under the id that it had"
        shown = await read(service, within["id"])
        told = [(event["what"], event["by"], event["change"]) for event in shown["events"]]
        assert shown["patient"] == case.right
        assert ("reattributed", "Dr Diallo", {}) in told, "whose it was taken for is not told"
        assert (await read(service, before["id"]))["patient"] == case.wrong


class Killed(Exception):
    """A worker that is no more."""


async def test_wherever_a_worker_is_killed_another_ends_it_right_with_nothing_twice_and_nothing_lost(
    serving, erasable, database_url: str
) -> None:
    async with serving(erasable.url) as service:
        points = [*await passed(service, erasable.url, database_url, None)]
        assert {"history rewritten", "history kept", "copied", "series done", "taken away"} <= set(points)
        for number in [points.index(name) for name in dict.fromkeys(points)]:
            assert await passed(service, erasable.url, database_url, number) == points[:number]


async def passed(service: Service, prometheus: str, url: str, killed_at: int | None) -> list[str]:
    """What a worker passed until it was killed at the point of this number; the next goes on until it is done."""
    service.clock.aside += 11_000  # so that ingest asks again who stands with whom
    case = await mixed(service, f"g-killed-{killed_at}-{time.monotonic_ns()}")
    asked = (await case.ask()).json()
    points: list[str] = []

    def pass_by(name: str) -> None:
        if len(points) == killed_at:
            raise Killed
        points.append(name)

    clock = Clock()
    async with worker(url, prometheus, clock, pass_by) as first:
        try:
            await finish(first, clock, lambda: state_of(case, asked["id"]))
        except Killed:
            clock.aside += LEASE_MS
            async with worker(url, prometheus, clock) as second:
                await finish(second, clock, lambda: state_of(case, asked["id"]))
    await case.require_right()
    done = await case.seen(asked["id"])
    assert (done["state"], done["moved"], done["set_aside"]) == ("done", 19, 2)
    return points


async def test_a_worker_that_was_only_slow_changes_nothing_once_another_has_it(
    serving, erasable, database_url: str
) -> None:
    async with serving(erasable.url) as service:
        case, clock = await mixed(service), Clock()
        asked = (await case.ask()).json()
        async with worker(database_url, erasable.url, clock) as other:

            async def overtake() -> None:
                clock.aside += LEASE_MS
                await finish(other, clock, lambda: state_of(case, asked["id"]))

            async with worker(database_url, erasable.url, clock) as slow:
                slow._acts = slow._acts | {"history": lambda row: overtaken(overtake, row)}  # type: ignore[dict-item]
                assert await slow.work()
        assert (await case.seen(asked["id"]))["state"] == "done"
        await case.require_right()


async def overtaken(overtake: Callable[[], Awaitable[None]], _: object) -> dict[str, object]:
    await overtake()
    return {"state": "failed", "failure": "too late"}


async def test_one_that_failed_half_way_is_ended_by_asking_again(serving, erasable, database_url: str) -> None:
    async with serving(erasable.url) as service:
        case, clock = await mixed(service), Clock()
        failing = (await case.ask()).json()
        async with worker(database_url, erasable.url, clock) as steps:
            steps._acts = steps._acts | {"series": refused}  # type: ignore[dict-item]
            await finish(steps, clock, lambda: state_of(case, failing["id"]))
        seen = await case.seen(failing["id"])
        assert (seen["state"], seen["failure"]) == ("failed", "store: expected to take it")
        again = (await case.ask()).json()["id"]
        async with worker(database_url, erasable.url, clock) as steps:
            await finish(steps, clock, lambda: state_of(case, again))
        assert await state_of(case, again) == "done"
        await case.require_right()


async def refused(_: object) -> dict[str, object]:
    raise StoreRefuses("store: expected to take it", of_time=False)


async def test_what_the_store_still_shows_is_waited_for(serving, erasable, database_url: str) -> None:
    """Prometheus hides nothing that came out of order before it has written it to a block."""
    async with serving(erasable.url) as service, worker(database_url, erasable.url, clock := Clock()) as steps:
        right = await service.patient("Paul")
        case = Mixed(service, await service.assigned(days_ago=5), right)
        case.began -= 48 * 60 * MINUTE
        await service.write(service.vital((service.clock() - 1000, 99.0)))  # so that what is older is out of order
        samples = [(case.began + n * MINUTE, 60.0) for n in range(20)]
        await service.write(service.vital(*samples))
        asked = await case.ask(from_ms=case.began - WINDOW, until_ms=case.began + 40 * MINUTE)
        for _ in range(12):
            if not await steps.work():
                clock.aside += SETTLED_MS
        seen = await case.seen(asked.json()["id"])
        assert (seen["state"], seen["moved"]) == ("running", 20)
        assert (await case.by_patient(HEART_RATE))[right] == samples


async def test_where_the_store_takes_nothing_away_the_correction_fails_and_changes_nothing(
    service, database_url: str, prometheus
) -> None:
    case, clock = await mixed(service), Clock()
    before = await assignments(service)
    asked = (await case.ask()).json()
    async with worker(database_url, prometheus.url, clock) as steps:
        await finish(steps, clock, lambda: state_of(case, asked["id"]))
    failed = await case.seen(asked["id"])
    assert (failed["state"], failed["moved"]) == ("failed", 0)
    assert failed["failure"] == "store: expected a Prometheus with --web.enable-admin-api, got one without"
    assert await assignments(service) == before


async def test_what_cannot_be_corrected_is_refused_in_a_sentence(service_without_store) -> None:
    service = service_without_store
    case = Mixed(service, await service.assigned(days_ago=1), await service.patient("Paul"))
    now = service.clock()
    for changed, status, sentence in (
        ({"until_ms": case.times[0]}, 422, "until_ms: expected later than "),
        ({"until_ms": now + MINUTE}, 422, "until_ms: expected "),
        ({"from_ms": now - 8 * 24 * 60 * MINUTE - 1000}, 422, "from_ms: expected at most 8 days ago, for the store"),
        ({"reason": ""}, 422, "reason: "),
        ({"patient": "p-nobody"}, 404, "patient: expected the pseudonym of a patient"),
    ):
        answer = await case.ask(**changed)
        assert (answer.status_code, answer.json()["detail"].startswith(sentence)) == (status, True), answer.text
    assert (await case.ask()).status_code == 202
    again = await case.ask()
    assert (again.status_code, again.json()["field"]) == (409, "gateway")


async def test_whoever_corrects_cares_for_both_and_it_is_on_record_about_both(
    service_without_store, database_url: str
) -> None:
    service = service_without_store
    roys = await service.client.post("/api/v1/patients", json={"name": "x"}, headers=service.as_("doctor", **ROY))
    foreign = str(roys.json()["patient"])
    mine = await service.assigned(days_ago=1)
    assert (await Mixed(service, mine, foreign).ask()).status_code == 403
    own = Mixed(service, mine, await service.patient("Paul"))
    path = f"/api/v1/gateways/{service.gateway}/corrections"
    asked = await own.ask()
    assert asked.status_code == 202
    for address in (path, f"{path}/{asked.json()['id']}"):
        for role, claims, expected in (("doctor", ROY, 403), ("nurse", {}, 200), ("relative", {}, 403)):
            answer = await service.client.get(address, headers=service.as_(role, **claims))
            if address == path and claims:
                assert answer.json() == []
            else:
                assert answer.status_code == expected
    database = Database(database_url)
    async with database.reading() as session:
        entries = (await session.scalars(select(AuditEntryRow).where(AuditEntryRow.method == "POST"))).all()
    await database.close()
    (entry,) = [one for one in entries if one.route.endswith("/corrections") and one.outcome == "done"]
    assert set(entry.patients.split(",")) == {own.wrong, own.right}
    assert entry.reason == "boxes were exchanged"


async def test_the_service_ends_corrections_by_itself(serving, erasable) -> None:
    async with serving(erasable.url) as service:
        case = await mixed(service)
        asked = (await case.ask()).json()
        deadline = time.monotonic() + 60
        while await state_of(case, asked["id"]) != "done":
            assert time.monotonic() < deadline
            service.clock.aside += 1000
        await case.require_right()
