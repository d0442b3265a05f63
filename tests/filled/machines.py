"""What gateways, the service, Prometheus and Alertmanager said of themselves for some hours, typed by hand.

A course is a value for gauges, its growth a minute for counters (`+`), or nothing said at all (empty). For a while all
that can go wrong does, as `tests.filled.troubles` says.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.filled.troubles import OF_THE_CENTRE_IN_TROUBLE, TROUBLES

MINUTES = 420
TROUBLE = range(110, 70, -1)
"""Minutes before the end in which something is wrong."""
OUTAGE = range(160, 140, -1)
"""Minutes before the end in which no gateway was heard."""
GATEWAYS = ("g01", "g02", "g03", "g05", "g06", "g07")

OF_A_GATEWAY = {
    'chevet_agent_heartbeats_total{process="agent",reason="stored"}': "+1",
    'chevet_bus_blocked{process="intake"}': "0",
    'chevet_bus_connected{process="intake"}': "1",
    'chevet_bus_queue_messages{process="agent",queue="dead.uplink"}': "2",
    'chevet_bus_queue_messages{process="agent",queue="uplink"}': "41",
    'chevet_bus_queue_messages{process="agent",queue="urgent.heart_rate"}': "0",
    'chevet_clock_offset_seconds{process="uplink"}': "-0.5",
    'chevet_clock_steps_total{process="intake"}': "+0",
    'chevet_device_battery_percent{device="cuff",process="intake"}': "76",
    'chevet_device_battery_percent{device="oximeter",process="intake"}': "42",
    'chevet_disk_free_bytes{process="exporter"}': "20000000000",
    'chevet_disk_left_seconds{process="agent"}': "1814400",
    'chevet_disk_size_bytes{process="exporter"}': "32000000000",
    'chevet_exporter_collector_success{collector="journal",process="exporter"}': "1",
    'chevet_gateway_battery_percent{process="agent"}': "87",
    'chevet_gateway_mains{process="agent"}': "1",
    'chevet_intake_messages_total{outcome="refused",process="intake"}': "+1",
    'chevet_intake_messages_total{outcome="taken",process="intake"}': "+30",
    'chevet_intake_readings_total{process="intake"}': "+40",
    'chevet_intake_unknown_devices{process="intake"}': "0",
    'chevet_journal_rows{process="uplink",state="uncut"}': "44",
    'chevet_journal_rows{process="uplink",state="unsent"}': "120",
    'chevet_modem_ready{process="urgent"}': "1",
    'chevet_modem_signal_percent{process="urgent"}': "63",
    'chevet_process_up{process="intake"}': "1",
    'chevet_process_up{process="radio"}': "1",
    'chevet_process_up{process="uplink"}': "1",
    'chevet_process_up{process="urgent"}': "1",
    'chevet_radio_connected{process="radio"}': "1",
    'chevet_radio_reports_total{outcome="taken",process="radio"}': "+12",
    'chevet_sheet_polls_total{outcome="failed",process="urgent"}': "+0",
    'chevet_sheet_polls_total{outcome="unchanged",process="urgent"}': "+1",
    'chevet_sms_attempts_total{outcome="failed",process="urgent"}': "+0.01",
    'chevet_sms_attempts_total{outcome="handed",process="urgent"}': "+0.05",
    'chevet_sms_nobody{process="urgent"}': "0",
    'chevet_sms_seconds_bucket{le="+Inf",process="urgent"}': "+0.05",
    'chevet_sms_seconds_bucket{le="1",process="urgent"}': "+0.02",
    'chevet_sms_seconds_bucket{le="5",process="urgent"}': "+0.05",
    'chevet_spool_folded_readings_total{exchange="chevet.readings",process="intake"}': "+0",
    'chevet_spool_full{process="intake"}': "0",
    'chevet_spool_readings{exchange="chevet.readings",process="intake"}': "3",
    'chevet_uplink_answers_total{process="uplink",reason="refused",sent="batch"}': "+0",
    'chevet_uplink_answers_total{process="uplink",reason="stored",sent="batch"}': "+6",
    'chevet_uplink_answers_total{process="uplink",reason="unavailable",sent="alert"}': "+0.1",
    'chevet_uplink_consuming{process="uplink"}': "1",
    'chevet_uplink_cuts_total{cut="straggler",process="uplink"}': "+1",
    'chevet_uplink_cuts_total{cut="window",process="uplink"}': "+9",
    'chevet_uplink_readings_total{outcome="journaled",process="uplink"}': "+39",
    'chevet_uplink_samples_total{outcome="quarantined",process="uplink"}': "+0.1",
    'chevet_uplink_samples_total{outcome="stored",process="uplink"}': "+36",
    'chevet_uplink_waiting{process="uplink",reason="unavailable",sent="alert"}': "0",
    'chevet_uplink_waiting{process="uplink",reason="unavailable",sent="batch"}': "0",
    'chevet_urgent_catching_up{process="urgent"}': "0",
    'chevet_urgent_readings_total{outcome="taken",process="urgent"}': "+38",
    'chevet_urgent_unregistered{process="urgent"}': "0",
    'up{instance="127.0.0.1:9464",job="chevet-gateways"}': "1",
}
OF_THE_CENTRE = {
    'chevet_ingest_samples_total{result="quarantined"}': "+0.6",
    'chevet_ingest_samples_total{result="stored"}': "+210",
    'chevet_service_dependency_up{part="database"}': "1",
    'chevet_service_dependency_up{part="store"}': "1",
    'up{instance="127.0.0.1:8000",job="chevet-service"}': "1",
    'up{instance="127.0.0.1:9090",job="prometheus"}': "1",
    'up{instance="127.0.0.1:9093",job="alertmanager"}': "1",
    "alertmanager_config_last_reload_successful": "1",
    'alertmanager_notifications_failed_total{integration="email"}': "+0",
    'alertmanager_notifications_failed_total{integration="webhook"}': "+0",
    "prometheus_config_last_reload_successful": "1",
    'prometheus_http_requests_total{code="200",handler="/api/v1/query_range"}': "+50",
    'prometheus_http_requests_total{code="204",handler="/api/v1/write"}': "+240",
    'prometheus_http_requests_total{code="500",handler="/api/v1/write"}': "+0",
    "prometheus_notifications_alertmanagers_discovered": "1",
    "prometheus_notifications_dropped_total": "+0",
    'prometheus_rule_evaluation_failures_total{rule_group="chevet-sustained"}': "+0",
    'prometheus_rule_group_interval_seconds{rule_group="chevet-early-warning"}': "60",
    'prometheus_rule_group_interval_seconds{rule_group="chevet-sustained"}': "15",
    'prometheus_rule_group_iterations_missed_total{rule_group="chevet-sustained"}': "+0",
    'prometheus_rule_group_last_duration_seconds{rule_group="chevet-early-warning"}': "0.9",
    'prometheus_rule_group_last_duration_seconds{rule_group="chevet-sustained"}': "0.4",
    "prometheus_tsdb_checkpoint_creations_failed_total": "+0",
    "prometheus_tsdb_compactions_failed_total": "+0",
    "prometheus_tsdb_head_truncations_failed_total": "+0",
    "prometheus_tsdb_out_of_bound_samples_total": "+0",
    "prometheus_tsdb_out_of_order_samples_total": "+0",
    "prometheus_tsdb_reloads_failures_total": "+0",
    "prometheus_tsdb_retention_limit_bytes": "60000000",
    "prometheus_tsdb_storage_blocks_bytes": "42000000",
    "prometheus_tsdb_too_old_samples_total": "+0",
    "prometheus_tsdb_wal_corruptions_total": "+0",
    "prometheus_tsdb_wal_truncations_failed_total": "+0",
    "prometheus_tsdb_wal_writes_failed_total": "+0",
}
OF_A_WEEK = {
    'chevet_alert_open{kind="clinical",patient="p-ill",rule="news2.high",severity="high"}': "1",
    'chevet_alert_open{kind="clinical",patient="p-ill",rule="oxygen_saturation.low",severity="medium"}': "1",
    'chevet_alert_open{kind="technical",patient="",rule="sensor.battery",severity="low"}': "1",
    'chevet_alert_taken_seconds_bucket{le="+Inf",severity="high"}': "+0.0012",
    'chevet_alert_taken_seconds_bucket{le="+Inf",severity="medium"}': "+0.003",
    'chevet_alert_taken_seconds_bucket{le="180",severity="high"}': "+0.001",
    'chevet_alert_taken_seconds_bucket{le="180",severity="medium"}': "+0.0008",
    'chevet_alert_taken_seconds_bucket{le="60",severity="high"}': "+0.0007",
    'chevet_alert_taken_seconds_bucket{le="60",severity="medium"}': "+0.0002",
    'chevet_alert_taken_seconds_bucket{le="900",severity="high"}': "+0.0012",
    'chevet_alert_taken_seconds_bucket{le="900",severity="medium"}': "+0.0028",
    'chevet_alerts_registered_total{severity="high"}': "+0.0012",
    'chevet_alerts_registered_total{severity="medium"}': "+0.003",
}
"""What the service counts of alerts, each four minutes."""
WEEK, WEEKLY = 7 * 1440, 4
SERVERS = {"prometheus_": "127.0.0.1:9090", "alertmanager_": "127.0.0.1:9093"}


def said(now: float) -> Iterator[str]:
    """All of it as OpenMetrics, a sample each minute up to `now`."""
    for series, course in OF_A_GATEWAY.items():
        for gateway in GATEWAYS:
            trouble = TROUBLES.get(gateway, {}).get(series, course)
            yield _series(series.replace("{", f'{{gateway="{gateway}",', 1), course, trouble, now)
    for gateway in GATEWAYS:
        beats = (f"{_heard(now, ago):.0f} {now - ago * 60:.0f}" for ago in range(MINUTES, -1, -1))
        yield "".join(f'chevet_gateway_heartbeat_seconds{{gateway="{gateway}"}} {beat}\n' for beat in beats)
    yield _watched(now)
    for series, course in OF_A_WEEK.items():
        yield _series(series, course, course, now, range(WEEK, -1, -WEEKLY))
    for series, course in OF_THE_CENTRE.items():
        yield _series(_of_a_server(series), course, OF_THE_CENTRE_IN_TROUBLE.get(series, course), now)


def _watched(now: float) -> str:
    """The watchdog came each minute, but while Alertmanager was away."""
    came = ((TROUBLE.start + 1 if ago in TROUBLE else ago, ago) for ago in range(MINUTES, -1, -1))
    return "".join(f"chevet_watchdog_seconds {now - 25 - 60 * last:.0f} {now - ago * 60:.0f}\n" for last, ago in came)


def _heard(now: float, ago: int) -> float:
    return now - 12 - 60 * (OUTAGE.start + 1 if ago in OUTAGE else ago)


def _of_a_server(series: str) -> str:
    """With job and instance, as the servers' own series are scraped."""
    for beginning, instance in SERVERS.items():
        if series.startswith(beginning):
            name, _, labels = series.rstrip("}").partition("{")
            own = f'instance="{instance}",job="{beginning.rstrip("_")}"'
            return f"{name}{{{own},{labels}}}" if labels else f"{name}{{{own}}}"
    return series


def _series(series: str, course: str, trouble: str, now: float, minutes: range = range(MINUTES, -1, -1)) -> str:
    lines, total = [], 0.0
    for ago in minutes:
        told = trouble if ago in TROUBLE else course
        total = total - float(told) * minutes.step if told.startswith("+") else float(told or 0)
        if told:
            lines.append(f"{series} {total:.10g} {now - ago * 60:.0f}\n")
    return "".join(lines)
