"""Raw acceleration in a sensor's message to activity and falls; what is not yet one is kept beside the spool.

The state of each sensor is written in the transaction that takes its message in: a kill counts nothing twice and loses
nothing, and raw samples never travel further.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

import numpy as np

from chevet.acceleration import MOST_SAMPLES, PERIOD, Block, Samples
from chevet.activity import Measured, Reducer, measured
from chevet.errors import BadBlock, expected
from chevet.readings import is_finite_number
from chevet.zigbee import DeviceModel

VERSION = 1
"""Of the state's shape; a state of another one is begun anew."""

NO_SAMPLE = -0x8000
"""What a 16-bit axis says that has none."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accelerations (device TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL)
"""


class Accelerations:
    """The accelerometers of a gateway, in the database of a spool. `reduce` only inside a transaction of the spool."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._reducers: dict[str, tuple[str, Reducer]] = {}
        database.execute(_SCHEMA)

    def reduce(self, device: str, block: Block) -> list[Measured]:
        """What `block` completes; nothing when it came before."""
        reducer = self._reducer(device)
        found = [measured(one) for one in reducer.step(block)]
        state = json.dumps(reducer.dump(), separators=(",", ":"))
        self._database.execute("INSERT OR REPLACE INTO accelerations VALUES (?, ?, ?)", (device, VERSION, state))
        self._reducers[device] = state, reducer
        return found

    def _reducer(self, device: str) -> Reducer:
        """The one at hand where its state is still what is on disk, which it is not after a transaction was undone."""
        query = "SELECT state FROM accelerations WHERE device = ? AND version = ?"
        kept = self._database.execute(query, (device, VERSION)).fetchone()
        state, reducer = self._reducers.pop(device, ("", Reducer()))
        if kept is None:
            return Reducer()
        if state != kept[0]:
            reducer.load(json.loads(kept[0]))
        return reducer


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
