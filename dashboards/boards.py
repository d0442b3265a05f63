"""Every dashboard, in the order in which they are listed."""

from __future__ import annotations

from dashboards import patient
from dashboards.rows import Dashboard, require_own_uids

BOARDS: tuple[Dashboard, ...] = require_own_uids((patient.BOARD,))
