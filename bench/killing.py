"""Carries the schedule of kills out, on processes that a supervisor starts again; and cuts and restores the link."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from bench.deadlines import until
from bench.errors import Unmeasured
from bench.handovers import under_way
from bench.kills import ANYWHERE, HANDED, Kill
from bench.progress import Tell
from bench.stack import HOME, Stack
from provisioning.local import homes
from provisioning.local.process import Process
from provisioning.page.link import Link

TAKING: Mapping[str, str] = MappingProxyType({"zigbee2mqtt": "intake", "zigpy": "radio"})
"""Which process takes what sensors say, by driver."""
GATEWAY_PROCESSES = ("intake", "urgent", "uplink")
LIVES = {"rabbitmq": (24.0, 38.0), "service": (12.0, 24.0)}
USUAL_LIFE = (8.0, 18.0)
"""Seconds that a victim works after each start, before it is the next one's turn."""

BACK_WITHIN = 180.0
STEP_WITHIN = 120.0
UP, DOWN = (12.0, 30.0), (3.0, 10.0)
"""Seconds that the link stands and is cut."""


class Killing:
    """`by_step` counts what was done, `caught` the SMS that were between hand-over and record when urgent died."""

    def __init__(self, stack: Stack, seed: int, tell: Tell) -> None:
        self._stack, self._random, self._tell = stack, random.Random(seed), tell
        self.by_step: Counter[str] = Counter()
        self.cuts = 0
        self.caught = 0

    async def pursue(self, victim: str, kills: Iterable[Kill]) -> None:
        """One victim, from its first kill to the last, each after it has come back from the one before."""
        process = self._stack.supervisor.processes[_row(victim)]
        for kill in kills:
            await self.back(victim)
            await asyncio.sleep(self._random.uniform(*LIVES.get(victim, USUAL_LIFE)))  # its life, not a wait
            done = await self._kill(process, kill)
            self.by_step[done.name] += 1
            self._tell(f"{victim} died ({done.step or 'anywhere'}): kill {self.by_step.total()}")

    async def back(self, victim: str) -> None:
        """Until it answers again."""
        process = self._stack.supervisor.processes[_row(victim)]

        async def answers() -> bool:
            return await asyncio.to_thread(process.row.ready, process.place)

        await until(answers, f"{victim} answers again", BACK_WITHIN)

    async def _kill(self, process: Process, kill: Kill) -> Kill:
        """What was done: a process that never passes the step in time dies anywhere."""
        before = process.restarts
        done = kill
        if not kill.step or not await self._dies_at(process, kill, before):
            os.kill(process.pid, signal.SIGKILL)
            await self._came_back(process, before)
            done = Kill(victim=kill.victim, step=ANYWHERE)
        if kill.victim == "urgent":  # which is back, but has not yet read its state
            caught = await asyncio.to_thread(under_way, self._stack.state)
            self.caught += caught
            done = Kill(victim=kill.victim, step=HANDED) if caught and not done.step else done
        return done

    async def _dies_at(self, process: Process, kill: Kill, before: int) -> bool:
        armed = self._stack.armed(kill.victim)
        await asyncio.to_thread(_write_whole, armed, kill.step)
        try:
            await self._came_back(process, before, STEP_WITHIN)
        except Unmeasured:
            self._tell(f"{kill.victim} has not passed {kill.step} for {STEP_WITHIN:.0f} s")
            armed.unlink(missing_ok=True)
            return process.restarts > before
        return True

    async def _came_back(self, process: Process, before: int, seconds: float = BACK_WITHIN) -> None:
        async def started_again() -> bool:
            return process.restarts > before

        await until(started_again, f"{process.row.name} is started again", seconds)

    async def cut(self, link: Link) -> None:
        """Cut the link and restore it, again and again, until cancelled; then it stands."""
        try:
            while True:
                await asyncio.sleep(self._random.uniform(*UP))
                await link.cut()
                self.cuts += 1
                await asyncio.sleep(self._random.uniform(*DOWN))
                await link.restore()
        finally:
            await link.restore()


def _row(victim: str) -> str:
    return f"{HOME.gateway}-{victim}" if victim in (*GATEWAY_PROCESSES, homes.RADIO.name) else victim


def process_rows() -> dict[str, str]:
    """The rows of the gateway's processes, by process."""
    return {one.name: homes.row_name(HOME, one.name) for one in homes.PROCESSES if one.name in GATEWAY_PROCESSES}


def _write_whole(armed: Path, step: str) -> None:
    draft = armed.with_suffix(".draft")
    draft.write_text(step)
    draft.replace(armed)
