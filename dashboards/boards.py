"""Every dashboard, in the order in which they are listed."""

from __future__ import annotations

from dashboards import activity, blood_pressure, early_warning, glucose, patient, ward
from dashboards.rows import Dashboard, require_own_uids

BOARDS: tuple[Dashboard, ...] = require_own_uids(
    (patient.BOARD, ward.BOARD, early_warning.BOARD, glucose.BOARD, blood_pressure.BOARD, activity.BOARD)
)
