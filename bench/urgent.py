"""How fast an urgent reading reaches a phone while a backlog waits.

The queue `uplink` is filled with a million real readings, published through the broker with confirms, and uplink does
not run. Then intake and urgent take raw messages of episodes by MQTT: hypoglycaemias, which one reading decides, and
desaturations, whose minute is sent just before with its own times, so that the rule's own delay is over, exactly, with
the deciding reading.

Measured from just before the deciding reading is published, hence earlier than it arrives at intake (the way through
MQTT and the raw queue is in the number), to the moment the sender's receiving end has the SMS.

  python -m bench urgent                                  a million queued, 200 episodes, about 6 minutes
  python -m bench urgent --queued 2000 --episodes 10      the same in little, under a minute

The last line is JSON: p50_s, p99_s (seconds), queued (readings waiting all the while), episodes (SMS measured).
Ends with 1 unless every episode was called about and p99 is at most 2 s. The broker's peak memory is told beside.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import tempfile
import time
from pathlib import Path

from bench import backlog
from bench.calls import reference
from bench.deadlines import until
from bench.drained import connected
from bench.errors import BadOption, Unmeasured
from bench.onsets import LEAD_SECONDS, Onset, bridge_devices, onsets, quantile, scheduled
from bench.phone import Phone
from bench.progress import Tell, progress
from bench.stack import GATEWAY, Stack, peak_memory
from exporters.gateway.bus import topology
from simulators.zigbee2mqtt import Publisher, broker

NAME = "urgent"
SUMMARY = "from a reading to the SMS while a million readings wait"
BOUND_SECONDS = 2.0
SMS_WITHIN = 60.0
CONNECTED_WITHIN = 30.0
TELL_EVERY = 50


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `urgent`."""
    add = parser.add_argument
    add("--queued", type=int, default=1_000_000, metavar="N", help="readings in uplink (default: %(default)s)")
    add("--episodes", type=int, default=200, metavar="N", help="(default: %(default)s)")
    add("--rate", type=float, default=2.0, metavar="X", help="episodes a second, on average (default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of the queued patients and of the episodes' times")
    add(
        "--directory", type=Path, metavar="DIR", help="where to run, and to leave everything (default: a temporary one)"
    )


def run(chosen: argparse.Namespace) -> int:
    """Measure and print the result."""
    if chosen.queued < 0 or chosen.episodes < 1 or chosen.rate <= 0:
        got = f"{chosen.queued}, {chosen.episodes}, {chosen.rate}"
        raise BadOption(f"--queued, --episodes, --rate: expected at least 0, at least 1 and above 0, got {got}")
    tell = progress()
    directory = chosen.directory or Path(tempfile.mkdtemp(prefix="chevet-urgent-"))
    directory.mkdir(parents=True, exist_ok=True)
    try:
        delays, queued = asyncio.run(_measure(chosen, directory, tell))
    except BaseException:
        tell(f"what was there stays in {directory}")
        raise
    p50, p99 = (round(quantile(delays, share), 3) for share in (0.5, 0.99))
    kept = len(delays) == chosen.episodes and p99 <= BOUND_SECONDS
    tell(f"fastest {min(delays):.3f} s, slowest {max(delays):.3f} s")
    if kept and not chosen.directory:
        shutil.rmtree(directory)
    else:
        tell(f"what was there stays in {directory}")
    print(json.dumps({"p50_s": p50, "p99_s": p99, "queued": queued, "episodes": len(delays)}))
    return 0 if kept else 1


async def _measure(chosen: argparse.Namespace, directory: Path, tell: Tell) -> tuple[list[float], int]:
    """The seconds of each episode, and how many readings wait in uplink from before the first to after the last."""
    phone, many = Phone(directory / "sms.jsonl"), onsets(chosen.episodes)
    async with Stack(directory / "stack", phone.port, tell) as stack:
        await asyncio.to_thread(stack.start_servers, {})
        tell("the servers answer")
        async with connected(stack.bus()) as bus:
            await backlog.fill(bus, backlog.readings(GATEWAY, chosen.seed, time.time()), chosen.queued, tell)
            queued = await bus.depth(topology.UPLINK)
            tell(f"{queued} readings wait in uplink; intake and urgent start")
            await asyncio.to_thread(stack.start_gateway, "intake", "urgent")
            decided = await asyncio.to_thread(_play, stack, many, chosen, tell)
            await _hear(phone, set(decided), tell)
            if await bus.depth(topology.UPLINK) < queued:
                raise Unmeasured(f"uplink: expected {queued} readings to wait until the end, somebody took some")
        tell(f"the broker's memory was at most {peak_memory(stack.pid('rabbitmq')) / 2**20:.0f} MiB")
    phone.close()
    return _delays(phone, decided), queued


def _play(stack: Stack, many: list[Onset], chosen: argparse.Namespace, tell: Tell) -> dict[str, float]:
    """Publish every episode; when the deciding reading of each was published, by reference."""
    radio = Publisher(broker(stack.mqtt_url()), "zigbee2mqtt-urgent", bridge_devices(many), lambda *_: None, tell)
    radio.start()
    deadline = time.monotonic() + CONNECTED_WITHIN
    while not radio.connected:
        if time.monotonic() > deadline:
            raise Unmeasured(f"the broker: expected MQTT to connect within {CONNECTED_WITHIN:.0f} s, it did not")
        time.sleep(0.05)
    draw, decided = random.Random(chosen.seed), {}
    gaps = [draw.expovariate(chosen.rate) for _ in many]
    for burst in scheduled(GATEWAY, many, time.time() + 2 * LEAD_SECONDS, gaps):
        time.sleep(max(0.0, burst.at - time.time()))  # the schedule of the episodes, not a wait for anything
        if burst.reference:
            decided[burst.reference] = time.time()
        if not all([radio.publish(burst.device, payload) for payload in burst.payloads]):
            raise Unmeasured("the broker: expected to stay connected, and the connection went")
        if burst.reference and len(decided) % TELL_EVERY == 0:
            tell(f"{len(decided)} episodes published")
    radio.stop()
    return decided


async def _hear(phone: Phone, references: set[str], tell: Tell) -> None:
    async def all_came() -> bool:
        return references <= {one[0] for message in phone.messages if (one := reference(message.text))}

    try:
        await until(all_came, "every SMS reaches the phone", SMS_WITHIN)
    except Unmeasured as sentence:
        tell(str(sentence))


def _delays(phone: Phone, decided: dict[str, float]) -> list[float]:
    """From the deciding reading to the first SMS of each episode that has one."""
    came: dict[str, float] = {}
    for message in phone.messages:
        if one := reference(message.text):
            came.setdefault(one[0], message.at)
    return [came[name] - at for name, at in decided.items() if name in came]
