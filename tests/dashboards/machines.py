"""What gateways, the service, Prometheus and Alertmanager said of themselves for three hours, typed by hand.

A row is a series and how it goes: its value a minute ago for gauges, its growth a minute for counters (`+`).
"""

from __future__ import annotations

from collections.abc import Iterator

MINUTES = 180

OF_A_GATEWAY = (
    ('chevet_process_up{process="intake"}', "1"),
    ('chevet_process_up{process="urgent"}', "1"),
    ('chevet_process_up{process="radio"}', "0"),
    ('chevet_disk_left_seconds{process="agent"}', "518400"),
    ('chevet_gateway_battery_percent{process="agent"}', "87"),
    ('chevet_gateway_mains{process="agent"}', "1"),
    ('chevet_disk_free_bytes{process="exporter"}', "20000000000"),
    ('chevet_disk_size_bytes{process="exporter"}', "32000000000"),
    ('chevet_clock_offset_seconds{process="uplink"}', "-3.5"),
    ('chevet_modem_signal_percent{process="urgent"}', "63"),
    ('chevet_sms_nobody{process="urgent"}', "0"),
    ('chevet_device_battery_percent{device="oximeter",process="intake"}', "18"),
    ('chevet_device_battery_percent{device="cuff",process="intake"}', "76"),
    ('chevet_bus_queue_messages{process="agent",queue="urgent.heart_rate"}', "0"),
    ('chevet_bus_queue_messages{process="agent",queue="uplink"}', "41"),
    ('chevet_bus_queue_messages{process="agent",queue="dead.uplink"}', "2"),
    ('chevet_intake_messages_total{outcome="taken",process="intake"}', "+30"),
    ('chevet_intake_messages_total{outcome="refused",process="intake"}', "+1"),
    ('chevet_intake_readings_total{process="intake"}', "+40"),
    ('chevet_radio_reports_total{outcome="taken",process="radio"}', "+12"),
    ('chevet_spool_readings{exchange="chevet.readings",process="intake"}', "3"),
    ('chevet_urgent_readings_total{outcome="taken",process="urgent"}', "+38"),
    ('chevet_uplink_readings_total{outcome="journaled",process="uplink"}', "+39"),
    ('chevet_uplink_cuts_total{cut="window",process="uplink"}', "+9"),
    ('chevet_uplink_cuts_total{cut="straggler",process="uplink"}', "+1"),
    ('chevet_uplink_samples_total{outcome="stored",process="uplink"}', "+36"),
    ('chevet_uplink_samples_total{outcome="quarantined",process="uplink"}', "+1"),
    ('chevet_uplink_answers_total{process="uplink",reason="stored",sent="batch"}', "+6"),
    ('chevet_uplink_answers_total{process="uplink",reason="unavailable",sent="alert"}', "+1"),
    ('chevet_journal_rows{process="uplink",state="unsent"}', "120"),
    ('chevet_journal_rows{process="uplink",state="uncut"}', "44"),
    ('chevet_sms_attempts_total{outcome="handed",process="urgent"}', "+0.05"),
    ('chevet_sms_attempts_total{outcome="failed",process="urgent"}', "+0.01"),
    ('chevet_sms_seconds_bucket{le="1",process="urgent"}', "+0.02"),
    ('chevet_sms_seconds_bucket{le="5",process="urgent"}', "+0.05"),
    ('chevet_sms_seconds_bucket{le="+Inf",process="urgent"}', "+0.05"),
)
OF_THE_CENTRE = (
    ('chevet_ingest_samples_total{result="stored"}', "+110"),
    ('chevet_ingest_samples_total{result="quarantined"}', "+2"),
    ('chevet_alerts_registered_total{severity="high"}', "+0.1"),
    ('chevet_alerts_registered_total{severity="medium"}', "+0.3"),
    ('chevet_service_dependency_up{part="database"}', "1"),
    ('chevet_service_dependency_up{part="store"}', "1"),
    ('up{instance="127.0.0.1:8000",job="chevet-service"}', "1"),
    (
        'alertmanager_notifications_failed_total{instance="127.0.0.1:9093",integration="webhook",job="alertmanager"}',
        "+0",
    ),
)


def said(now: float, gateways: tuple[str, ...]) -> Iterator[str]:
    """All of it as OpenMetrics, a sample each minute up to `now`."""
    for series, course in OF_A_GATEWAY:
        for gateway in gateways:
            yield _series(series.replace("{", f'{{gateway="{gateway}",', 1), course, now)
    for gateway in gateways:
        beats = (f"{now - ago * 60 - 12:.0f} {now - ago * 60:.0f}" for ago in range(MINUTES, -1, -1))
        yield "".join(f'chevet_gateway_heartbeat_seconds{{gateway="{gateway}"}} {beat}\n' for beat in beats)
    for series, course in OF_THE_CENTRE:
        yield _series(series, course, now)


def _series(series: str, course: str, now: float) -> str:
    grows, value = course.startswith("+"), float(course)
    values = ((value * (MINUTES - ago) if grows else value, now - ago * 60) for ago in range(MINUTES, -1, -1))
    return "".join(f"{series} {one:.10g} {at:.0f}\n" for one, at in values)
