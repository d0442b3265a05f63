"""The ledger's simulators, as processes: a day replayed faster than real time, and the bedsides of now."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.deadlines import until
from bench.drained import metric
from bench.errors import Unmeasured
from bench.stack import GATEWAY, Stack
from chevet import metrics
from provisioning.local.process import spawn

EPISODES = "probe-off@12m,deep-desaturation@25m,tachycardia@40m,hypoglycaemia@55m,motion@80m"
REPEAT = "2h"
REPLAY_HOURS = 24
"""How long ago the replay begins: a gateway believes its clock no further back from its first start."""

PUBLISH_WITHIN = 60.0
END_WITHIN = 240.0


@dataclass(slots=True)
class Simulated:
    """Both, with their logs in `directory`. `short` spreads the episodes less, and ends in the middle of them."""

    stack: Stack
    directory: Path
    seed: int
    speed: float
    sensors: int
    short: bool
    air: str = ""
    """host:port of a simulated stick's air, where the sensors speak Zigbee."""
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def logs(self) -> tuple[Path, Path]:
        """What was published, a JSON line each."""
        return self.directory / "replayed.jsonl", self.directory / "bedsides.jsonl"

    async def start(self) -> None:
        """Until both publish."""
        commands = {"replayed": self._replayed(), "bedsides": self._bedsides()}
        if self.air:
            commands = {"airborne": self._airborne()}
        for name, command in commands.items():
            log = self.stack.directory / "logs" / f"{name}.log"
            self._processes.append(spawn(self.stack.simulator(*command), self.stack.directory, log))
        if self.air:
            await self._let_join()

        async def published() -> bool:
            return all(log.exists() and log.stat().st_size for log in self.logs)

        await until(published, "the simulators publish", PUBLISH_WITHIN)

    async def _let_join(self) -> None:
        """Until the gateway's stick is there; then its network is opened."""

        async def connected() -> bool:
            found = await asyncio.to_thread(metric, self.stack, "radio", metrics.RADIO_CONNECTED.name)
            return found == {"": 1}

        await until(connected, "the simulated stick is there", PUBLISH_WITHIN)
        os.kill(self.stack.pid(f"{GATEWAY}-radio"), signal.SIGUSR1)

    async def back(self) -> None:
        """Until what both publish is sent: a broker that was away let nobody in. Raises Unmeasured."""
        await until(self._sent, "the simulators are connected again", PUBLISH_WITHIN)

    async def _sent(self) -> bool:
        lines = [log.read_text().splitlines()[-1] for log in self.logs]
        return all(line.endswith("}") and json.loads(line)["sent"] for line in lines)

    async def end(self) -> None:
        """Until both have ended and the broker has acknowledged everything. Raises Unmeasured."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

        async def ended() -> bool:
            return all(process.poll() is not None for process in self._processes)

        await until(ended, "the simulators end", END_WITHIN)
        if any(process.returncode for process in self._processes):
            raise Unmeasured("the simulators: expected the broker to acknowledge every message, it did not")

    def kill(self) -> None:
        """End what still runs, after a failure."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()

    def _replayed(self) -> tuple[str, ...]:
        return ("simulators", "home", *self._life())

    def _life(self) -> tuple[str, ...]:
        start = datetime.fromtimestamp(time.time() - REPLAY_HOURS * 3600, UTC).isoformat(timespec="seconds")
        return (
            *("--gateway", GATEWAY, "--patient-seed", str(self.seed)),
            *("--speed", str(self.speed), "--start", start, "--duration", f"{REPLAY_HOURS - 1}h"),
            *("--episodes", EPISODES, "--repeat", REPEAT, "--log", str(self.logs[0])),
        )

    def _airborne(self) -> tuple[str, ...]:
        bedsides = ("--bedsides-log", str(self.logs[1]), "--sensors", str(self.sensors))
        spread = ("--spread", "25" if self.short else "130", *(("--abrupt",) if self.short else ()))
        return ("bench.airborne", "--listen", self.air, "--seed", str(self.seed), *bedsides, *spread, *self._life())

    def _bedsides(self) -> tuple[str, ...]:
        return (
            *("bench.bedsides", "--log", str(self.logs[1]), "--seed", str(self.seed)),
            *("--sensors", str(self.sensors), "--spread", "25" if self.short else "130"),
            *(("--abrupt",) if self.short else ()),
        )
