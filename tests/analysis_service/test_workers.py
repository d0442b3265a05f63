"""Several workers on one address: one sum of what they count, none missed when it dies, all gone when told to stop."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cramjam
import httpx2
import psutil
import pytest

from analysis_service.alerts.schemas import EXAMPLE, AlertBody
from chevet.remote_write import encode, series
from provisioning.local.ports import free_port
from tests.analysis_service import told as batch

ROOT = Path(__file__).parents[2]
WORKERS = 2
REQUESTS = 60
PATIENCE = 60.0


@pytest.fixture
def environment(configured: dict[str, object], prometheus) -> dict[str, str]:
    store = {"remote_write_url": f"{prometheus.url}/api/v1/write", "query_url": prometheus.url}
    own = {"workers": WORKERS, "listen": f"127.0.0.1:{free_port()}", "assignment_lead_seconds": -86400}
    variables = {f"CHEVET_{name.upper()}": str(value) for name, value in (configured | store | own).items()}
    return {"PATH": os.environ["PATH"]} | variables


@pytest.fixture
def running(environment: dict[str, str]) -> Iterator[psutil.Process]:
    """The supervisor, its workers answering."""
    process = subprocess.Popen(
        [sys.executable, "-m", "analysis_service", "serve"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL
    )
    known = psutil.Process(process.pid)
    family: list[psutil.Process] = []
    try:
        wait_until(lambda: answers(environment) and len(workers_of(known)) == WORKERS)
        family = workers_of(known)
        yield known
    finally:
        process.kill()
        process.wait()
        for one in family:
            if one.is_running():
                one.kill()


def wait_until(holds) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.05)


def url(environment: dict[str, str]) -> str:
    return f"http://{environment['CHEVET_LISTEN']}"


def answers(environment: dict[str, str]) -> bool:
    try:
        return httpx2.get(f"{url(environment)}/healthz", timeout=5).is_success
    except httpx2.HTTPError:
        return False


def workers_of(supervisor: psutil.Process) -> list[psutil.Process]:
    """Its children that work; multiprocessing has one of its own beside them."""
    living = [one for one in supervisor.children() if one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in living if "spawn_main" in " ".join(one.cmdline())]


def told(environment: dict[str, str], issuer, metric: str) -> float:
    prometheus = {"Authorization": f"Bearer {issuer.token('prometheus')}"}
    text = httpx2.get(f"{url(environment)}/metrics", headers=prometheus, timeout=30).text
    return sum(float(value) for value in re.findall(rf"^{metric}(?:{{.*}})? (.*)$", text, re.MULTILINE))


def assign(environment: dict[str, str], issuer) -> None:
    doctor = {"Authorization": f"Bearer {issuer.token('doctor')}"}
    with httpx2.Client(base_url=url(environment), headers=doctor, timeout=30) as client:
        patient = client.post("/api/v1/patients", json={"name": "x"}).json()["patient"]
        begins = {"patient": patient, "from_ms": round((time.time() - 3600) * 1000)}
        assert client.post("/api/v1/gateways/g01/assignments", json=begins).status_code == 201


def write(environment: dict[str, str], token: str, number: int) -> int:
    """By a connection of its own, so that any worker may have it."""
    at = round((time.time() - 1800) * 1000) + number
    one = series("chevet_vital_heart_rate_per_minute", {"gateway": "g01", "device": f"d{number % 9}"}, (at, 70.0))
    return httpx2.post(
        f"{url(environment)}/api/v1/write",
        content=bytes(cramjam.snappy.compress_raw(encode([one]))),
        headers={"Authorization": f"Bearer {token}", "Content-Encoding": "snappy"},
        timeout=30,
    ).status_code


async def test_two_workers_together_know_no_more_devices_than_one_may(serving, prometheus) -> None:
    """What a worker holds of a gateway may be some seconds old; what it learns, it learns from the database."""
    async with (
        serving(prometheus.url, devices_per_gateway=2) as one,
        serving(prometheus.url, devices_per_gateway=2) as other,
    ):
        other.gateway = one.gateway
        await one.assigned()
        at = one.clock() - 60_000
        for number, (worker, device) in enumerate(((one, "d0"), (other, "d0"), (one, "d1"))):
            assert (await worker.write(worker.vital((at + number, 70.0), device=device))).status_code == 204
        late = other.vital((at, 70.0), device="d2")
        answers = [await other.write(late) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [503, 204]
        assert answers[1].headers["X-Chevet-Quarantined"] == "1"
        assert {dict(labels)["device"] for labels in await one.stored()} == {"d0", "d1"}


async def test_what_one_worker_set_aside_counts_for_the_other(serving, prometheus) -> None:
    async with (
        serving(prometheus.url, quarantine_bytes_per_gateway=2_000) as one,
        serving(prometheus.url, quarantine_bytes_per_gateway=2_000) as other,
    ):
        other.gateway = one.gateway
        await one.assigned()
        at = one.clock() - 60_000
        turns = [other, one, one, one]
        statuses = [(await turn.write(turn.vital((at + n, 900.0)))).status_code for n, turn in enumerate(turns)]
        assert statuses[-1] == 503
        other.clock.aside += 11_000
        assert (await other.write(other.vital((at + 9, 900.0)))).status_code == 503


def test_metrics_of_any_worker_are_the_sum_of_all(environment, running, issuer) -> None:
    assign(environment, issuer)
    token = issuer.of_gateway("g01")
    with ThreadPoolExecutor(6) as together:
        statuses = list(together.map(lambda number: write(environment, token, number), range(REQUESTS)))
    assert set(statuses) == {204}
    assert {told(environment, issuer, "chevet_ingest_samples_total") for _ in range(10)} == {REQUESTS}
    assert told(environment, issuer, "chevet_expected_interval_seconds") > 0


def test_a_worker_that_is_killed_is_replaced_while_the_others_serve_and_its_counts_stay(
    environment, running, issuer
) -> None:
    assign(environment, issuer)
    token = issuer.of_gateway("g01")
    assert write(environment, token, 0) == 204
    killed = workers_of(running)[0]
    killed.kill()
    wait_until(lambda: len(workers_of(running)) == WORKERS and killed not in workers_of(running))
    assert write(environment, token, 1) == 204
    assert told(environment, issuer, "chevet_ingest_samples_total") == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_told_to_stop_all_end_and_the_address_is_free(environment, running) -> None:
    family = [running, *workers_of(running)]
    running.send_signal(signal.SIGTERM)
    _, left = psutil.wait_procs(family, timeout=PATIENCE)
    assert not left
    assert not answers(environment)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_workers_do_not_outlive_a_supervisor_that_is_killed(environment, running) -> None:
    family = workers_of(running)
    shared = Path(family[0].environ()["PROMETHEUS_MULTIPROC_DIR"])
    assert shared.is_dir()
    running.kill()
    _, left = psutil.wait_procs(family, timeout=PATIENCE)
    assert not left
    assert not shared.exists()


def test_what_a_gateway_and_alertmanager_tell_several_workers_at_once_is_one_alert_that_one_person_takes(
    environment: dict[str, str], running: psutil.Process, issuer
) -> None:
    assign(environment, issuer)
    doctor = {"Authorization": f"Bearer {issuer.token('doctor')}"}
    address, onset = f"{url(environment)}/api/v1", round((time.time() - 600) * 1000)
    [dossier] = httpx2.get(f"{address}/patients", headers=doctor).json()
    own = AlertBody.model_validate(EXAMPLE | {"onset": onset, "declared_at": onset}).model_dump(mode="json")
    notices = [batch.told(onset, severity=severity, patient=dossier["patient"]) for severity in ("high", "medium")]

    def ask(number: int) -> int:
        path, body, token = (
            ("/alerts", own, issuer.of_gateway("g01")),
            ("/alertmanager", batch.batch(*notices), issuer.token("alertmanager")),
            (f"/alerts/{own['id']}/take", None, issuer.token("nurse", name=f"nurse {number}")),
        )[number % 3]
        headers = {"Authorization": f"Bearer {token}"}
        deadline = time.monotonic() + PATIENCE
        while True:
            status = httpx2.post(address + path, json=body, headers=headers, timeout=30).status_code
            if status != 503 or time.monotonic() > deadline:  # the database is busy: whoever asks asks again
                return status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(REQUESTS))) <= {200, 201, 404, 409}
    [alert] = httpx2.get(f"{address}/alerts", headers=doctor).json()
    assert (alert["id"], len(alert["observations"])) == (own["id"], 3)
    read = httpx2.get(f"{address}/alerts/{own['id']}", headers=doctor).json()
    assert sum(event["what"] == "taken" for event in read["events"]) == 1
    assert told(environment, issuer, "chevet_alerts_registered_total") == 3
