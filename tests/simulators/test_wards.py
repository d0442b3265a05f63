"""Wards speak to ingest as gateways do: each with its own token, and nothing is lost while the service is away."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cramjam
import httpx2
import pytest

from analysis_service.fleet.schemas import HeartbeatBody
from chevet.remote_write import decode
from simulators.heartbeats import beat
from simulators.residents import Resident, residents
from simulators.service import Credentials, Service
from simulators.wards import Ward, attend

NOON = 1_777_852_800.0 + 12 * 3600
OURS = {"X-Chevet": "1"}
Answered = tuple[int, dict[str, str], dict[str, object]]


@dataclass
class Scripted:
    """Answers of a service that has a bad day, one after another, then 204; and what it was asked."""

    answers: list[Answered]
    url: str = ""
    tokens: int = 0
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    opened: list[ThreadingHTTPServer] = []

    def start(*answers: Answered) -> Scripted:
        script = Scripted(list(answers))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/token":
                    script.tokens += 1
                    self.say(200, {}, {"access_token": f"t{script.tokens}", "expires_in": 300})
                    return
                script.asked.append((self.headers["Authorization"], self.headers["X-Chevet-Batch"], body))
                self.say(*(script.answers.pop(0) if script.answers else (204, OURS, {})))

            def say(self, status: int, headers: dict[str, str], body: dict[str, object]) -> None:
                content = b"" if status == 204 else json.dumps(body).encode()
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(content))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened.append(server)
        script.url = f"http://127.0.0.1:{server.server_address[1]}"
        return script

    yield start
    for server in opened:
        server.shutdown()
        server.server_close()


@pytest.fixture
def resident(tmp_path: Path) -> Resident:
    path = tmp_path / "residents.json"
    path.write_text('[{"gateway": "g03", "seed": 3, "devices": ["oximeter", "chest-strap"]}]')
    return residents(path)[0]


async def attended(script: Scripted, ward: Ward, posts: int) -> list[str]:
    """What was said until the service had been asked `posts` times and the ward had caught up."""
    stopping, said = asyncio.Event(), list[str]()
    async with httpx2.AsyncClient(trust_env=False) as http:
        service = Service(http, script.url, Credentials(f"{script.url}/token", "g03", "secret"))
        task = asyncio.create_task(attend(ward, service, 1.0, stopping, said.append, lambda: NOON + 300))
        async with asyncio.timeout(20):
            while len(script.asked) < posts or ward.at < NOON + 300 or ward.waiting_since:
                await asyncio.sleep(0.01)
        stopping.set()
        await task
    return said


async def test_windows_and_newest_values_are_sent_under_the_gateways_own_name(
    scripted: Callable[..., Scripted], resident: Resident
) -> None:
    script = scripted()
    await attended(script, Ward(resident=resident, at=NOON), 1)
    many = decode(bytes(cramjam.snappy.decompress_raw(script.asked[0][2])))
    names = {one.name for one in many}
    assert names >= {
        "chevet_vital_oxygen_saturation_percent",
        "chevet_vital_heart_rate_per_minute_min",
        "chevet_vital_respiratory_rate_per_minute_readings",
        "chevet_vital_oxygen_saturation_percent_latest",
    }
    assert {dict(one.labels)["gateway"] for one in many} == {"g03"}
    assert not [one for one in many if "patient" in dict(one.labels)]


@pytest.mark.parametrize(
    "answers",
    [
        [(503, OURS | {"Retry-After": "1"}, {"type": "urn:chevet:problem:unavailable", "detail": "the store is away"})],
        [(204, {}, {})],
        [(200, {}, {"hotel": "welcome"})],
        [(404, {}, {}), (500, OURS, {})],
        [(401, OURS, {"detail": "token: expected one that is valid"})],
    ],
    ids=["unavailable", "not our 204", "a captive portal", "a proxy, then a fault", "an old token"],
)
async def test_the_same_bytes_are_sent_until_the_service_itself_has_taken_them(
    scripted: Callable[..., Scripted], resident: Resident, answers: list[Answered]
) -> None:
    script = scripted(*answers)
    said = await attended(script, Ward(resident=resident, at=NOON), len(answers) + 1)
    tries = script.asked[: len(answers) + 1]
    assert len({body for _, _, body in tries}) == 1
    assert len({batch for _, batch, _ in tries}) == 1
    assert len(said) == 1


async def test_a_refused_token_is_replaced(scripted: Callable[..., Scripted], resident: Resident) -> None:
    script = scripted((401, OURS, {}))
    await attended(script, Ward(resident=resident, at=NOON), 2)
    assert [authorization for authorization, _, _ in script.asked[:2]] == ["Bearer t1", "Bearer t2"]


async def test_a_batch_that_cannot_be_read_is_said_and_not_sent_again(
    scripted: Callable[..., Scripted], resident: Resident
) -> None:
    script = scripted((400, OURS, {"type": "urn:chevet:problem:bad-batch", "detail": "body: expected snappy"}))
    ward = Ward(resident=resident, at=NOON)
    said = await attended(script, ward, 1)
    assert said == ["g03: 400 body: expected snappy"]
    assert ward.samples == 0


async def test_a_gateway_that_does_not_exist_says_that_it_is_there_until_it_is_told_to_stop(
    scripted: Callable[..., Scripted],
) -> None:
    script, stopping, said = scripted((503, OURS, {"detail": "the database is away"})), asyncio.Event(), list[str]()
    async with httpx2.AsyncClient(trust_env=False) as http:
        service = Service(http, script.url, Credentials(f"{script.url}/token", "g03", "secret"))
        task = asyncio.create_task(beat("g03", service, stopping, said.append, every=0.01))
        async with asyncio.timeout(20):
            while len(script.asked) < 3:
                await asyncio.sleep(0.01)
        stopping.set()
        await task
    assert said == ["g03: heartbeat: 503 the database is away"]
    assert all(HeartbeatBody.model_validate_json(body).uptime_seconds >= 0 for _, _, body in script.asked)


def test_a_ward_that_starts_again_sends_the_same_windows_again(resident: Resident) -> None:
    first, again = Ward(resident=resident, at=NOON + 17), Ward(resident=resident, at=NOON + 77)
    once = {one.labels: dict(one.samples) for one in first.step(NOON + 400)}
    for one in again.step(NOON + 400):
        known = once[one.labels]
        assert all(known[at] == value for at, value in one.samples)
