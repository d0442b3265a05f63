"""What a process says of itself: structured logs on standard error, and its own /metrics on loopback."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    start_http_server,
)

from chevet.metrics import Metric
from exporters.gateway import addresses

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped

REGISTRY = CollectorRegistry()
"""This process's metrics; no others than those that a row of `chevet.metrics` names."""


def log_as_json(process: str) -> None:
    """One JSON object a line: time, level, process, event (a sentence) and its fields."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=process)


@cache  # two processes may say the same, and tests run both in one
def counter(metric: Metric) -> Counter:
    """The counter of a row; its name is the row's, without a second `_total`."""
    return Counter(metric.name, metric.help, metric.labels, registry=REGISTRY)


@cache
def gauge(metric: Metric) -> Gauge:
    """The gauge of a row."""
    return Gauge(metric.name, metric.help, metric.labels, registry=REGISTRY)


def histogram(metric: Metric, *buckets: float) -> Histogram:
    """The histogram of a row."""
    return Histogram(metric.name, metric.help, metric.labels, registry=REGISTRY, buckets=buckets)


@contextmanager
def serving(address: str) -> Iterator[None]:
    """/metrics at `address` for as long as the process is at work."""
    addresses.require_free("CHEVET_METRICS_ADDRESS", address)
    host, port = addresses.split(address)
    server, thread = start_http_server(port, addr=host, registry=REGISTRY)
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
