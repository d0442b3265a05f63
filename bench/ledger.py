"""Produced = stored, though everything is killed.

A home is simulated: a patient's whole day, replayed faster than real time, and glucose sensors that fall below 54 as
you watch. Its gateway, its broker and the service die by SIGKILL again and again, a third of the kills between two
named acts (publish/confirm, journal/POST, 2xx/mark, state/ack, SMS handed/recorded …), and the link to the service is
cut. At the end, when nothing is on its way any more, Prometheus is read back and held against the simulators' logs.

  python -m bench ledger                      100 kills, about 12 minutes
  python -m bench ledger --kills 6 --short    the same in little, about 80 seconds

The last line is JSON:
  produced        readings in the simulators' logs
  stored          readings in Prometheus: in windows and as stragglers
  lost            readings that a window lacks; duplicated: that it has too many
  wrong_windows   windows whose count, mean, lowest or highest are not those of the log
  on_air          produced while the simulator knew the broker was away, and dropped as Zigbee2MQTT does, by time
  kills, kills_by_step
  sms_expected    alarms in the log, by a loop of the bench's own; sms_sent: alarms that reached the phone
  sms_repeated    SMS that came again with the same reference; at most the kills between hand-over and record
  seed

Ends with 1, leaves its directory and says what differed first, unless nothing is lost, duplicated, wrong or unsent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import bedsides, calls, kills, stored
from bench.comparison import Differences, compared, expected_windows, still_open
from bench.deadlines import until
from bench.drained import dead_letters, drained
from bench.errors import BadOption, Unmeasured
from bench.killing import GATEWAY_PROCESSES, HANDED, Killing
from bench.phone import Phone
from bench.produced import Produced, readings
from bench.progress import Tell, progress
from bench.stack import GATEWAY, Stack
from provisioning.local import homes
from provisioning.local.process import spawn
from provisioning.page.link import Link

NAME = "ledger"
SUMMARY = "kill everything, again and again; every reading is stored once, every SMS sent"
EPISODES = "probe-off@12m,deep-desaturation@25m,tachycardia@40m,hypoglycaemia@55m,motion@80m"
REPEAT = "2h"
REPLAY_HOURS = 48
PUBLISHES_WITHIN = 60.0
SMS_WITHIN = 60.0
SIMULATORS_END_WITHIN = 240.0
HOUR = 3_600_000


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `ledger`."""
    add = parser.add_argument
    add("--kills", type=int, default=100, metavar="N", help="(default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of the patient, the episodes and the kills")
    add("--speed", type=float, default=120, metavar="X", help="of the replayed day (default: %(default)s)")
    add("--sensors", type=int, default=24, metavar="N", help="glucose sensors in real time (default: %(default)s)")
    add(
        "--directory", type=Path, metavar="DIR", help="where to run, and to leave everything (default: a temporary one)"
    )
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The JSON of the last line, and what is wrong, in sentences."""

    result: Mapping[str, Any]
    complaints: Sequence[str]


class Ledger:
    """One measurement."""

    def __init__(self, chosen: argparse.Namespace, directory: Path, tell: Tell) -> None:
        self._chosen, self._directory, self._tell = chosen, directory, tell
        self._logs = (directory / "replayed.jsonl", directory / "bedsides.jsonl")

    async def measure(self) -> Outcome:
        """From nothing to the result."""
        phone = Phone(self._directory / "sms.jsonl")
        async with Stack(self._directory / "stack", phone.port, self._tell) as stack:
            devices = homes.expected_vitals() | {
                name: ["glucose_sensor"] for name in bedsides.names(self._chosen.sensors)
            }
            await asyncio.to_thread(stack.start_servers, devices)
            link = Link(("127.0.0.1", stack.place("service").port("http")))
            await link.restore(stack.link_port)
            await asyncio.to_thread(stack.start_gateway, *GATEWAY_PROCESSES)
            self._tell("the servers and the gateway answer")
            killing = Killing(stack, self._chosen.seed, self._tell)
            await self._live(stack, killing, link)
            produced = await asyncio.to_thread(readings, self._logs)
            left_out = still_open([one for one in produced if one.sent]) if self._chosen.short else set()
            await self._drain(stack, produced, left_out)
            await self._hear(phone, produced)
            dead = await dead_letters(stack)
            outcome = await asyncio.to_thread(self._judge, stack, produced, left_out, phone, killing)
            await link.cut()
        phone.close()
        complaints = [f"{count} messages were set aside in {queue}" for queue, count in dead.items()]
        return Outcome(result=outcome.result, complaints=[*outcome.complaints, *complaints])

    async def _live(self, stack: Stack, killing: Killing, link: Link) -> None:
        simulators = [spawn(*launch) for launch in self._simulators(stack)]
        try:
            await until(self._published, "the simulators publish", PUBLISHES_WITHIN)
            self._tell(f"the simulators publish; {self._chosen.kills} kills follow")
            cutting = asyncio.create_task(killing.cut(link))
            plan = kills.schedule(self._chosen.kills, self._chosen.seed)
            async with asyncio.TaskGroup() as victims:
                for victim, its in plan.items():
                    victims.create_task(killing.pursue(victim, its))
            cutting.cancel()
            await asyncio.gather(cutting, return_exceptions=True)
            for victim in plan:
                await killing.back(victim)
            self._tell(f"{self._chosen.kills} kills done, the link was cut {killing.cuts} times; the simulators end")
            await self._end(simulators)
        finally:
            for simulator in simulators:
                if simulator.poll() is None:
                    simulator.kill()

    def _simulators(self, stack: Stack) -> list[tuple[Any, Path, Path]]:
        chosen, logs = self._chosen, stack.directory / "logs"
        start = datetime.fromtimestamp(time.time() - REPLAY_HOURS * 3600, UTC).isoformat(timespec="seconds")
        replay = stack.simulator(
            *("simulators", "home", "--gateway", GATEWAY, "--patient-seed", str(chosen.seed)),
            *("--speed", str(chosen.speed), "--start", start, "--duration", f"{REPLAY_HOURS - 1}h"),
            *("--episodes", EPISODES, "--repeat", REPEAT, "--log", str(self._logs[0])),
        )
        sensors = stack.simulator(
            *("bench.bedsides", "--log", str(self._logs[1]), "--seed", str(chosen.seed)),
            *("--sensors", str(chosen.sensors), "--spread", "25" if chosen.short else "130"),
            *(("--abrupt",) if chosen.short else ()),
        )
        names = ("replayed", "bedsides")
        return [
            (launch, stack.directory, logs / f"{name}.log")
            for name, launch in zip(names, (replay, sensors), strict=True)
        ]

    async def _published(self) -> bool:
        return all(log.exists() and log.stat().st_size for log in self._logs)

    async def _end(self, simulators: list[subprocess.Popen[bytes]]) -> None:
        for simulator in simulators:
            if simulator.poll() is None:
                simulator.send_signal(signal.SIGTERM)

        async def ended() -> bool:
            return all(simulator.poll() is not None for simulator in simulators)

        await until(ended, "the simulators end", SIMULATORS_END_WITHIN)
        if any(simulator.returncode for simulator in simulators):
            raise Unmeasured("the simulators: expected every message acknowledged by the broker, some were not")

    async def _drain(self, stack: Stack, produced: list[Produced], left_out: set[Any]) -> None:
        windows = expected_windows(one for one in produced if one.sent)
        self._tell(f"{len(produced)} readings were produced; waiting until nothing is on its way")
        await drained(stack, self._tell, left_uncut=sum(windows[key].counts.total() for key in left_out))

    async def _hear(self, phone: Phone, produced: list[Produced]) -> None:
        """Until every SMS has come, or none comes any more; which of the two is judged later."""
        expected = calls.alarms(produced)

        async def all_came() -> bool:
            return not calls.compared(GATEWAY, expected, [one.text for one in phone.messages]).missing

        try:
            await until(all_came, "every SMS reaches the phone", SMS_WITHIN)
        except Unmeasured as sentence:
            self._tell(str(sentence))

    def _judge(
        self, stack: Stack, produced: list[Produced], left_out: set[Any], phone: Phone, killing: Killing
    ) -> Outcome:
        sent = [one for one in produced if one.sent]
        expected = {key: content for key, content in expected_windows(sent).items() if key not in left_out}
        times = [one.at for one in produced]
        begin, end = (
            min(times) // HOUR * HOUR - HOUR,
            max(*times, time.time_ns() // 1_000_000) // HOUR * HOUR + 2 * HOUR,
        )
        store = stored.Store(stack.place("prometheus").url(), GATEWAY, begin, end)
        windows, total = store.windows(), store.total()
        found = compared(expected, windows)
        called = calls.compared(GATEWAY, calls.alarms(produced), [one.text for one in phone.messages])
        off = [one for one in produced if not one.sent]
        result = {
            "produced": sum(one.counts.total() for one in expected.values()) + len(off),
            "stored": total,
            "lost": found.lost,
            "duplicated": found.duplicated,
            "wrong_windows": found.wrong_windows,
            "on_air": on_air(off),
            "kills": killing.by_step.total(),
            "kills_by_step": dict(sorted(killing.by_step.items())),
            "sms_expected": called.expected,
            "sms_sent": called.sent,
            "sms_repeated": called.repeated,
            "seed": self._chosen.seed,
        }
        stragglers = sum(one.stragglers.counts.total() for one in windows.values())
        self._tell(f"{len(windows)} windows read back, {stragglers} stragglers among {total} readings")
        raw = sum((one.counts + one.stragglers.counts).total() for one in windows.values())
        return Outcome(result=result, complaints=complaints(found, called, result, raw))


def on_air(off: Sequence[Produced]) -> list[dict[str, Any]]:
    """What was dropped, in stretches that are more than two seconds apart."""
    stretches: list[list[float]] = []
    for at in sorted(one.logged for one in off):
        if not stretches or at - stretches[-1][-1] > 2:
            stretches.append([])
        stretches[-1].append(at)
    return [{"from": _iso(one[0]), "until": _iso(one[-1]), "readings": len(one)} for one in stretches]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def complaints(found: Differences, called: calls.Calls, result: Mapping[str, Any], raw: int) -> list[str]:
    """What is wrong, in sentences; nothing where all is well."""
    sentences = []
    if found.lost or found.duplicated or found.wrong_windows:
        counts = f"{found.lost} lost, {found.duplicated} duplicated, {found.wrong_windows} windows wrong"
        sentences.append(f"{counts}; the first: {found.first}")
    if raw != result["stored"]:
        sentences.append(f"the store adds up {result['stored']} readings, its samples read one by one are {raw}")
    if called.missing:
        first = called.missing[0]
        sentences.append(f"{len(called.missing)} SMS missing; the first: {first.device} low at {first.lows[0]}")
    if called.odd:
        sentences.append(f"{len(called.odd)} SMS that no alarm in the log explains: {', '.join(called.odd)}")
    allowed = result["kills_by_step"].get(HANDED, 0)
    if called.repeated > allowed:
        sentences.append(f"{called.repeated} SMS repeated, expected at most {allowed}: the kills at «{HANDED}»")
    return sentences
