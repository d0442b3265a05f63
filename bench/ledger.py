"""Produced = stored, though everything is killed.

A home is simulated: a patient's whole day, replayed faster than real time, and glucose sensors that fall below 54 as
you watch. Its gateway, its broker and the service die by SIGKILL again and again, a third of the kills between two
named acts (publish/confirm, journal/POST, 2xx/mark, state/ack, SMS handed/recorded …), and the link to the service is
cut. At the end, when nothing is on its way any more, Prometheus is read back and held against the simulators' logs.

  python -m bench ledger                      100 kills, about 12 minutes
  python -m bench ledger --kills 6 --short    the same in little, about 80 seconds
  python -m bench ledger --driver zigpy       the sensors speak Zigbee to a stick of the gateway's own: `radio` takes
                                              what they say in place of intake, and they repeat, so nothing is on air
  … --fill-disk                               the home's disks are full for a while in the middle (needs root)

The last line is JSON:
  produced        readings in the simulators' logs
  stored          readings in Prometheus: in windows and as stragglers
  lost            readings that a window lacks; duplicated: that it has too many
  wrong_windows   windows whose count, mean, lowest or highest are not those of the log
  on_air          produced while the simulator knew the broker was away, and dropped as Zigbee2MQTT does, by time
  kills, kills_by_step
  sms_expected    alarms in the log, by a loop of the bench's own; sms_sent: alarms that reached the phone
  sms_repeated    SMS that came again with the same reference; at most the kills between hand-over and record
  filled          with --fill-disk: bytes that were taken on each disk, and for how many seconds
  seed

Ends with 1, leaves its directory and says what differed first, unless nothing is lost, duplicated, wrong or unsent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from bench import airborne, bedsides, calls, filling, kills, verdict
from bench.comparison import WindowKey, expected_windows, still_open
from bench.deadlines import until
from bench.drained import dead_letters, drained
from bench.errors import BadOption, Unmeasured
from bench.killing import GATEWAY_PROCESSES, TAKING, Killing
from bench.phone import Phone
from bench.produced import Produced, readings
from bench.progress import Tell, progress
from bench.simulated import Simulated
from bench.stack import GATEWAY, Stack
from bench.stored import Store
from bench.verdict import Evidence, Outcome
from provisioning.local import homes
from provisioning.local.ports import free_port
from provisioning.page.link import Link

NAME = "ledger"
SUMMARY = "kill everything, again and again; every reading is stored once, every SMS sent"
SMS_WITHIN = 60.0
HOUR = 3_600_000


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `ledger`."""
    add = parser.add_argument
    add("--kills", type=int, default=100, metavar="N", help="(default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of the patient, the episodes and the kills")
    add("--speed", type=float, default=120, metavar="X", help="of the replayed day (default: %(default)s)")
    add("--driver", choices=TAKING, default="zigbee2mqtt", help="whose sensors these are (default: %(default)s)")
    add("--sensors", type=int, default=24, metavar="N", help="glucose sensors in real time (default: %(default)s)")
    add(
        "--directory", type=Path, metavar="DIR", help="where to run, and to leave everything (default: a temporary one)"
    )
    add(filling.OPTION, action="store_true", help="fill the disks of the gateway and its broker in the middle")
    add(
        "--short",
        action="store_true",
        help="end in the middle of episodes, and leave out what only silence closes: the last window of each series",
    )


def run(chosen: argparse.Namespace) -> int:
    """Measure, print the result, and keep what is needed to see why it failed."""
    for name, low in (("kills", 0), ("speed", 1), ("sensors", 1)):
        if getattr(chosen, name) < low:
            raise BadOption(f"--{name}: expected at least {low}, got {getattr(chosen, name)}", field=f"--{name}")
    tell = progress()
    directory = chosen.directory or Path(tempfile.mkdtemp(prefix="chevet-ledger-"))
    directory.mkdir(parents=True, exist_ok=True)
    try:
        outcome = asyncio.run(Ledger(chosen, directory, tell).measure())
    except BaseException:
        tell(f"what was there stays in {directory}")
        raise
    for sentence in outcome.complaints:
        tell(sentence)
    if outcome.complaints:
        tell(f"what was there stays in {directory}")
    elif not chosen.directory:
        shutil.rmtree(directory)
    print(json.dumps(outcome.result))
    return 1 if outcome.complaints else 0


class Ledger:
    """One measurement."""

    def __init__(self, chosen: argparse.Namespace, directory: Path, tell: Tell) -> None:
        self._chosen, self._directory, self._tell = chosen, directory, tell
        self._filling = filling.Filling(directory / "stack", tell) if chosen.fill_disk else None

        self._air = f"127.0.0.1:{free_port()}" if chosen.driver == "zigpy" else ""

    def _processes(self) -> tuple[str, ...]:
        """Of the gateway; intake, or the radio in its place."""
        return (TAKING[self._chosen.driver], *(one for one in GATEWAY_PROCESSES if one != "intake"))

    async def measure(self) -> Outcome:
        """From nothing to the result."""
        with filling.small_disks(self._directory / "stack") if self._filling else nullcontext():
            outcome = await self._measure()
        if self._filling is None:
            return outcome
        return replace(outcome, result={**outcome.result, "filled": self._filling.result()})

    async def _measure(self) -> Outcome:
        phone = Phone(self._directory / "sms.jsonl")
        seed, sensors = self._chosen.seed, self._chosen.sensors
        settings = airborne.settings(self._air, seed, sensors) if self._air else {}
        async with Stack(self._directory / "stack", phone.port, self._tell, settings) as stack:
            devices = homes.expected_vitals() | bedsides.devices(self._chosen.sensors)
            await asyncio.to_thread(stack.start_servers, devices)
            link = Link(("127.0.0.1", stack.place("service").port("http")))
            await link.restore(stack.link_port)
            await asyncio.to_thread(stack.start_gateway, *self._processes())
            self._tell("the servers and the gateway answer")
            killing = Killing(stack, self._chosen.seed, self._tell)
            logs = await self._live(stack, killing, link)
            evidence = await self._evidence(stack, phone, killing, await asyncio.to_thread(readings, logs))
            await link.cut()
        phone.close()
        return verdict.outcome(evidence, GATEWAY, self._chosen.seed)

    async def _live(self, stack: Stack, killing: Killing, link: Link) -> tuple[Path, ...]:
        """Simulate and kill; the simulators' logs, when both are over and everybody is back."""
        chosen = self._chosen
        simulated = Simulated(
            stack, self._directory, chosen.seed, chosen.speed, chosen.sensors, chosen.short, self._air
        )
        try:
            await simulated.start()
            self._tell(f"the simulators publish; {chosen.kills} kills follow")
            cutting = asyncio.create_task(killing.cut(link))
            plan = kills.schedule(chosen.kills, chosen.seed, TAKING[chosen.driver])
            async with asyncio.TaskGroup() as victims:
                if self._filling is not None:
                    victims.create_task(self._filling.run())
                for victim, its in plan.items():
                    victims.create_task(killing.pursue(victim, its))
            cutting.cancel()
            await asyncio.gather(cutting, return_exceptions=True)
            for victim in plan:
                await killing.back(victim)
            if self._filling is not None:
                await filling.taken_again(stack)
            await simulated.back()
            self._tell(f"{chosen.kills} kills done, the link was cut {killing.cuts} times; the simulators end")
            await simulated.end()
        finally:
            simulated.kill()
        return simulated.logs

    async def _evidence(self, stack: Stack, phone: Phone, killing: Killing, produced: list[Produced]) -> Evidence:
        sent = [one for one in produced if one.sent]
        left_out = still_open(sent) if self._chosen.short else set[WindowKey]()
        self._tell(f"{len(produced)} readings were produced; waiting until nothing is on its way")
        windows = expected_windows(sent)
        left = ""
        try:
            await drained(stack, self._tell, left_uncut=sum(windows[key].counts.total() for key in left_out))
        except Unmeasured as sentence:  # then what is missing is lost, and is to be counted
            left = str(sentence)
        await self._hear(phone, calls.alarms(produced))
        store = Store(stack.place("prometheus").url(), GATEWAY, *_bounds(produced))
        evidence = Evidence(
            produced=produced,
            left_out=left_out,
            windows=await asyncio.to_thread(store.windows),
            total=await asyncio.to_thread(store.total),
            texts=[one.text for one in phone.messages],
            kills=killing.by_step,
            caught=killing.caught,
            dead=await dead_letters(stack),
            left=left,
        )
        late = verdict.stragglers(evidence.windows)
        self._tell(f"{len(evidence.windows)} windows read back; {late} of {evidence.total} readings are stragglers")
        return evidence

    async def _hear(self, phone: Phone, expected: list[calls.Alarm]) -> None:
        """Until every SMS has come, or none comes any more; which of the two is judged later."""

        async def all_came() -> bool:
            return not calls.compared(GATEWAY, expected, [one.text for one in phone.messages]).missing

        try:
            await until(all_came, "every SMS reaches the phone", SMS_WITHIN)
        except Unmeasured as sentence:
            self._tell(str(sentence))


def _bounds(produced: list[Produced]) -> tuple[int, int]:
    """Whole hours around everything that can be stored, in milliseconds."""
    times = [*(one.at for one in produced), time.time_ns() // 1_000_000]
    return min(times) // HOUR * HOUR - HOUR, max(times) // HOUR * HOUR + 2 * HOUR
