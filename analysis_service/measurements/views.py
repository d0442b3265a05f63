"""Measurements as people see them, with what a struck one means for the series. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from analysis_service.measurements.schemas import MeasurementView, ValueView
from analysis_service.measurements.sending import REFUSED, STORED, WAITING, WITHHELD
from analysis_service.measurements.tables import MeasuredValueRow, MeasurementRow
from chevet.vitals import BY_KEY

STRUCK = {
    WITHHELD: "it was struck before the store had it: as far as is known no series holds it",
    WAITING: "it was on its way to the store when it was struck: expect that a series holds it",
    STORED: (
        "the store keeps what it was sent: graphs and what counts over hours and days still hold it, and until a newer "
        "value comes, or its shelf-life ends, so do scores and alerts"
    ),
    REFUSED: "the store did not take it: no series holds it",
}
"""Of the value that went furthest."""
_FURTHEST = (STORED, WAITING, WITHHELD, REFUSED)


def view(row: MeasurementRow, values: Sequence[MeasuredValueRow], corrected_by: str | None) -> MeasurementView:
    """The measurement for people."""
    states = {one.state for one in values}
    says = None
    if row.struck_ms is not None:
        says = next(STRUCK[state] for state in _FURTHEST if state in states)
        if corrected_by is not None and not states.isdisjoint((STORED, WAITING)):
            says += "; where the correction is of the same time or later, it is that newer value"
    return MeasurementView(
        id=row.id,
        patient=row.patient,
        values=[_value(one) for one in sorted(values, key=lambda one: tuple(BY_KEY).index(one.vital))],
        measured_ms=row.measured_ms,
        method=row.method,
        note=row.note,
        entered_by=row.entered_by,
        saved_ms=row.saved_ms,
        sent=WAITING not in states,
        corrects=row.corrects,
        corrected_by=corrected_by,
        struck_ms=row.struck_ms,
        struck_by=row.struck_by,
        struck_reason=row.struck_reason,
        says=says,
    )


def _value(row: MeasuredValueRow) -> ValueView:
    return ValueView.model_validate(
        {
            "vital": row.vital,
            "value": row.value,
            "unit": BY_KEY[row.vital].unit,
            "series": row.state,
            "series_ms": row.series_ms,
            "refusal": row.refusal,
        }
    )
