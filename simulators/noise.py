"""Noise as a function of seed, stream and place, with no state: any moment can be asked for first.

A numpy Generator would have to be run from the beginning to reach a moment; a hash (SplitMix64, Steele 2014) need not.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST_SHIFT, _TO_MANTISSA = np.uint64(31), np.uint64(11)


def uniform(seed: int, stream: str, index: ArrayLike) -> Values:
    """One number in [0, 1) for each whole number of `index`; streams are independent of one another."""
    key = np.array([(seed & 0xFFFFFFFF) << 32 | crc32(stream.encode())], dtype=np.uint64)
    place = np.atleast_1d(np.asarray(index)).astype(np.int64).astype(np.uint64)
    mixed = _mixed(_mixed(key) + place * _GOLDEN)
    numbers: Values = (mixed >> _TO_MANTISSA).astype(np.float64) / 2.0**53
    return numbers


def chance(seed: int, stream: str) -> float:
    """One number in [0, 1) that stands for the whole stream."""
    return float(uniform(seed, stream, 0)[0])


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, factor in _MIX:
        words = (words ^ (words >> shift)) * factor
    return words ^ (words >> _LAST_SHIFT)


def gaussian(seed: int, stream: str, index: ArrayLike) -> Values:
    """Standard normal numbers, by Box and Muller."""
    radius = np.sqrt(-2 * np.log1p(-uniform(seed, stream + "/radius", index)))
    numbers: Values = radius * np.cos(2 * np.pi * uniform(seed, stream + "/angle", index))
    return numbers


def smooth(seed: int, stream: str, at: Values, period: float) -> Values:
    """A wandering line within [-1, 1] that turns about once in `period` seconds."""
    place = at / period
    knot = np.floor(place)
    along = place - knot
    eased = along * along * (3 - 2 * along)
    left, right = uniform(seed, stream, knot), uniform(seed, stream, knot + 1)
    return 2 * (left + (right - left) * eased) - 1
