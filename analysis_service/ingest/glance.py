"""Judging at a glance a body in which nothing is new and nothing is wrong: what `judge` would pass, or None. Pure.

`judge` is the one definition of what may go on. Here stand only questions that can be asked of all samples at once;
where one of them is not answered with yes, the body is judged in full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis_service.ingest.canonical import LONG, Columns, columns, lengthened, opening, sections
from analysis_service.ingest.familiar import Familiar
from analysis_service.ingest.refusals import Circumstances
from analysis_service.ingest.samples import FUTURE_MS, PAST_MS
from analysis_service.ingest.tolerances import all_within, span


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """`encoded` is a WriteRequest of all that came, stamped with its patient; `seen` the (device, vital) pairs."""

    encoded: bytes
    samples: int
    seen: frozenset[tuple[str, str]]


def glance(body: bytes, familiar: Mapping[bytes, Familiar], known: Circumstances, most_series: int) -> Glance | None:
    """What goes on of a body that is familiar from end to end; None where it must be judged in full."""
    cut = sections(body)
    if cut is None or not 0 < len(cut.labels) <= most_series or known.pulled:
        return None
    rows = list(map(familiar.get, cut.labels))
    if None in rows or len(set(cut.labels)) < len(rows):
        return None
    every: list[Familiar] = rows  # type: ignore[assignment]  # None was looked for just above
    seen = frozenset([row.seen for row in every])
    if not known.devices.issuperset([device for device, _ in seen]):
        return None
    found = _samples(cut.samples)
    if found is None:
        return None
    parts, read = found
    patient = _patient(every, parts, read, known)
    if patient is None:
        return None
    return Glance(encoded=_stamped(every, parts, patient), samples=len(read.times), seen=seen)


def _samples(parts: list[bytes]) -> tuple[list[bytes], Columns] | None:
    """The samples of each series, 18 bytes each, and all of them in columns; None where a series has none, or others.

    Few bodies have a zero in them, so the second try, sample by sample, is seldom made.
    """
    for whole in (parts, map(lengthened, parts)):
        each = list(whole)
        read = columns(each) if all(part and len(part) % LONG == 0 for part in each) else None
        if read is not None:
            return each, read
    return None


def _patient(every: list[Familiar], parts: list[bytes], read: Columns, known: Circumstances) -> str | None:
    """Whose all of it is; None where a sample cannot go on as it is, or is of somebody else."""
    counts = np.array([len(part) // LONG for part in parts])
    numbers = np.repeat(np.array([row.number for row in every]), counts)
    if not (_in_order(read.times, counts) and all_within(numbers, read.values, read.bits)):
        return None
    if read.times.min() < known.now - PAST_MS or read.times.max() > known.now + FUTURE_MS:
        return None
    begins, ends = span(numbers, read.times)
    for one in known.assignments:
        if one.from_ms <= begins and (one.until_ms is None or ends <= one.until_ms):
            return one.patient
    return None


def _in_order(times: NDArray[np.int64], counts: NDArray[np.intp]) -> bool:
    """Whether within each series every time is later than the one before."""
    later = times[1:] > times[:-1]
    later[np.cumsum(counts)[:-1] - 1] = True
    return bool(later.all())


def _stamped(every: list[Familiar], parts: list[bytes], patient: str) -> bytes:
    out: list[bytes] = []
    for row, samples in zip(every, parts, strict=True):
        labels = row.stamped(patient)
        out += (opening(len(labels) + len(samples)), labels, samples)
    return b"".join(out)
