"""The agent tells how the gateway is, whatever of it does not answer, and goes on whatever is answered."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx2

from exporters.gateway.bus import topology
from provisioning.local import servers
from tests.exporters.gateway.agent.conftest import HEARTBEAT, AgentProcess
from tests.exporters.gateway.uplink.homes import GATEWAY, STORED, Asked, Said, Scripted, connected, reading, until

Beats = Callable[[], list[dict[str, Any]]]


def refusing(status: int, detail: str) -> Callable[[Asked], Said]:
    problem = json.dumps({"type": "urn:chevet:problem:unauthorized", "detail": detail}).encode()
    return lambda _: (status, {"X-Chevet": "1", "Content-Type": "application/problem+json"}, problem)


def pushed(service: Scripted) -> dict[tuple[str, str], float]:
    """The newest value of each series that came without labels of its own, by name and process."""
    found = {}
    for one in (one for asked in service.batches for one in asked.series):
        labels = dict(one.labels)
        if len(labels) == 3 and labels["gateway"] == GATEWAY:
            found[labels["__name__"], labels["process"]] = one.samples[-1][1]
    return found


async def test_a_heartbeat_says_how_the_gateway_is(agent: AgentProcess, service: Scripted, beats: Beats) -> None:
    async with connected(agent.settings["BROKER_URL"]) as bus:
        for sequence in range(3):
            one = reading(sequence, 1_700_000_000_000 + sequence)
            await bus.publish(topology.READINGS, topology.routing_key(one.vital, one.device), one.to_json())
        agent.start()
        await until(lambda: beats() and (beats()[-1]["queues"] or {}).get("uplink") == 3, "the depth is told", 60)
        await until(lambda: beats()[-1]["clock_offset_seconds"] is not None, "the clock is compared")
    said = beats()[-1]
    assert set(said["versions"]) == {"chevet", "python", "rabbitmq"}
    assert said["processes"] == {"uplink": False, "agent": True}
    assert said["queues"]["dead.uplink"] == 0
    assert 0 < said["disk"]["free_bytes"] < said["disk"]["size_bytes"]
    assert said["disk"]["days_left"] is None, "nothing is said after a moment"
    assert abs(said["clock_offset_seconds"]) < 2
    assert said["uptime_seconds"] > 0
    assert len(said["boot"]) > 8
    assert agent.stop() == 0, agent.log


async def test_the_agents_own_metrics_are_pushed_with_those_of_the_others(
    lonely: AgentProcess, service: Scripted
) -> None:
    lonely.start()
    await until(lambda: ("chevet_disk_free_bytes", "agent") in pushed(service), "it pushes", 60)
    found = pushed(service)
    assert found["chevet_process_up", "agent"] == 1
    assert found["chevet_process_up", "uplink"] == 0
    assert found["chevet_bus_connected", "agent"] == 0
    assert found["chevet_disk_free_bytes", "agent"] > 0
    assert not [name for name, _ in found if "disk_left" in name or "sms" in name]
    text = httpx2.get(f"http://127.0.0.1:{lonely.metrics_port}/metrics").text
    assert "\nchevet_disk_size_bytes " in text


async def test_a_pulled_gateways_agent_beats_and_pushes_nothing(
    lonely: AgentProcess, service: Scripted, beats: Beats
) -> None:
    lonely.start(MODE="pull")
    await until(lambda: len(beats()) >= 3, "it beats", 60)
    assert service.batches == []


async def test_a_token_that_is_refused_is_said_once_and_the_agent_keeps_on(
    lonely: AgentProcess, service: Scripted, beats: Beats
) -> None:
    service.answer = refusing(401, "Authorization: expected another token")
    lonely.start()
    await until(lambda: service.tokens >= 6, "each heartbeat asks for a new token", 60)
    lines = [line for line in lonely.log.splitlines() if "the heartbeat is not taken" in line]
    assert len(lines) == 1
    assert "the service answered 401: Authorization: expected another token" in lines[0]
    service.answer = lambda _: STORED
    told = len(beats())
    await until(lambda: len(beats()) > told + 1, "it goes on")
    await until(lambda: "the heartbeat is taken again" in lonely.log, "and says so")


async def test_a_service_that_is_away_is_no_storm_of_errors(lonely: AgentProcess, service: Scripted) -> None:
    lonely.start(SERVER_URL="http://127.0.0.1:9")
    url = f"http://127.0.0.1:{lonely.metrics_port}/metrics"
    failed = 'chevet_agent_heartbeats_total{reason="no_answer"} '

    def tries() -> float:
        try:
            lines = httpx2.get(url).text.splitlines()
        except httpx2.TransportError:
            return 0
        return sum(float(line.removeprefix(failed)) for line in lines if line.startswith(failed))

    await until(lambda: tries() >= 5, "it tries again and again", 60)
    assert len([line for line in lonely.log.splitlines() if "not taken" in line]) == 1
    assert lonely.stop() == 0, lonely.log


async def test_a_broker_that_refuses_us_is_said_and_the_heartbeat_goes_on(
    agent: AgentProcess, rabbitmq: servers.Broker, beats: Beats
) -> None:
    agent.start(BROKER_URL=rabbitmq.amqp_url("no-such-vhost"))
    await until(lambda: "the broker refused user" in agent.log, "it is said", 60)
    told = len(beats())
    await until(lambda: len(beats()) > told + 1, "the heartbeat goes on")
    assert beats()[-1]["queues"] is None
    assert agent.stop(signal.SIGINT) == 0, agent.log


async def test_a_killed_agent_goes_on_from_what_it_knew_of_the_disk(
    lonely: AgentProcess, service: Scripted, beats: Beats
) -> None:
    lonely.start()
    await until(lambda: len(beats()) >= 3, "it beats", 60)
    lonely.stop(signal.SIGKILL)
    hour, minute, gigabyte = 3600.0, 60.0, 10**9
    with closing(sqlite3.connect(lonely.state / "agent.sqlite")) as db, db:
        free = db.execute("SELECT free FROM looks ORDER BY id DESC").fetchone()[0]
        db.execute("DELETE FROM looks")
        falling = [(at * minute, free + gigabyte * (hour - at * minute) / hour) for at in range(60)]
        db.executemany("INSERT INTO looks (at, free) VALUES (?, ?)", falling)
    told = len(beats())
    lonely.start()
    await until(lambda: len(beats()) > told, "it beats again", 60)
    assert 0.8 < beats()[told]["disk"]["days_left"] * 24 / (free / gigabyte) < 1.2
    path = ("chevet_disk_left_seconds", "agent")
    await until(lambda: path in pushed(service), "it is a metric too")


async def test_what_the_service_sets_aside_is_said(lonely: AgentProcess, service: Scripted) -> None:
    def answer(asked: Asked) -> Said:
        return (204, {"X-Chevet": "1", "X-Chevet-Quarantined": "2"}, b"") if asked.path != HEARTBEAT else STORED

    service.answer = answer
    lonely.start()
    await until(lambda: len(service.batches) >= 4, "it pushes", 60)
    lines = [json.loads(line) for line in lonely.log.splitlines() if "aside" in line]
    assert [line["samples"] for line in lines] == ["2"]
