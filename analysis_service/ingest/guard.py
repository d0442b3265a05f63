"""What may go on to the store, and what is set aside with which sentence. Pure: it is told all that it may know.

Why it is so strict: one sample dated years ahead can stop a Prometheus from accepting anyone's data, and one that is
too old undoes the good part of its request.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis_service.clock import shown
from analysis_service.records.service import Assignment, in_force
from chevet import metrics
from chevet.errors import ChevetError, expected
from chevet.metrics import BY_NAME, Metric
from chevet.readings import MAX_NAME, Quality
from chevet.remote_write import Sample, Series, series
from chevet.severities import Kind

PAST_MS = 8 * 24 * 3600 * 1000
FUTURE_MS = 5 * 60 * 1000
MAX_COUNT = 1_000_000
OF_A_WINDOW = (metrics.MEAN, metrics.LOW, metrics.HIGH, metrics.READINGS)
HISTOGRAM_ENDINGS = {"_bucket": ("le",), "_sum": (), "_count": ()}
QUALITIES = tuple(quality.value for quality in Quality)


class Refusal(ChevetError):
    """Why a series or a sample cannot go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the guard knows: whose token it was, the time, who the gateway stands with, which devices it has."""

    gateway: str
    now: int
    assignments: tuple[Assignment, ...]
    devices: frozenset[str] = frozenset()
    max_devices: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A series as it came, with the samples of it that cannot go on, and why."""

    series: Series
    reason: str
    field: str


@dataclass(slots=True, kw_only=True)
class Verdict:
    """`passed` carry their patient; `seen` are the (device, vital) pairs that passed."""

    passed: list[Series] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)


def judge(many: Iterable[Series], known: Circumstances) -> Verdict:
    """Divide what came. Every sample is either passed or refused, once; an exact copy of another is neither."""
    verdict = Verdict()
    values: dict[tuple[str, str], set[str]] = {(metrics.DEVICE, ""): set(known.devices)}
    taken: dict[tuple[tuple[tuple[str, str], ...], int], float] = {}
    for one in many:
        try:
            metric, labels = _labelled(one, known)
            _require_room(metric, labels, values, known.max_devices)
        except Refusal as refusal:
            verdict.refused.append(Refused(series=one, reason=str(refusal), field=refusal.field))
            continue
        passed, refused = _divide(one, metric, labels, known, taken)
        verdict.passed += passed
        verdict.refused += refused
        if passed:
            _take_room(metric, labels, values)
            if metric.vital:
                verdict.seen.add((labels[metrics.DEVICE], metric.vital.key))
    return verdict


def _labelled(one: Series, known: Circumstances) -> tuple[Metric, dict[str, str]]:
    """The row behind a series and its labels, without the name."""
    labels = dict(one.labels)
    if len(labels) != len(one.labels):
        raise Refusal("labels: expected each name once, got one twice", field="labels")
    name = labels.pop("__name__", "")
    metric, wanted = _row(name)
    if metric is None or not metric.from_gateway:
        raise Refusal(expected("__name__", "a metric that gateways send", name), field="__name__")
    if set(labels) != set(wanted):
        odd = min(set(labels) ^ set(wanted))
        raise Refusal(
            f"{odd[:MAX_NAME]}: expected exactly the labels {', '.join(sorted(wanted))}", field=odd[:MAX_NAME]
        )
    for label, value in labels.items():
        if not 0 < len(value) <= MAX_NAME or not value.isprintable():
            raise Refusal(expected(label, f"1 to {MAX_NAME} printable characters", value), field=label)
    if labels.get(metrics.GATEWAY, known.gateway) != known.gateway:
        got = labels[metrics.GATEWAY]
        raise Refusal(expected("gateway", f"{known.gateway}, the token's own", got), field="gateway")
    if metric.kind is Kind.CLINICAL and labels.get(metrics.QUALITY, Quality.GOOD.value) not in QUALITIES:
        raise Refusal(expected("quality", " or ".join(QUALITIES), labels[metrics.QUALITY]), field="quality")
    return metric, labels


def _row(name: str) -> tuple[Metric | None, tuple[str, ...]]:
    """The metric and the labels that a series of that name has; the series of a histogram have endings."""
    if metric := BY_NAME.get(name):
        return metric, metric.labels
    for ending, more in HISTOGRAM_ENDINGS.items():
        metric = BY_NAME.get(name.removesuffix(ending))
        if metric and metric.type == "histogram" and name.endswith(ending):
            return metric, (*metric.labels, *more)
    return None, ()


def _require_room(metric: Metric, labels: dict[str, str], values: dict[tuple[str, str], set[str]], most: int) -> None:
    """Each new label value is a new series that the store keeps for a year."""
    for label, key in _bounded(metric, labels):
        had = values.setdefault(key, set())
        if labels[label] not in had and len(had) >= most:
            raise Refusal(
                f"{label}: expected at most {most} values for a gateway, got another, {labels[label]!r}", field=label
            )


def _take_room(metric: Metric, labels: dict[str, str], values: dict[tuple[str, str], set[str]]) -> None:
    for label, key in _bounded(metric, labels):
        values[key].add(labels[label])


def _bounded(metric: Metric, labels: dict[str, str]) -> list[tuple[str, tuple[str, str]]]:
    """Devices are bounded over all metrics and requests, other labels for each metric of a request."""
    return [
        (label, (label, "" if label == metrics.DEVICE else metric.name))
        for label in labels
        if label not in (metrics.GATEWAY, metrics.QUALITY)
    ]


def _divide(
    one: Series,
    metric: Metric,
    labels: dict[str, str],
    known: Circumstances,
    taken: dict[tuple[tuple[tuple[str, str], ...], int], float],
) -> tuple[list[Series], list[Refused]]:
    """The samples that pass, a series for each patient; and those that do not, together for each field."""
    name = dict(one.labels)["__name__"]
    passed: dict[str, list[Sample]] = {}
    refused: dict[str, tuple[str, list[Sample]]] = {}
    for at, value in sorted(one.samples, key=lambda sample: sample[0]):
        try:
            _require_value(metric, labels, value)
            _require_time(at, known.now)
            patient = _patient(metric, at, known)
            if (one.labels, at) not in taken:
                taken[one.labels, at] = value
                passed.setdefault(patient, []).append((at, math.nan if math.isnan(value) else value))
            else:
                _require_same(at, taken[one.labels, at], value)
        except Refusal as refusal:
            refused.setdefault(refusal.field, (str(refusal), []))[1].append((at, value))
    stamped = [
        series(name, labels | ({metrics.PATIENT: patient} if patient else {}), *samples)
        for patient, samples in passed.items()
    ]
    aside = [
        Refused(series=Series(one.labels, tuple(samples)), reason=reason, field=why)
        for why, (reason, samples) in refused.items()
    ]
    return stamped, aside


def _require_value(metric: Metric, labels: dict[str, str], value: float) -> None:
    quality = labels.get(metrics.QUALITY, Quality.GOOD.value)
    straggler = metric.vital is not None and metric.suffix == metrics.STRAGGLER
    if straggler and quality == Quality.MISSING:
        if not math.isnan(value):
            raise Refusal(expected("value", "NaN, for the quality is missing", value), field="value")
        return
    if not math.isfinite(value):
        raise Refusal(expected("value", "a finite number", value), field="value")
    if metric.vital is None:
        return
    if metric.suffix == metrics.READINGS:
        if not (0 < value <= MAX_COUNT and value == int(value)):
            raise Refusal(expected("value", f"a whole number from 1 to {MAX_COUNT}", value), field="value")
    elif quality == Quality.GOOD and not metric.vital.is_plausible(value):
        raise Refusal(expected("value", f"{metric.vital.key} within {metric.vital.plausible}", value), field="value")


def _require_same(at: int, before: float, value: float) -> None:
    """A store may keep either of two values for one time."""
    if before != value and not (math.isnan(before) and math.isnan(value)):
        raise Refusal(f"value: expected one value for {shown(at)}, got {before:g} and {value:g}", field="value")


def _require_time(at: int, now: int) -> None:
    if at < now - PAST_MS:
        raise Refusal(f"timestamp: expected at most 8 days ago, got {shown(at)}", field="timestamp")
    if at > now + FUTURE_MS:
        raise Refusal(f"timestamp: expected at most 5 minutes ahead, got {shown(at)}", field="timestamp")


def _patient(metric: Metric, at: int, known: Circumstances) -> str:
    """Whose sample it is; of a window, the whole must have been the patient's. Empty for technical metrics."""
    if metric.kind is not Kind.CLINICAL or metric.vital is None:
        return ""
    window = (metric.vital.window or 0) * 1000 if metric.suffix in OF_A_WINDOW else 0
    assignment = in_force(known.assignments, at - window, at)
    if assignment is None:
        what = f"the window {shown(at - window)} to {shown(at)}" if window else shown(at)
        raise Refusal(f"patient: expected an assignment of {known.gateway} over {what}, found none", field="patient")
    return assignment.patient
