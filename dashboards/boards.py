"""Every dashboard, in the order in which they are listed."""

from __future__ import annotations

from dashboards import (
    activity,
    alerts,
    blood_pressure,
    early_warning,
    gateways,
    glucose,
    patient,
    pipeline,
    service,
    ward,
)
from dashboards.rows import Dashboard, require_own_uids

BOARDS: tuple[Dashboard, ...] = require_own_uids(
    (
        ward.BOARD,
        patient.BOARD,
        early_warning.BOARD,
        glucose.BOARD,
        blood_pressure.BOARD,
        activity.BOARD,
        alerts.BOARD,
        gateways.BOARD,
        pipeline.BOARD,
        service.BOARD,
    )
)
