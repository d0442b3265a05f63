"""What Prometheus and Alertmanager say of themselves as far as rules and dashboards read it; who is scraped as what.

The names are those of Prometheus 2.42 and Alertmanager 0.25; Prometheus 3 has them too.
"""

from __future__ import annotations

SERVICE_JOB, GATEWAYS_JOB = "chevet-service", "chevet-gateways"
PROMETHEUS_JOB, ALERTMANAGER_JOB = "prometheus", "alertmanager"

UP = "up"
"""Of every target that is scraped, with the labels `job` and `instance`."""

HTTP_REQUESTS = "prometheus_http_requests_total"
TOO_OLD = "prometheus_tsdb_too_old_samples_total"
OUT_OF_BOUNDS = "prometheus_tsdb_out_of_bound_samples_total"
OUT_OF_ORDER = "prometheus_tsdb_out_of_order_samples_total"
RULES_LOADED = "prometheus_rule_group_rules"
RULE_FAILURES = "prometheus_rule_evaluation_failures_total"
RULE_DURATION = "prometheus_rule_group_last_duration_seconds"
RULE_INTERVAL = "prometheus_rule_group_interval_seconds"
RULE_MISSED = "prometheus_rule_group_iterations_missed_total"
DROPPED = "prometheus_notifications_dropped_total"
ALERTMANAGERS = "prometheus_notifications_alertmanagers_discovered"
PROMETHEUS_RELOADED = "prometheus_config_last_reload_successful"
WAL_UNWRITTEN = "prometheus_tsdb_wal_writes_failed_total"
WAL_CORRUPT = "prometheus_tsdb_wal_corruptions_total"
WAL_UNCUT = "prometheus_tsdb_wal_truncations_failed_total"
HEAD_UNCUT = "prometheus_tsdb_head_truncations_failed_total"
CHECKPOINTS_FAILED = "prometheus_tsdb_checkpoint_creations_failed_total"
COMPACTIONS_FAILED = "prometheus_tsdb_compactions_failed_total"
BLOCK_RELOADS_FAILED = "prometheus_tsdb_reloads_failures_total"
BLOCK_BYTES = "prometheus_tsdb_storage_blocks_bytes"
RETENTION_BYTES = "prometheus_tsdb_retention_limit_bytes"
ALERTMANAGER_RELOADED = "alertmanager_config_last_reload_successful"
UNSENT = "alertmanager_notifications_failed_total"

NAMES: frozenset[str] = frozenset(
    (
        UP,
        HTTP_REQUESTS,
        TOO_OLD,
        OUT_OF_BOUNDS,
        OUT_OF_ORDER,
        RULES_LOADED,
        RULE_FAILURES,
        RULE_DURATION,
        RULE_INTERVAL,
        RULE_MISSED,
        DROPPED,
        ALERTMANAGERS,
        PROMETHEUS_RELOADED,
        WAL_UNWRITTEN,
        WAL_CORRUPT,
        WAL_UNCUT,
        HEAD_UNCUT,
        CHECKPOINTS_FAILED,
        COMPACTIONS_FAILED,
        BLOCK_RELOADS_FAILED,
        BLOCK_BYTES,
        RETENTION_BYTES,
        ALERTMANAGER_RELOADED,
        UNSENT,
    )
)
