"""A value that a person measured as the series of its vital: a window of one, at its own time. Pure."""

from __future__ import annotations

from chevet import metrics
from chevet.metrics import OF_VITALS
from chevet.readings import Quality
from chevet.remote_write import Series, series

_LABELS = {metrics.GATEWAY: metrics.BY_HAND, metrics.DEVICE: metrics.MANUAL}


def series_of(vital: str, value: float, at: int) -> list[Series]:
    """What a gateway would send of a single good reading; nothing by hand is ever a straggler."""
    found = []
    for metric in OF_VITALS:
        if metric.vital is None or metric.vital.key != vital or metric.suffix == metrics.STRAGGLER:
            continue
        if metric.suffix == metrics.READINGS:
            found.append(series(metric.name, _LABELS | {metrics.QUALITY: Quality.GOOD.value}, (at, 1.0)))
        else:
            found.append(series(metric.name, _LABELS, (at, value)))
    return found
