"""Judging at a glance bodies in which nothing is new and nothing is wrong: what `judge` would pass, or None. Pure.

`judge` is the one definition of what may go on. Here stand only questions that can be asked of all samples of many
bodies at once; where one of them is not answered with yes, the body is judged in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis_service.ingest.canonical import LONG, columns, opening
from analysis_service.ingest.cutting import Cut, written_out
from analysis_service.ingest.familiar import Pair
from analysis_service.ingest.refusals import Circumstances
from analysis_service.ingest.samples import FUTURE_MS, PAST_MS
from analysis_service.ingest.tolerances import stretches, within


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """`encoded` is a WriteRequest of all that came, stamped with its patient; `seen` the (device, vital) pairs."""

    encoded: bytes
    samples: int
    seen: frozenset[Pair]


def glance(many: Sequence[Cut]) -> list[Glance | None]:
    """What goes on of each body; None for one that must be judged in full."""
    return [
        _stamped(cut, patient) if patient is not None else _with_zeros(cut)
        for cut, patient in zip(many, _patients(many), strict=True)
    ]


def _with_zeros(cut: Cut) -> Glance | None:
    """Two zeros that were left out are as long as one sample; few bodies have any."""
    longer = written_out(cut)
    if longer is None:
        return None
    (patient,) = _patients([longer])
    return _stamped(longer, patient) if patient is not None else None


def _patients(many: Sequence[Cut]) -> list[str | None]:
    """Whose all of each body is; None where a sample cannot go on as it is, or is of somebody else."""
    whole = [b"".join(cut.parts) for cut in many]
    first = np.cumsum([0, *map(len, whole[:-1])]) // LONG
    read = columns(b"".join(whole))
    counts = np.array([len(part) for cut in many for part in cut.parts]) // LONG
    numbers = np.repeat(np.array([row.number for cut in many for row in cut.rows]), counts)
    good = read.form & _in_order(read.times, counts) & within(numbers, read.values)
    begins, ends = stretches(numbers, read.times)
    extremes = (
        np.minimum.reduceat(read.times, first),
        np.maximum.reduceat(read.times, first),
        np.minimum.reduceat(begins, first),
        np.maximum.reduceat(ends, first),
    )
    of_each = zip(many, np.logical_and.reduceat(good, first).tolist(), np.stack(extremes, 1).tolist(), strict=True)
    return [_patient(cut.known, *extreme) if passes else None for cut, passes, extreme in of_each]


def _in_order(times: NDArray[np.int64], counts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Of each time whether it is later than the one before in its series."""
    later = np.ones(len(times), np.bool_)
    later[1:] = times[1:] > times[:-1]
    later[np.cumsum(counts)[:-1]] = True
    return later


def _patient(known: Circumstances, earliest: int, latest: int, begins: int, ends: int) -> str | None:
    """With whom the gateway stood from `begins` to `ends`; None where a time is none of today."""
    if earliest < known.now - PAST_MS or latest > known.now + FUTURE_MS:
        return None
    for one in known.assignments:
        if one.from_ms <= begins and (one.until_ms is None or ends <= one.until_ms):
            return one.patient
    return None


def _stamped(cut: Cut, patient: str) -> Glance:
    out: list[bytes] = []
    for row, samples in zip(cut.rows, cut.parts, strict=True):
        labels = row.stamped(patient)
        out += (opening(len(labels) + len(samples)), labels, samples)
    return Glance(encoded=b"".join(out), samples=sum(map(len, cut.parts)) // LONG, seen=frozenset(cut.pairs))
