"""Requests as uplink makes them, many thousands: up to 48 series of one gateway, its windows minute by minute.

Sample n of a gateway is of minute n // 48 and series n % 48, so a body is the next samples of its gateway. Made from
columns, for uplink's own encoding would take longer than the measurement; a test holds the two to the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cramjam
import numpy as np
from numpy.typing import NDArray

from chevet import metrics
from chevet.remote_write import Series, encode_labels, series
from chevet.vitals import BY_KEY

GATEWAYS = 1000
MINUTE = 60_000
READINGS = 6.0
WORN = (
    ("oximeter", "heart_rate"),
    ("oximeter", "oxygen_saturation"),
    ("strap", "heart_rate"),
    ("strap", "respiratory_rate"),
    ("watch", "heart_rate"),
    ("watch", "activity"),
    ("mattress", "heart_rate"),
    ("mattress", "respiratory_rate"),
    ("mattress", "activity"),
    ("patch", "heart_rate"),
    ("patch", "respiratory_rate"),
    ("patch", "oxygen_saturation"),
)
"""Twelve vitals of five devices, four series each: mean, lowest, highest and number of readings of a minute."""
SUFFIXES = (metrics.MEAN, metrics.LOW, metrics.HIGH, metrics.READINGS)
SERIES = len(WORN) * len(SUFFIXES)
SAMPLE = np.dtype([("head", "V3"), ("value", "<f8"), ("tag", "u1"), ("time", "V6")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """`count` bodies of `size` samples from `start` (ms since 1970): a turn of the gateways, then each its next."""

    prefix: str
    start: int
    size: int
    count: int

    def gateway(self, number: int) -> str:
        """Whose the body of that number is."""
        return gateway(self.prefix, number % GATEWAYS)

    def samples_of(self, gateway: int) -> int:
        """How many of its samples a gateway sends in all."""
        return len(range(gateway, self.count, GATEWAYS)) * self.size

    @property
    def end(self) -> int:
        """The minute behind the last window."""
        return self.start + (-(-self.samples_of(0) // SERIES) + 1) * MINUTE


def gateway(prefix: str, number: int) -> str:
    """The name of a gateway of the fleet."""
    return f"{prefix}{number:04}"


def labels(gateway: str) -> list[tuple[tuple[str, str], ...]]:
    """Of each of the 48 series of a gateway."""
    found = []
    for device, vital in WORN:
        for suffix in SUFFIXES:
            own = {metrics.GATEWAY: gateway, metrics.DEVICE: device}
            quality = {metrics.QUALITY: "good"} if suffix == metrics.READINGS else {}
            found.append(series(BY_KEY[vital].metric + suffix, own | quality).labels)
    return found


def values(gateway: int, samples: NDArray[np.int64]) -> NDArray[np.float64]:
    """The value of each of these samples of a gateway: means of six readings, whole extremes, six readings."""
    kind, minute = samples % len(SUFFIXES), samples // SERIES
    mixed = (samples * 2_654_435_761 + gateway * 40_503) >> 9  # as irregular as patients are, for snappy's sake
    middle = 30 + mixed % 240 / READINGS
    of_kind = (middle, np.floor(middle) - mixed % 5, np.ceil(middle) + minute % 7, np.full(len(samples), READINGS))
    return np.choose(kind, of_kind)


def series_of(sweep: Sweep, number: int) -> list[Series]:
    """The series of one body, one by one."""
    owner, samples = number % GATEWAYS, _samples(sweep, number)
    named = labels(sweep.gateway(number))
    found: dict[int, list[tuple[int, float]]] = {}
    for sample, value in zip(samples.tolist(), values(owner, samples).tolist(), strict=True):
        found.setdefault(sample % SERIES, []).append((_time(sweep, sample), value))
    return [Series(named[which], tuple(points)) for which, points in found.items()]


def bodies(sweep: Sweep) -> Iterator[bytes]:
    """The bodies of a sweep, packed."""
    named = [[encode_labels(one) for one in labels(gateway(sweep.prefix, number))] for number in range(GATEWAYS)]
    for number in range(sweep.count):
        owner, samples = number % GATEWAYS, _samples(sweep, number)
        if owner == 0:
            # The times of a turn are the same for every gateway; by series, in the order in which each first comes.
            order = np.argsort((samples - samples[0]) % SERIES, kind="stable")
            columns = _columns(sweep, samples[order])
            ends = np.cumsum(np.bincount((samples - samples[0]) % SERIES)) * SAMPLE.itemsize
            which = [int(one) for one in samples[: len(ends)] % SERIES]
        columns["value"] = values(owner, samples[order])
        yield bytes(cramjam.snappy.compress_raw(_request(named[owner], which, columns.tobytes(), ends.tolist())))


def _samples(sweep: Sweep, number: int) -> NDArray[np.int64]:
    first = number // GATEWAYS * sweep.size
    return np.arange(first, first + sweep.size)


def _time(sweep: Sweep, sample: int) -> int:
    return sweep.start + (sample // SERIES + 1) * MINUTE


def _columns(sweep: Sweep, samples: NDArray[np.int64]) -> NDArray[np.void]:
    made = np.zeros(len(samples), SAMPLE)
    made["head"], made["tag"] = b"\x12\x10\x09", 0x10
    times = sweep.start + (samples // SERIES + 1) * MINUTE
    septets = (times[:, None] >> (7 * np.arange(6))) & 0x7F
    septets[:, :5] |= 0x80
    made["time"] = np.ascontiguousarray(septets.astype(np.uint8)).view("V6")[:, 0]
    return made


def _request(named: list[bytes], which: list[int], samples: bytes, ends: list[int]) -> bytes:
    out, begin = [], 0
    for series_number, end in zip(which, ends, strict=True):
        content = named[series_number] + samples[begin:end]
        low, high = len(content) & 0x7F, len(content) >> 7
        out += [b"\x0a", bytes((low | 0x80, high)) if high else bytes((low,)), content]
        begin = end
    return b"".join(out)
