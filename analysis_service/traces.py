"""Traces of requests, of what they ask the database and what they ask others: off unless somebody collects them.

Whatever a library writes into a span, only what is in a table here leaves it: an address, a statement or the text of an
error may hold a pseudonym or a token.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import aiohttp
import httpx2
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanContext, SpanKind, Status, StatusCode
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

STANDARD = "OTEL_EXPORTER_OTLP_ENDPOINT"
TIMEOUT_SECONDS = 3.0
HEADER = "X-Trace"
SERVICE = "chevet"

_ANY = frozenset({"http.request.method", "http.response.status_code", "error.type"})
TOLD: Mapping[SpanKind, frozenset[str]] = {
    SpanKind.SERVER: _ANY | {"http.route", "network.protocol.version"},
    SpanKind.CLIENT: _ANY | {"server.address", "server.port", "db.system.name", "db.operation.name"},
}
"""The attributes that leave, by who speaks: a caller may write anything into the name of the host that they ask."""

NOTHING: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own. Its logs would carry off what an exception says."""


def provider_for(url: str | None) -> TracerProvider | None:
    """Where spans go: to the collector at `url`, or at the standard variable's; None where nobody collects."""
    standard = os.environ.get(STANDARD)
    if not url and not standard:
        return None
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces" if url else None, timeout=TIMEOUT_SECONDS)
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(Discreet(exporter)))
    return provider


def of_requests(provider: TracerProvider | None) -> TelemetryConfig:
    """What FastAPI is told: a span for each request, named by its route's template."""
    if provider is None:
        return NOTHING
    return {**NOTHING, "tracing": True, "operation_spans": False, "tracer_provider": provider}


class Discreet(SpanExporter):
    """Hands on what is in the table, without events, for an exception's text is one of them."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """As SpanExporter."""
        return self._exporter.export([_discreet(span) for span in spans])

    def shutdown(self) -> None:
        """As SpanExporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """As SpanExporter."""
        return self._exporter.force_flush(timeout_millis)


def _discreet(span: ReadableSpan) -> ReadableSpan:
    told = TOLD.get(span.kind, frozenset())
    return ReadableSpan(
        name=span.name,
        context=_without_state(span.get_span_context()),
        parent=_without_state(span.parent),
        resource=span.resource,
        attributes={name: value for name, value in (span.attributes or {}).items() if name in told},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _without_state(context: SpanContext | None) -> SpanContext | None:
    """What came in with a request may say anything beside its ids."""
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def of_statements(engine: AsyncEngine, provider: TracerProvider | None) -> None:
    """A span for each statement from now on, of which the verb alone is told."""
    if provider is None:
        return
    tracer = provider.get_tracer(SERVICE)
    system = engine.dialect.name

    def begin(_: Any, __: Any, statement: str, ___: Any, context: Any, ____: bool) -> None:
        verb = statement.split(None, 1)[0].upper()
        attributes = {"db.system.name": system, "db.operation.name": verb}
        context.chevet_span = tracer.start_span(f"{system} {verb}", kind=SpanKind.CLIENT, attributes=attributes)

    def end(_: Any, __: Any, ___: str, ____: Any, context: Any, _____: bool) -> None:
        context.chevet_span.end()

    def fail(error: Any) -> None:
        span: Span | None = getattr(error.execution_context, "chevet_span", None)
        if span is not None:
            span.set_attribute("error.type", type(error.original_exception).__name__)
            span.set_status(StatusCode.ERROR)
            span.end()

    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", end)
    event.listen(engine.sync_engine, "handle_error", fail)


class Asking(httpx2.AsyncClient):
    """A client with a span for each question, of which the host alone is told."""

    def __init__(self, provider: TracerProvider, **given: Any) -> None:
        super().__init__(**given)
        self._tracer = provider.get_tracer(SERVICE)

    async def send(self, request: httpx2.Request, **given: Any) -> httpx2.Response:
        """As AsyncClient."""
        attributes = {"http.request.method": request.method, "server.address": request.url.host}
        with self._tracer.start_as_current_span(
            request.method, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
        ) as span:
            answer = await super().send(request, **given)
            span.set_attribute("http.response.status_code", answer.status_code)
            return answer


def client(provider: TracerProvider | None, timeout: float) -> httpx2.AsyncClient:
    """For what the service asks others."""
    return httpx2.AsyncClient(timeout=timeout) if provider is None else Asking(provider, timeout=timeout)


def of_session(provider: TracerProvider | None) -> Sequence[aiohttp.TraceConfig]:
    """The same of a session of aiohttp: what it is made with."""
    if provider is None:
        return ()
    tracer, config = provider.get_tracer(SERVICE), aiohttp.TraceConfig()

    async def begin(_: Any, context: Any, asked: aiohttp.TraceRequestStartParams) -> None:
        attributes = {"http.request.method": asked.method, "server.address": asked.url.host or ""}
        context.span = tracer.start_span(asked.method, kind=SpanKind.CLIENT, attributes=attributes)

    async def end(_: Any, context: Any, answered: aiohttp.TraceRequestEndParams) -> None:
        context.span.set_attribute("http.response.status_code", answered.response.status)
        context.span.end()

    async def fail(_: Any, context: Any, failed: aiohttp.TraceRequestExceptionParams) -> None:
        context.span.set_attribute("error.type", type(failed.exception).__name__)
        context.span.set_status(StatusCode.ERROR)
        context.span.end()

    config.on_request_start.append(begin)
    config.on_request_end.append(end)
    config.on_request_exception.append(fail)
    return (config,)


async def told(provider: TracerProvider | None) -> None:
    """What was traced is with the collector, or it is away."""
    if provider is not None:
        await asyncio.to_thread(provider.shutdown)


def trace_id() -> str | None:
    """Of the request under way, where it is traced."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None


def header() -> Mapping[str, str]:
    """By which a person can say which trace an answer was of."""
    found = trace_id()
    return {HEADER: found} if found else {}


def named(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A line of the log with its trace."""
    if found := trace_id():
        line["trace"] = found
    return line
