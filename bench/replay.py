"""Measures a home that was offline for days: how soon everything is in Prometheus, and whether now is shown as now.

The link to the service is cut; sensors' readings of the last hours, at the catalogue's rates and with their own times,
are published as Zigbee2MQTT does and wait where they wait in a house: in RabbitMQ, for uplink has given up consuming as
after its usual ten minutes. Live sensors go on all the while. The link returns, and the clock starts.

  python -m bench replay                      a day of 12 sensors: two people, see `bench.household`
  python -m bench replay --hours 168          a week

The last line is JSON:
  hours, sensors, messages
  seconds         from the link's return until everything is in Prometheus; for a day at most 300
  expected        readings of the backlog, by a loop of the bench's own over what was published
  stored          those in Prometheus, in windows and as stragglers
  wrong           windows whose count, mean, lowest or highest are not those of the loop
  fresh_after_s   from the link's return until all live sensors are shown as now again; at most 10
  fresh_p95_s     age of their newest sample from then on, asked each second; at most 10
  disk            bytes at the end of the offline time: the gateway's state and its broker; at most 10^9 in all
  memory          peak bytes of each process
  filled_per_s    messages that the gateway took each second while the backlog was made

Ends with 1, and leaves its directory, where a bound is not kept. What only silence closes, the last window of each
series, is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench import footprint, household
from bench.comparison import Differences, compared, expected_windows, still_open
from bench.deadlines import until
from bench.drained import SPOOL, connected, on_the_way
from bench.errors import BadOption
from bench.freshness import LOOKBACK, NOW, Freshness, percentile
from bench.household import Household
from bench.killing import GATEWAY_PROCESSES
from bench.offline import HOUR_MS, Backlog, has_been_up
from bench.phone import Phone
from bench.progress import Tell, progress
from bench.stack import GATEWAY, Stack
from bench.stored import Store
from exporters.gateway.bus import topology
from provisioning.page.link import Link

NAME = "replay"
SUMMARY = "bring a day, or a week, of a house's backlog into Prometheus; show now as now meanwhile"
DAY, WEEK = 24, 168
SECONDS_FOR_A_DAY = 300.0
FRESH_SECONDS = NOW
DISK_BYTES = 10**9
AWAY_SECONDS = 5.0
"""After so long without the service uplink stops consuming here; in a house after ten minutes of the day."""

READY_WITHIN, TAKEN_WITHIN, STORED_WITHIN = 120.0, 1800.0, 7200.0


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `replay`."""
    add = parser.add_argument
    add("--hours", type=int, default=DAY, metavar="H", help="of the past (default: %(default)s, at most 168)")
    add("--sensors", type=int, default=12, metavar="N", help="(default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of the patients")
    add("--directory", type=Path, metavar="DIR", help="where to run, and to leave everything")


def run(chosen: argparse.Namespace) -> int:
    """Measure, print the result, and keep what is needed to see why it failed."""
    for name, low, high in (("hours", 1, WEEK), ("sensors", 1, 200)):
        if not low <= getattr(chosen, name) <= high:
            raise BadOption(f"--{name}: expected {low} to {high}, got {getattr(chosen, name)}", field=f"--{name}")
    tell = progress()
    directory = chosen.directory or Path(tempfile.mkdtemp(prefix="chevet-replay-"))
    directory.mkdir(parents=True, exist_ok=True)
    try:
        result = asyncio.run(Replay(chosen, directory, tell).measure())
    except BaseException:
        tell(f"what was there stays in {directory}")
        raise
    complaints = judged(result)
    for sentence in complaints:
        tell(sentence)
    if complaints:
        tell(f"what was there stays in {directory}")
    elif not chosen.directory:
        shutil.rmtree(directory)
    print(json.dumps(result))
    return 1 if complaints else 0


def judged(result: Mapping[str, Any]) -> list[str]:
    """Which bounds are not kept, in sentences."""
    found = []
    if result["wrong"] or result["stored"] != result["expected"]:
        found.append(
            f"expected {result['expected']} readings, got {result['stored']}, {result['wrong']} windows wrong; "
            f"the first: {result['first_difference']}"
        )
    if result["hours"] <= DAY and result["seconds"] > SECONDS_FOR_A_DAY:
        found.append(f"seconds: expected at most {SECONDS_FOR_A_DAY:.0f}, got {result['seconds']}")
    for name in ("fresh_after_s", "fresh_p95_s"):
        if result["hours"] <= DAY and result[name] > FRESH_SECONDS:
            found.append(f"{name}: expected at most {FRESH_SECONDS:.0f}, got {result[name]}")
    if sum(result["disk"].values()) > DISK_BYTES:
        found.append(f"disk: expected at most {DISK_BYTES} bytes, got {sum(result['disk'].values())}")
    return found


class Replay:
    """One measurement."""

    def __init__(self, chosen: argparse.Namespace, directory: Path, tell: Tell) -> None:
        self._chosen, self._directory, self._tell = chosen, directory, tell
        self._past = household.people(chosen.sensors, chosen.seed)
        self._worn = household.live(chosen.seed)

    async def measure(self) -> dict[str, Any]:
        """From nothing to the result."""
        phone = Phone(self._directory / "sms.jsonl")
        settings = {"CHEVET_AWAY_SECONDS": f"{AWAY_SECONDS:g}"}
        everybody = [*self._past, *self._worn]
        async with Stack(self._directory / "stack", phone.port, self._tell, settings) as stack:
            await asyncio.to_thread(stack.start_servers, household.vitals(everybody))
            link = Link(("127.0.0.1", stack.place("service").port("http")))
            await link.restore(stack.link_port)
            has_been_up(stack.state, self._chosen.hours + 1)
            await asyncio.to_thread(stack.start_gateway, *GATEWAY_PROCESSES)
            home = Household(stack.mqtt_url(), everybody, self._tell)
            try:
                result = await self._days(stack, link, home)
            finally:
                await asyncio.to_thread(home.stop)
                await link.cut()
        phone.close()
        return result

    async def _days(self, stack: Stack, link: Link, home: Household) -> dict[str, Any]:
        fresh = Freshness(stack.place("prometheus").url(), GATEWAY, household.LIVE)
        await asyncio.to_thread(home.start, self._worn)

        async def shown() -> bool:
            return max(await fresh.look()) < FRESH_SECONDS

        await until(shown, "the live sensors are shown", READY_WITHIN, every=0.5)
        await link.cut()
        self._tell("the live sensors are shown, the link is cut")
        backlog, begins, filled = await self._offline(stack, home)
        disk = {"state": footprint.on_disk(stack.state), "broker": footprint.on_disk(broker_folder(stack))}
        self._tell(f"{backlog.readings} readings wait, in {sum(disk.values()) / 1e6:.0f} MB; the link returns")
        await link.restore()
        returned = time.monotonic()
        looking = asyncio.create_task(fresh.run())
        seconds, found, stored = await self._all_there(stack, backlog, begins, returned)
        looking.cancel()
        with suppress(asyncio.CancelledError):  # whatever else ended it would leave ages out
            await looking
        return {
            "hours": self._chosen.hours,
            "sensors": self._chosen.sensors,
            "messages": home.messages,
            "seconds": round(seconds, 1),
            "expected": backlog.readings,
            "stored": stored,
            "wrong": found.wrong_windows,
            "first_difference": found.first,
            "fresh_after_s": round(fresh.after, 1),
            "fresh_p95_s": round(percentile(fresh.ages or [LOOKBACK], 0.95), 1),
            "disk": disk,
            "memory": footprint.memory(stack),
            "filled_per_s": round(filled),
        }

    async def _offline(self, stack: Stack, home: Household) -> tuple[Backlog, int, float]:
        """Publish the past, until the gateway has all of it in its queues; and how many messages it took a second."""
        now, before = time.time(), home.messages
        begins = now - self._chosen.hours * 3600
        await asyncio.to_thread(home.look_back, self._past, begins, now)
        self._tell("all of the past is published")
        async with connected(stack.bus()) as bus:

            async def taken() -> bool:
                waiting = await on_the_way(stack, bus)
                return all(waiting.get(place, 0) <= household.LIVE * 5 for place in (topology.RAW, SPOOL))

            await until(taken, "the backlog stands in the gateway's queues", TAKEN_WITHIN, every=0.5)
        filled = (home.messages - before) / (time.time() - now)
        names = {device.name for one in self._past for device in one.devices}
        produced = [one for one in list(home.produced) if one.device in names]
        left_out = still_open(produced)
        windows = expected_windows(produced)
        kept = {key: content for key, content in windows.items() if key not in left_out}
        return Backlog(kept, left_out), round(begins * 1000), filled

    async def _all_there(
        self, stack: Stack, backlog: Backlog, begins: int, returned: float
    ) -> tuple[float, Differences, int]:
        """Until Prometheus has the backlog, or for `STORED_WITHIN`; how long it took, and what differs."""
        bounds = (begins // HOUR_MS * HOUR_MS - HOUR_MS, round(time.time() * 1000) + HOUR_MS)
        store = Store(stack.place("prometheus").url(), GATEWAY, *bounds)
        devices = {device for device, _, _ in backlog.expected}
        told = 0.0
        while True:
            seconds = time.monotonic() - returned
            counted = await asyncio.to_thread(store.by_device)
            there = sum(counted[device] for device in devices)
            if there >= backlog.readings or seconds > STORED_WITHIN:
                of_it = backlog.of(await asyncio.to_thread(store.windows))
                found = compared(backlog.expected, of_it)
                if not found.lost or seconds > STORED_WITHIN:
                    stored = sum((one.counts + one.stragglers.counts).total() for one in of_it.values())
                    return seconds, found, stored
            if seconds >= told:
                self._tell(f"{there} of {backlog.readings} readings are in Prometheus")
                told = seconds + 10
            await asyncio.sleep(0.5)


def broker_folder(stack: Stack) -> Path:
    """Where the broker keeps its queues."""
    return stack.place("rabbitmq").directory
