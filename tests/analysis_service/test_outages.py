"""What is behind the service breaks: 503, come again; nothing is lost and nothing is set aside."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from analysis_service import migrations
from analysis_service.database import Database
from analysis_service.records.tables import PatientRow
from provisioning.local import servers

MINUTE = 60_000
HEART_RATE = "chevet_vital_heart_rate_per_minute"


def require_unavailable(answer, field: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["X-Chevet"] == "1"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["type"] == "urn:chevet:problem:unavailable"
    assert answer.json()["detail"].startswith(f"{field}: expected ")


async def test_while_prometheus_is_away_nothing_is_taken_and_nothing_set_aside(service_without_store) -> None:
    service = service_without_store
    await service.assigned()
    now = service.clock()
    answer = await service.write(service.vital((now - MINUTE, 70.0), (now - 2 * MINUTE, 900.0)), batch="b5")
    require_unavailable(answer, "store")
    assert answer.json()["batch"] == "b5"
    assert await service.quarantine() == []


async def test_once_prometheus_is_back_the_same_request_is_stored(serving, tmp_path: Path) -> None:
    with servers.running(tmp_path / "prometheus", servers.PROMETHEUS) as stack:
        async with serving(stack.prometheus.url, store_timeout_seconds=0.5) as service:
            await service.assigned()
            one = service.vital((service.clock() - MINUTE, 70.0))
            os.kill(stack.prometheus.pid, signal.SIGSTOP)
            try:
                require_unavailable(await service.write(one), "store")
                assert (await service.client.get("/readyz")).status_code == 503
                assert 'chevet_service_dependency_up{part="store"} 0.0' in await service.metrics()
            finally:
                os.kill(stack.prometheus.pid, signal.SIGCONT)
            async with asyncio.timeout(10):
                while (answer := await service.write(one)).status_code == 503:
                    pass
            assert answer.status_code == 204
            # Prometheus asks for nothing else: what was away must not stay so in its eyes.
            assert 'chevet_service_dependency_up{part="store"} 1.0' in await service.metrics()
            assert [len(samples) for samples in (await service.stored()).values()] == [1]


@pytest.fixture
async def with_broken_database(serving, prometheus, tmp_path: Path):
    """A service whose database goes away under it: its file is replaced by one that is no database."""
    async with serving(prometheus.url) as service:
        await service.assigned()
        yield service, tmp_path / "chevet.sqlite"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_while_the_database_is_away_every_answer_says_so(with_broken_database) -> None:
    service, path = with_broken_database
    for one in path.parent.glob("chevet.sqlite*"):
        one.write_bytes(b"this is no database" * 1000)
    answer = await service.client.get("/api/v1/patients", headers=service.as_("doctor"))
    require_unavailable(answer, "database")
    require_unavailable(await service.write(service.vital((service.clock() - MINUTE, 70.0))), "database")
    ready = await service.client.get("/readyz")
    assert (ready.status_code, ready.json()["field"]) == (503, "database")
    metrics = await service.metrics()  # its counters are wanted most when something is away
    assert 'chevet_service_dependency_up{part="database"} 0.0' in metrics
    assert (await service.client.get("/healthz")).status_code == 200


async def test_a_statement_of_ours_that_is_wrong_is_not_blamed_on_the_database(
    service_without_store, monkeypatch
) -> None:
    """A gateway would come again for ever with what can never be kept, and nobody would look for the mistake."""
    service = service_without_store
    monkeypatch.setattr("analysis_service.records.dossiers.secrets.token_hex", lambda _: "same")
    await service.patient()
    answer = await service.client.post("/api/v1/patients", json={"name": "x"}, headers=service.as_("doctor"))
    assert (answer.status_code, answer.headers["X-Chevet"]) == (500, "1")


async def test_what_the_database_says_of_a_statement_names_nobody(configured) -> None:
    """The log is read by people who may not know who is at home."""
    await migrations.upgrade(str(configured["database_url"]))
    database = Database(str(configured["database_url"]))
    for expected in (contextlib.nullcontext(), pytest.raises(IntegrityError)):
        with expected as refused:
            async with database.writing() as session:
                session.add(PatientRow(patient="p1", name="Georges Okafor", created_ms=0))
    await database.close()
    assert "Okafor" not in str(refused.value)


async def test_ready_when_database_and_prometheus_answer(service) -> None:
    answer = await service.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_not_ready_while_prometheus_is_away(service_without_store) -> None:
    answer = await service_without_store.client.get("/readyz")
    require_unavailable(answer, "store")
    assert (await service_without_store.client.get("/healthz")).status_code == 200
