"""One sample of a series: a value that can be, a time that is now, and a patient it is of. Pure."""

from __future__ import annotations

import math

from analysis_service.clock import shown
from analysis_service.ingest.refusals import Circumstances, Refusal
from analysis_service.records.service import in_force
from chevet import metrics
from chevet.errors import expected
from chevet.metrics import Metric
from chevet.readings import Quality

PAST_MS = 8 * 24 * 3600 * 1000
FUTURE_MS = 5 * 60 * 1000
MAX_COUNT = 1_000_000
OF_A_WINDOW = (metrics.MEAN, metrics.LOW, metrics.HIGH, metrics.READINGS)


def require_value(metric: Metric, labels: dict[str, str], value: float) -> None:
    """Raises Refusal. NaN is the value of a straggler that is missing, or suspect and folded, and of nothing else."""
    quality = labels.get(metrics.QUALITY, Quality.GOOD.value)
    straggler = metric.vital is not None and metric.suffix == metrics.STRAGGLER
    if straggler and quality == Quality.MISSING:
        if not math.isnan(value):
            raise Refusal(expected("value", "NaN, for the quality is missing", value), field="value")
        return
    if straggler and quality == Quality.SUSPECT and math.isnan(value):
        return  # it was folded with others at the gateway: that it came is known, what it said is not
    if not math.isfinite(value):
        raise Refusal(expected("value", "a finite number", value), field="value")
    if metric.vital is None:
        return
    if metric.suffix == metrics.READINGS:
        if not (0 < value <= MAX_COUNT and value == int(value)):
            raise Refusal(expected("value", f"a whole number from 1 to {MAX_COUNT}", value), field="value")
    elif quality == Quality.GOOD and not metric.vital.is_plausible(value):
        raise Refusal(expected("value", f"{metric.vital.key} within {metric.vital.plausible}", value), field="value")


def require_same(at: int, before: float, value: float) -> None:
    """Raises Refusal where `value` is a second one for a time: a store may keep either."""
    if before != value and not (math.isnan(before) and math.isnan(value)):
        raise Refusal(f"value: expected one value for {shown(at)}, got {before:g} and {value:g}", field="value")


def require_time(at: int, now: int) -> None:
    """Raises Refusal. The store's own window is a day wider, and counts from its newest sample."""
    if at < now - PAST_MS:
        raise Refusal(f"timestamp: expected at most 8 days ago, got {shown(at)}", field="timestamp")
    if at > now + FUTURE_MS:
        raise Refusal(f"timestamp: expected at most 5 minutes ahead, got {shown(at)}", field="timestamp")


def window_of(metric: Metric) -> int:
    """How long before a sample's time that lies of which it speaks, in milliseconds."""
    return (metric.vital.window or 0) * 1000 if metric.vital and metric.suffix in OF_A_WINDOW else 0


def patient_of(metric: Metric, at: int, known: Circumstances) -> str:
    """Whose sample it is; of a window, the whole must have been the patient's. Empty for technical metrics."""
    if metric.vital is None:
        return ""
    window = window_of(metric)
    assignment = in_force(known.assignments, at - window, at)
    if assignment is None:
        what = f"the window {shown(at - window)} to {shown(at)}" if window else shown(at)
        raise Refusal(f"patient: expected an assignment of {known.gateway} over {what}, found none", field="patient")
    return assignment.patient
