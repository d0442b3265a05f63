"""What urgent counts and shows at its /metrics."""

from __future__ import annotations

from chevet import metrics
from exporters.gateway import telemetry

READINGS = telemetry.counter(metrics.URGENT_READINGS)
CATCHING_UP = telemetry.gauge(metrics.URGENT_CATCHING_UP)
ALERTS = telemetry.counter(metrics.URGENT_ALERTS)
UNREGISTERED = telemetry.gauge(metrics.URGENT_UNREGISTERED)
ATTEMPTS = telemetry.counter(metrics.SMS_ATTEMPTS)
REPEATED = telemetry.counter(metrics.SMS_REPEATED)
SECONDS = telemetry.histogram(metrics.SMS_SECONDS, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
NOBODY = telemetry.gauge(metrics.SMS_NOBODY)
SMS_REPORTS = telemetry.counter(metrics.SMS_REPORTS)
MODEM_READY = telemetry.gauge(metrics.MODEM_READY)
MODEM_OUTBOX = telemetry.gauge(metrics.MODEM_OUTBOX)
MODEM_SIGNAL = telemetry.gauge(metrics.MODEM_SIGNAL)
POLLS = telemetry.counter(metrics.SHEET_POLLS)
CONFIRMED = telemetry.gauge(metrics.SHEET_CONFIRMED)
