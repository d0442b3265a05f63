"""A WriteRequest in the one form that encoders give it: its samples in columns without unpacking any. Pure.

Uplink's bodies are such: a series is its labels, then its samples, and a sample is 18 bytes (`12 10`, `09` and the
double, `10` and a time of six bytes, as all times from 1971 to 2109 are), or 9 where the value is zero and left out.
Whatever looks otherwise is read field by field, as every protobuf is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SERIES, LABEL = 0x0A, 0x0A
LONG, SHORT = 18, 9
_ZERO = b"\x12\x10\x09" + bytes(8)
_HEAD, _HEAD_BITS = np.uint64(0x09_10_12), np.uint64(0xFF_FF_FF)
# Behind the double: the tag of the time, five bytes that go on and one that does not.
_TIME, _TIME_BITS = np.uint64(0x00_80_80_80_80_80_10_00), np.uint64(0x80_80_80_80_80_80_FF_00)


class Columns(NamedTuple):
    """Samples one after the other; what stands in the place of one that is not in the `form` means nothing."""

    form: NDArray[np.bool_]
    times: NDArray[np.int64]
    values: NDArray[np.float64]


def columns(raw: bytes) -> Columns:
    """The samples of bytes of which each 18 are one."""
    count = len(raw) // LONG
    heads: NDArray[np.uint64] = np.ndarray((count,), "<u8", raw, 0, (LONG,))
    tails: NDArray[np.uint64] = np.ndarray((count,), "<u8", raw, 10, (LONG,))
    form = ((heads & _HEAD_BITS) == _HEAD) & ((tails & _TIME_BITS) == _TIME)
    values: NDArray[np.float64] = np.ndarray((count,), "<f8", raw, 3, (LONG,)).copy()
    return Columns(form, _times(tails >> np.uint64(16)), values)


def _times(varints: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Six bytes of seven bits each, put together: by pairs, then by pairs of pairs."""
    pairs = (varints & np.uint64(0x7F_007F_007F)) | ((varints & np.uint64(0x7F00_7F00_7F00)) >> np.uint64(1))
    low, middle = pairs & np.uint64(0x3FFF), (pairs >> np.uint64(16)) & np.uint64(0x3FFF)
    times: NDArray[np.int64] = (low | (middle << np.uint64(14)) | ((pairs >> np.uint64(32)) << np.uint64(28))).view(
        "<i8"
    )
    return times


def lengthened(samples: bytes) -> bytes:
    """The same samples, each of 18 bytes: a zero that was left out is written out. Empty where one is otherwise."""
    parts, position = [], 0
    while position < len(samples):
        head = samples[position : position + 3]
        if head == b"\x12\x07\x10":
            parts += [_ZERO, samples[position + 2 : position + SHORT]]
            position += SHORT
        elif head == b"\x12\x10\x09":
            parts.append(samples[position : position + LONG])
            position += LONG
        else:
            return b""
    whole = b"".join(parts)
    return whole if len(whole) % LONG == 0 else b""


@lru_cache(maxsize=4096)
def opening(length: int) -> bytes:
    """What stands before a series of so many bytes."""
    out = bytearray((SERIES,))
    while length > 0x7F:
        out.append(length & 0x7F | 0x80)
        length >>= 7
    out.append(length)
    return bytes(out)
