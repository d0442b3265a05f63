"""Gateways that do not exist, straight into ingest: windows cut as gateways cut them, without a broker or a disk.

A body is a function of time, so nothing has to be kept while the service is away: time is simply not moved on, and the
same bytes are sent until they are taken.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import cramjam

from chevet import windows
from chevet.readings import Quality, Reading
from chevet.remote_write import Series, encode
from chevet.windows import Cutter
from chevet.zigbee import values_of
from simulators.payloads import reports
from simulators.residents import Resident
from simulators.service import Service
from simulators.stopping import until_told

LONGEST_STEP = 600.0
"""Seconds of a patient's time in one batch, when there is something to catch up with."""
LONGEST_PAUSE = 60.0
_JUST_BEFORE = 0.0005
WINDOW_SECONDS = 60


@dataclass(slots=True)
class Ward:
    """One gateway with its patient. `at`: everything measured up to then is in batches that were taken."""

    resident: Resident
    at: float
    cutter: Cutter = field(default_factory=Cutter)
    samples: int = 0
    quarantined: int = 0
    waiting_since: float | None = None
    _sequence: int = 0

    def __post_init__(self) -> None:
        # From the edge of a window: then a window that is sent again after a restart has the same value again.
        self.at = self.at // WINDOW_SECONDS * WINDOW_SECONDS - _JUST_BEFORE

    def step(self, until: float) -> list[Series]:
        """Move on to `until` (seconds since 1970): the windows that closed, and the newest good values."""
        newest: dict[tuple[str, str], Reading] = {}
        cuts: list[windows.Cut] = []
        for reading in self._readings(until):
            cuts += self.cutter.add(reading, reading.measured_at / 1000)
            if reading.quality is Quality.GOOD:
                newest[reading.device, reading.vital] = reading
        cuts += self.cutter.at(until)
        self.at = until
        return [*windows.to_series(cuts), *(windows.latest(reading) for reading in newest.values())]

    def _readings(self, until: float) -> Iterable[Reading]:
        for report in reports(self.resident.devices, self.resident.body, self.at, until):
            for vital, value, quality in values_of(report.device.row, report.payload):
                self._sequence += 1
                yield Reading(
                    gateway=self.resident.gateway,
                    device=report.device.name,
                    vital=vital,
                    value=value,
                    measured_at=report.payload["last_seen"],
                    segment="simulated",
                    run="simulated",
                    sequence=self._sequence,
                    quality=quality,
                    origin="simulators",
                )


async def attend(
    ward: Ward,
    service: Service,
    every: float,
    stopping: asyncio.Event,
    said: Callable[[str], None],
    clock: Callable[[], float] = time.time,
) -> None:
    """Send what `ward` measures, each `every` seconds, until told to stop; the batch under way is finished first."""
    while not stopping.is_set():
        until = min(clock(), ward.at + LONGEST_STEP)
        series = ward.step(until)
        if series:
            await _hand_over(ward, service, series, stopping, said)
        await until_told(0 if clock() - ward.at > every else every, stopping)


async def _hand_over(
    ward: Ward, service: Service, series: list[Series], stopping: asyncio.Event, said: Callable[[str], None]
) -> None:
    batch = f"{ward.resident.gateway}-{round(ward.at * 1000)}"
    body = bytes(cramjam.snappy.compress_raw(encode(series)))
    pause = 0.0
    while True:
        taken = await service.post(batch, body)
        if taken.sentence and ward.waiting_since is None:
            said(f"{ward.resident.gateway}: {taken.sentence}")
        if taken.done:
            ward.waiting_since = None
            ward.quarantined += taken.quarantined
            ward.samples += 0 if taken.sentence else sum(len(one.samples) for one in series)
            return
        ward.waiting_since = ward.waiting_since or time.monotonic()
        if stopping.is_set():
            said(f"{ward.resident.gateway}: batch {batch} was not taken")
            return
        pause = max(taken.pause, min(2 * pause, LONGEST_PAUSE))
        await until_told(pause, stopping)
