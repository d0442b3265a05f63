"""Samples as Prometheus keeps them in a chunk: Gorilla's XOR encoding, at most 120 of them, and its checksum. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

IN_A_CHUNK = 120
_POLYNOMIAL = 0x82F63B78
_NO_LEADING = 255
_WORD = (1 << 64) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """From the first to the last time in milliseconds, and the bytes of the encoding."""

    first: int
    last: int
    samples: int
    data: bytes


def chunks(times: Sequence[int], values: Sequence[float]) -> Iterator[Chunk]:
    """`times` in milliseconds, rising."""
    words = np.asarray(values, dtype=np.float64).view(np.uint64).tolist()
    for start in range(0, len(words), IN_A_CHUNK):
        yield _chunk(times[start : start + IN_A_CHUNK], words[start : start + IN_A_CHUNK])


def _chunk(times: Sequence[int], words: Sequence[int]) -> Chunk:
    bits = _Bits()
    bits.put(len(times), 16)
    bits.put_bytes(signed(times[0]))
    bits.put(words[0], 64)
    step = 0
    for place in range(1, len(times)):
        before, step = step, times[place] - times[place - 1]
        if place == 1:
            bits.put_bytes(unsigned(step))
        else:
            bits.put_step(step - before)
        bits.put_word(words[place] ^ words[place - 1])
    return Chunk(first=times[0], last=times[-1], samples=len(times), data=bits.bytes())


class _Bits:
    """What was put so far, and how the last word that differed was framed."""

    def __init__(self) -> None:
        self._all, self._length = 0, 0
        self._leading, self._trailing = _NO_LEADING, 0

    def put(self, value: int, length: int) -> None:
        self._all = self._all << length | value & ((1 << length) - 1)
        self._length += length

    def put_bytes(self, data: bytes) -> None:
        self.put(int.from_bytes(data, "big"), 8 * len(data))

    def put_step(self, change: int) -> None:
        """By how much the step between two times changed."""
        if change == 0:
            self.put(0, 1)
            return
        for mark, marked, length in ((0b10, 2, 14), (0b110, 3, 17), (0b1110, 4, 20), (0b1111, 4, 64)):
            if -(1 << length - 1) < change <= 1 << length - 1:
                self.put(mark, marked)
                self.put(change, length)
                return

    def put_word(self, differing: int) -> None:
        """The bits in which a value differs from the one before."""
        if differing == 0:
            self.put(0, 1)
            return
        leading = min(31, 64 - differing.bit_length())
        trailing = (differing & -differing).bit_length() - 1
        if self._leading != _NO_LEADING and leading >= self._leading and trailing >= self._trailing:
            self.put(0b10, 2)
        else:
            self._leading, self._trailing = leading, trailing
            self.put(0b11, 2)
            self.put(leading, 5)
            self.put(64 - leading - trailing, 6)
        self.put(differing >> self._trailing, 64 - self._leading - self._trailing)

    def bytes(self) -> bytes:
        filled = -self._length % 8
        return (self._all << filled).to_bytes((self._length + filled) // 8, "big")


def unsigned(value: int) -> bytes:
    """As a varint: seven bits a byte, the lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def signed(value: int) -> bytes:
    """As a varint in zigzag."""
    return unsigned((value << 1 ^ value >> 63) & _WORD)


def checksum(data: bytes) -> bytes:
    """CRC-32C, big-endian."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[crc & 0xFF ^ byte] ^ crc >> 8
    return struct.pack(">I", crc ^ 0xFFFFFFFF)


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = tuple(_entry(byte) for byte in range(256))
