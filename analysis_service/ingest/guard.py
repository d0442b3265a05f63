"""What may go on to the store, and what is set aside with which sentence. Pure: it is told all that it may know.

Why it is so strict: one sample dated years ahead can stop a Prometheus from accepting anyone's data, and one that is
too old undoes the good part of its request.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analysis_service.ingest.labels import Room, labelled
from analysis_service.ingest.refusals import Circumstances, Refusal
from analysis_service.ingest.samples import patient_of, require_same, require_time, require_value
from chevet import metrics
from chevet.metrics import Metric
from chevet.remote_write import Label, Sample, Series, series


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A series as it came, with the samples of it that cannot go on, and why."""

    series: Series
    reason: str
    field: str


@dataclass(slots=True, kw_only=True)
class Verdict:
    """`passed` carry their patient; `seen` are the (device, vital) pairs that passed, `values` those of labels."""

    passed: list[Series] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    values: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)


def judge(many: Iterable[Series], known: Circumstances) -> Verdict:
    """Divide what came. Every sample is either passed or refused, once; an exact copy of another is neither."""
    verdict, room = Verdict(), Room(known)
    taken: dict[tuple[Label, ...], dict[int, float]] = {}
    for one in many:
        try:
            metric, labels = labelled(one, known)
            room.require(metric, labels)
        except Refusal as refusal:
            verdict.refused.append(Refused(series=one, reason=str(refusal), field=refusal.field))
            continue
        same = taken.setdefault((("__name__", one.name), *sorted(labels.items())), {})
        passed, refused = _divide(one, metric, known, same, labels)
        verdict.passed += _stamped(one.name, labels, passed)
        verdict.refused += refused
        if passed:
            room.take(metric, labels)
            if metric.vital:
                verdict.seen.add((labels[metrics.DEVICE], metric.vital.key))
    verdict.values = room.values
    return verdict


def _divide(
    one: Series, metric: Metric, known: Circumstances, taken: dict[int, float], labels: dict[str, str]
) -> tuple[dict[str, list[Sample]], list[Refused]]:
    """The samples that pass, by patient; and those that do not, together for each field.

    `taken` are the values of this series that passed already, by their time.
    """
    passed: dict[str, list[Sample]] = {}
    refused: dict[str, tuple[str, list[Sample]]] = {}
    for at, value in sorted(one.samples, key=lambda sample: sample[0]):
        try:
            require_value(metric, labels, value)
            require_time(at, known.now)
            patient = patient_of(metric, at, known)
            if at in taken:
                require_same(at, taken[at], value)
                continue
        except Refusal as refusal:
            refused.setdefault(refusal.field, (str(refusal), []))[1].append((at, value))
            continue
        taken[at] = value
        # One NaN of many is how Prometheus ends a series: only the plain one goes on.
        passed.setdefault(patient, []).append((at, math.nan if math.isnan(value) else value))
    return passed, [
        Refused(series=Series(one.labels, tuple(samples)), reason=reason, field=why)
        for why, (reason, samples) in refused.items()
    ]


def _stamped(name: str, labels: dict[str, str], passed: dict[str, list[Sample]]) -> list[Series]:
    """A series for each patient; a technical one has none."""
    return [
        series(name, labels | ({metrics.PATIENT: patient} if patient else {}), *samples)
        for patient, samples in passed.items()
    ]
