"""What a patient's gateway sends in some minutes: batches of the windows it cut, and newest values every few seconds.

Devices measure as the catalogue says, windows are cut by the gateway's own code and bodies packed by it. Now and then a
reading comes minutes late and travels alone. Pure: nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chevet import windows
from chevet.readings import Reading
from chevet.remote_write import Series
from chevet.windows import Cut, Cutter
from chevet.zigbee import values_of
from exporters.gateway.uplink.batches import MOST_SAMPLES, Point, compressed, grouped
from exporters.gateway.uplink.latest import Newest
from simulators.devices import DEVICES
from simulators.patients import patient
from simulators.payloads import reports

FRESH_SECONDS = 5.0
"""How often uplink sends the newest values."""
BATCH_SECONDS = 60.0
"""How long a window waits at most for its batch to fill."""
STRAGGLES = 200
"""One reading of so many is late, by LATE_SECONDS."""
LATE_SECONDS = 150.0
APART = 31
"""Patients begin to count at different numbers, so that not all have a late reading at once."""
FIRST_SEED = 5000
ENDLESS = 10**6


@dataclass(frozen=True, slots=True)
class Request:
    """A body, due at `at` seconds since 1970 of the patient's time."""

    at: float
    body: bytes
    series: tuple[Series, ...]

    @property
    def samples(self) -> int:
        """How many are in it."""
        return sum(len(one.samples) for one in self.series)


def shift(gateway: str, number: int, start: float, seconds: float) -> list[Request]:
    """Everything that the gateway of the patient of this number sends about [start, start + seconds)."""
    arriving = sorted(_arrivals(_readings(gateway, number, start, start + seconds), number))
    end = start + seconds
    requests: list[Request] = []
    cutter, newest, cuts = Cutter(), Newest(lambda: end), []
    at = start + FRESH_SECONDS * (number % 97) / 97  # not all at the same moment
    sent, place = at, 0
    while at < end + FRESH_SECONDS:
        while place < len(arriving) and arriving[place][0] <= at:
            arrived, _, reading = arriving[place]
            cuts += cutter.add(reading, arrived)
            newest.offer(reading)
            place += 1
        requests += _fresh(newest, at)
        if at - sent >= BATCH_SECONDS:
            requests += _batches(cuts, at)
            cuts, sent = [], at
        at += FRESH_SECONDS
    cuts += cutter.at(end + ENDLESS)  # the shift ends here: nothing may stay in an open window
    for arrived, _, reading in arriving[place:]:
        cuts += cutter.add(reading, arrived)
    return [*requests, *_batches(cuts, at)]


def _readings(gateway: str, number: int, start: float, end: float) -> Iterator[Reading]:
    body = patient(FIRST_SEED + number)
    for sequence, report in enumerate(reports(DEVICES, body, start, end)):
        for vital, value, quality in values_of(report.device.row, report.payload):
            yield Reading(
                gateway=gateway,
                device=report.device.name,
                vital=vital,
                value=value,
                measured_at=report.payload["last_seen"],
                segment="simulated",
                run="simulated",
                sequence=sequence,
                quality=quality,
                origin="bench",
            )


def _arrivals(readings: Iterable[Reading], first: int) -> Iterator[tuple[float, int, Reading]]:
    for number, reading in enumerate(readings, first * APART):
        late = LATE_SECONDS if number % STRAGGLES == 0 else 0.0
        yield reading.measured_at / 1000 + late, number, reading


def _fresh(newest: Newest, at: float) -> Iterator[Request]:
    if readings := newest.unsent(MOST_SAMPLES):
        newest.sent(readings)
        yield _request(at, [windows.latest(reading) for reading in readings])


def _batches(cuts: Iterable[Cut], at: float) -> Iterator[Request]:
    points: list[Point] = [(one.labels, time, value) for one in windows.to_series(cuts) for time, value in one.samples]
    for first in range(0, len(points), MOST_SAMPLES):
        yield _request(at, grouped(points[first : first + MOST_SAMPLES]))


def _request(at: float, series: Sequence[Series]) -> Request:
    return Request(at, compressed(series), tuple(series))
