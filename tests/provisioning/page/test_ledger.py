"""Produced against stored, where what is stored is in a real Prometheus."""

from __future__ import annotations

import json
import time
from pathlib import Path

import cramjam
import httpx2

from chevet import remote_write
from chevet.vitals import BY_KEY
from provisioning.local import servers
from provisioning.page.ledger import SETTLED, Account, Log, account

MINUTE = 60_000
GATEWAY = "ledger"


def stored(prometheus: servers.WebServer, *windows: tuple[int, float]) -> None:
    """The count of good readings in each window of heart rate, at the window's end."""
    name = f"{BY_KEY['heart_rate'].metric}_readings"
    series = remote_write.series(name, {"gateway": GATEWAY, "quality": "good"}, *windows)
    body = bytes(cramjam.snappy.compress_raw(remote_write.encode([series])))
    headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
    httpx2.post(f"{prometheus.url}/api/v1/write", content=body, headers=headers).raise_for_status()


def log(path: Path, *times: int) -> Log:
    payloads = ({"heart_rate": 70, "contact": True, "last_seen": at} for at in times)
    entries = ({"topic": "zigbee2mqtt/strap", "payload": payload, "sent": True} for payload in payloads)
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    followed = Log(path, {"strap": "CV-OX1"})
    followed.follow()
    return followed


async def test_a_window_that_ends_as_the_ledger_begins_is_of_readings_before_it(
    prometheus: servers.WebServer, tmp_path: Path
) -> None:
    now = time.time_ns() // 1_000_000
    start = now // MINUTE * MINUTE - 10 * MINUTE
    home = log(tmp_path / "log.jsonl", start - 5_000, start, start + MINUTE - 1)
    stored(prometheus, (start, 1.0), (start + MINUTE, 2.0))
    async with httpx2.AsyncClient(base_url=prometheus.url) as http:
        assert await account(http, home, GATEWAY, start, now) == Account(produced=2, stored=2)
        assert (await account(http, home, GATEWAY, start, start + SETTLED * 1000)).produced == 0
