"""Raw acceleration in a sensor's message to activity and falls; what is not yet one is kept beside the spool.

The state of each sensor is written in the transaction that takes its message in: a kill counts nothing twice and loses
nothing, and raw samples never travel further. It counts on a clock of its own that no step of the wall clock moves, or
a step within the 30 s after an impact would hide the fall.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from chevet.acceleration import MOST_SAMPLES, PERIOD, Block, Samples
from chevet.activity import Measured, Reducer, measured
from chevet.errors import BadBlock, expected
from chevet.readings import is_finite_number
from chevet.segments import clock_of
from chevet.steady import Steady
from chevet.zigbee import DeviceModel

VERSION = 2
"""Of the state's shape; a state of another one is begun anew."""

NO_SAMPLE = -0x8000
"""What a 16-bit axis says that has none."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accelerations (device TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL)
"""


@dataclass(slots=True)
class _Sensor:
    """`kept` is what is on disk of it; `steady` None before a segment was known."""

    kept: str = ""
    reducer: Reducer = field(default_factory=Reducer)
    steady: Steady | None = None

    def load(self, kept: str) -> None:
        state = json.loads(kept)
        self.reducer.load(state["reducer"])
        self.kept, self.steady = kept, Steady(**state["steady"]) if state["steady"] else None

    def dumped(self) -> str:
        steady = asdict(self.steady) if self.steady else None
        return json.dumps({"reducer": self.reducer.dump(), "steady": steady}, separators=(",", ":"))

    def stepped(self, segment: str) -> int:
        """How far the clock of the segment is ahead of its own, which begins anew with each boot."""
        clock = clock_of(segment)
        if clock is not None and (self.steady is None or self.steady.boot != clock[0]):
            self.steady = Steady(boot=clock[0], ahead=clock[1])
        return self.steady.stepped(segment) if self.steady else 0


class Accelerations:
    """The accelerometers of a gateway, in the database of a spool. `reduce` only inside a transaction of the spool."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._sensors: dict[str, _Sensor] = {}
        database.execute(_SCHEMA)

    def reduce(self, device: str, block: Block, segment: str) -> list[Measured]:
        """What `block` completes, by the clock of `segment`, which stamped it; nothing when it came before."""
        sensor = self._sensor(device)
        by = sensor.stepped(segment)
        ended = sensor.reducer.step(replace(block, at=max(0, block.at - by)))
        sensor.kept = sensor.dumped()
        self._database.execute("INSERT OR REPLACE INTO accelerations VALUES (?, ?, ?)", (device, VERSION, sensor.kept))
        self._sensors[device] = sensor
        return [replace(one, at=max(0, one.at + by)) for one in map(measured, ended)]

    def _sensor(self, device: str) -> _Sensor:
        """The one at hand where its state is still what is on disk, which it is not after a transaction was undone."""
        query = "SELECT state FROM accelerations WHERE device = ? AND version = ?"
        on_disk = self._database.execute(query, (device, VERSION)).fetchone()
        sensor = self._sensors.pop(device, None) or _Sensor()
        if on_disk is None:
            return _Sensor()
        if sensor.kept != on_disk[0]:
            sensor.load(on_disk[0])
        return sensor


def block_of(model: DeviceModel, payload: Mapping[str, Any], sent_at: int) -> Block | None:
    """The samples in `payload`, None where it has none. They are rows of milli-g, or their bytes in base64.

    The last was taken just before the message was sent, at `sent_at` (milliseconds). Raises BadBlock.
    """
    if not model.acceleration or model.acceleration not in payload:
        return None
    sent = payload[model.acceleration]
    samples = from_bytes(_bytes(sent)) if isinstance(sent, str) else from_rows(sent)
    first = payload.get(model.count)
    if not isinstance(first, int) or isinstance(first, bool):
        raise BadBlock(expected(model.count, "the count of the first sample", first), field=model.count)
    return Block(first=first, at=max(0, sent_at - PERIOD * len(samples)), samples=samples)


def from_bytes(raw: bytes) -> Samples:
    """Samples in g from little-endian 16-bit x, y and z in milli-g, as radios carry them. Raises BadBlock."""
    if not raw or len(raw) % 6 or len(raw) > 6 * MOST_SAMPLES:
        raise BadBlock(
            expected("samples", f"6 bytes for each of 1 to {MOST_SAMPLES} samples", len(raw)), field="samples"
        )
    rows = np.frombuffer(raw, dtype="<i2").reshape(-1, 3)
    return np.where((rows == NO_SAMPLE).any(axis=1, keepdims=True), np.nan, rows / 1000)


def from_rows(rows: object) -> Samples:
    """Samples in g from rows of x, y and z in milli-g; null is a sample that was not taken. Raises BadBlock."""
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_SAMPLES:
        raise BadBlock(expected("samples", f"1 to {MOST_SAMPLES} rows, or base64", rows), field="samples")
    return np.array([_row(row) for row in rows], dtype=np.float64) / 1000


def _row(row: object) -> list[float]:
    if row is None:
        return [np.nan] * 3
    if not isinstance(row, list) or len(row) != 3 or not all(is_finite_number(axis) for axis in row):
        raise BadBlock(expected("samples", "x, y and z in milli-g in each row", row), field="samples")
    return [float(axis) if abs(axis) < -NO_SAMPLE else np.nan for axis in row]


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadBlock(expected("samples", "base64", text), field="samples") from None
