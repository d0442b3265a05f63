"""Publishing to a real broker as Zigbee2MQTT does: nothing that was sent is missing, what was dropped is in the log."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pika
import pytest

from provisioning.local import servers
from simulators.errors import BadOption
from simulators.zigbee2mqtt import Publisher, broker

DEADLINE = 30.0


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE} s for {what}"
        time.sleep(0.02)


def mqtt_url(rabbitmq: servers.Broker, vhost: str) -> str:
    return f"mqtt://{servers.USER}:{servers.PASSWORD}@127.0.0.1:{rabbitmq.mqtt_port}/{vhost}"


@pytest.fixture
def raw(rabbitmq: servers.Broker, vhost: str) -> Any:
    """All that is published below zigbee2mqtt/, as intake's own queue would hold it."""
    with pika.BlockingConnection(pika.URLParameters(rabbitmq.amqp_url(vhost))) as connection:
        channel = connection.channel()
        channel.queue_declare("raw", durable=True)
        channel.queue_bind("raw", "amq.topic", "zigbee2mqtt.#")
        yield channel


def drained(channel: Any) -> list[tuple[str, Any]]:
    found = []
    while True:
        method, _, body = channel.basic_get("raw", auto_ack=True)
        if method is None:
            return found
        found.append((method.routing_key.replace(".", "/"), json.loads(body)))


def command(rabbitmq: servers.Broker, vhost: str, log: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulators", "home", "--gateway", "g01", "--log", str(log), *more],
        env=os.environ | {"CHEVET_SIMULATOR_MQTT_URL": mqtt_url(rabbitmq, vhost)},
        stderr=subprocess.PIPE,
        text=True,
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_every_payload_of_the_log_reaches_the_queue_and_the_bridge_speaks_first(
    rabbitmq: servers.Broker, vhost: str, raw: Any, tmp_path: Path
) -> None:
    log = tmp_path / "a log" / "home.jsonl"
    running = command(
        rabbitmq, vhost, log, "--speed", "600", "--start", "2026-05-04T07:00", "--duration", "1h", "--patient-seed", "7"
    )
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 0, said
    published = drained(raw)
    assert [topic for topic, _ in published[:2]] == ["zigbee2mqtt/bridge/state", "zigbee2mqtt/bridge/devices"]
    assert {device["definition"]["model"] for device in published[1][1]} >= {"CV-OX1", "CV-GL1"}
    assert published[-1] == ("zigbee2mqtt/bridge/state", {"state": "offline"})
    told = [(line["topic"], line["payload"]) for line in lines(log)]
    assert [one for one in published if "/bridge/" not in one[0]] == told
    assert len(told) > 700
    assert all(line["sent"] for line in lines(log))
    first, last = told[0][1]["last_seen"], told[-1][1]["last_seen"]
    assert 3500 < (last - first) / 1000 < 3600


def test_sigterm_in_an_episode_loses_no_message_and_no_truth(
    rabbitmq: servers.Broker, vhost: str, raw: Any, tmp_path: Path
) -> None:
    log = tmp_path / "home.jsonl"
    truths = tmp_path / "home.jsonl.truth.jsonl"
    running = command(rabbitmq, vhost, log, "--speed", "60", "--episodes", "deep-desaturation@5,fever@1m")
    until(lambda: len(lines(log)) > 30 and len(lines(truths)) >= 2, "both episodes to begin")
    running.send_signal(signal.SIGTERM)
    said = running.communicate(timeout=30)[1]
    assert running.returncode == 0, said
    assert [one[1] for one in drained(raw) if "/bridge/" not in one[0]] == [line["payload"] for line in lines(log)]
    assert {line["state"] for line in lines(truths)} == {"started", "cut short"}
    deep = [line for line in lines(truths) if line["episode"] == "deep-desaturation" and "nadir" in line]
    assert [(line["device"], line["vital"]) for line in deep] == [("oximeter", "oxygen_saturation")]
    assert deep[0]["nadir"] == min(
        line["payload"]["spo2"]
        for line in lines(log)
        if line["payload"].get("contact")
        and line["payload"]["last_seen"] >= deep[0]["start"]
        and "spo2" in line["payload"]
    )


def test_what_is_published_while_disconnected_is_dropped_and_says_so(
    rabbitmq: servers.Broker, vhost: str, raw: Any
) -> None:
    told: list[tuple[str, dict[str, Any], bool]] = []
    said: list[str] = []
    where = broker(mqtt_url(rabbitmq, vhost))
    radio = Publisher(where, "test-drops", [], lambda *one: told.append(one), said.append)
    assert not radio.publish("oximeter", {"spo2": 1})
    radio.start()
    until(lambda: radio.connected, "a connection")
    assert radio.publish("oximeter", {"spo2": 2})
    _close_mqtt_connections(rabbitmq, vhost)
    until(lambda: len([line for line in said if line.startswith("connected")]) == 2, "a second connection")
    assert radio.publish("oximeter", {"spo2": 3})
    assert radio.stop() == 0
    assert [sent for _, _, sent in told] == [False, True, True]
    values = [payload["spo2"] for topic, payload in drained(raw) if topic == "zigbee2mqtt/oximeter"]
    assert sorted(set(values)) == [2, 3]


class Wire:
    """A wire to the broker that can be cut, and of which the way back can be deaf: then acknowledgements are lost."""

    def __init__(self, port: int) -> None:
        self.deaf = False
        self._far = port
        self._ends: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._far))
                self._ends += [near, far]
                threading.Thread(target=self._forward, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._forward, args=(far, near, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                if not (back and self.deaf):
                    target.sendall(content)


def test_what_was_not_acknowledged_when_the_wire_was_cut_is_sent_again(
    rabbitmq: servers.Broker, vhost: str, raw: Any
) -> None:
    wire = Wire(rabbitmq.mqtt_port)
    where = replace(broker(mqtt_url(rabbitmq, vhost)), port=wire.port)
    radio = Publisher(where, "test-wire", [], lambda *_: None, lambda _: None)
    radio.start()
    until(lambda: radio.connected and not radio.unacknowledged, "a connection")
    wire.deaf = True
    for number in range(50):
        assert radio.publish("oximeter", {"spo2": number})
    found: list[int] = []
    until(lambda: not found.extend(_numbers(raw)) and len(found) >= 50, "the broker to have them all")
    assert radio.unacknowledged == 50
    wire.deaf = False
    wire.cut()
    until(lambda: radio.connected and not radio.unacknowledged, "everything to be acknowledged")
    assert sorted(_numbers(raw)) == list(range(50))
    assert radio.stop() == 0
    wire.close()


def _numbers(raw: Any) -> list[int]:
    return [payload["spo2"] for topic, payload in drained(raw) if topic == "zigbee2mqtt/oximeter"]


def _close_mqtt_connections(rabbitmq: servers.Broker, vhost: str) -> None:
    def found() -> list[str]:
        listed = rabbitmq.manage("GET", f"/api/vhosts/{vhost}/connections")
        assert isinstance(listed, list)
        return [one["name"] for one in listed if "MQTT" in str(one.get("protocol"))]

    until(lambda: bool(found()), "the broker to list the connection")
    for name in found():
        rabbitmq.manage("DELETE", f"/api/connections/{quote(name)}")


def test_the_door_starts_an_episode_takes_off_the_probe_and_lists_the_truth(
    rabbitmq: servers.Broker, vhost: str, raw: Any, tmp_path: Path
) -> None:
    log = tmp_path / "home.jsonl"
    running = command(rabbitmq, vhost, log, "--speed", "30", "--control-port", "0")
    assert running.stderr is not None
    door = next(line.split()[-1] for line in running.stderr if line.startswith("door at"))
    try:
        assert "deep-desaturation" in {row["name"] for row in ask(door, "/episodes")["episodes"]}
        assert ask(door, "/episodes/start", {"name": "tachycardia"})["going_on"] == ["tachycardia"]
        assert ask(door, "/probe/off", {})["going_on"] == ["probe-off", "tachycardia"]
        off_from = ask(door, "/")["at"]
        until(lambda: any(line["payload"].get("contact") is False for line in lines(log)), "the probe to be off")
        assert ask(door, "/probe/on", {}) == {"ended": 1}
        until(lambda: "ended" in {line["state"] for line in ask(door, "/truth")["truth"]}, "the truth of the probe")
        ended = [line for line in ask(door, "/truth")["truth"] if line["state"] == "ended"]
        assert {line["episode"] for line in ended} == {"probe-off"}
        assert all(line["end"] >= off_from >= line["start"] for line in ended)
        assert "expected one of mild-desaturation" in ask(door, "/episodes/start", {"name": "plague"})["detail"]
        assert httpx2.post(door + "/probe/off", content="{}").status_code == 400
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert running.returncode == 0


def ask(door: str, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = httpx2.get(door + path) if body is None else httpx2.post(door + path, json=body)
    return answer.json()


def test_a_wrong_password_is_refused_in_a_sentence(rabbitmq: servers.Broker, vhost: str, tmp_path: Path) -> None:
    url = f"mqtt://{servers.USER}:wrong@127.0.0.1:{rabbitmq.mqtt_port}/{vhost}"
    arguments = ["--gateway", "g01", "--mqtt-url", url, "--log", str(tmp_path / "log")]
    done = subprocess.run(
        [sys.executable, "-m", "simulators", "home", *arguments], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert "--mqtt-url: expected a user that the broker lets in" in done.stderr
    assert "wrong" not in done.stderr


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://a:b@host/v", "--mqtt-url: expected mqtt://user:password@host:port/vhost, got 'http://…'"),
        ("mqtt://host/v", "--mqtt-url: expected mqtt://user:password@host:port/vhost, got no user"),
        ("mqtt://a:b@host:99999/v", "--mqtt-url: expected a port between 1 and 65535"),
    ],
)
def test_a_bad_url_is_refused_without_repeating_the_password(url: str, sentence: str) -> None:
    with pytest.raises(BadOption) as refused:
        broker(url)
    assert str(refused.value) == sentence
