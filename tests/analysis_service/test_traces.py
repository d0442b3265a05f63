"""What a collector is told: requests by their templates, and nothing of anybody, whoever wrote it into a span."""

from __future__ import annotations

import gzip
import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analysis_service import logs, traces
from analysis_service.ingest.store import Store, StoreAway, session

SECRETS = ("Marie", "Lefèvre", "p-secret", "tracestate-secret", "host-secret", "SELECT ")


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP and keeps the bytes."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self) -> list:
        found = []
        for body in self.bodies:
            for one in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in one.scope_spans:
                    found += scope.spans
        return found


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(30)


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    return on_sqlite


async def test_a_trace_has_the_request_its_statements_and_questions_and_nothing_of_anybody(
    serving, prometheus, collector
) -> None:
    async with serving(prometheus.url, traces_url=collector.url) as service:
        patient = await service.patient("Marie Lefèvre")
        doctor = service.as_("doctor")
        outside = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "tracestate": "v=tracestate-secret"}
        for path in (
            f"/api/v1/patients/{patient}/contacts",
            "/api/v1/patients/p-secret/contacts",
            "/p-secret?q=p-secret",
        ):
            await service.client.get(path, headers=doctor | outside | {"Host": "host-secret"})
        queried = await service.client.get(
            "/prometheus/api/v1/query", params={"query": "up"}, headers=service.as_("sre")
        )
        assert queried.status_code == 200, queried.text
        token = doctor["Authorization"].split()[1]
    spans = collector.spans()
    names = {span.name for span in spans}
    assert {"GET /api/v1/patients/{patient}/contacts", "POST /api/v1/patients", "GET", "sqlite SELECT", "POST"} <= names
    [asked] = [span for span in spans if span.name == "GET /api/v1/patients/{patient}/contacts"][:1]
    assert asked.trace_id == bytes.fromhex("a" * 32)
    statements = [span for span in spans if span.name == "sqlite SELECT" and span.parent_span_id == asked.span_id]
    assert statements
    everything = b"".join(collector.bodies)
    for secret in (*SECRETS, patient, token, service.gateway):
        assert secret.encode() not in everything, secret
    told = set().union(*traces.TOLD.values())
    assert {attribute.key for span in spans for attribute in span.attributes} <= told
    assert not [span for span in spans if span.events or span.links or span.status.message]


async def test_what_the_store_is_asked_is_told_without_the_address(prometheus, collector) -> None:
    provider = traces.provider_for(collector.url)
    async with session(30, traces.of_session(provider)) as to_store:
        await Store(to_store, f"{prometheus.url}/api/v1/write", prometheus.url).write(b"")
        with pytest.raises(StoreAway):
            await Store(to_store, "http://127.0.0.1:9/p-secret", prometheus.url).write(b"")
    await traces.told(provider)
    taken, away = collector.spans()
    assert (taken.name, away.name) == ("POST", "POST")
    assert {attribute.key for attribute in taken.attributes} == {
        "http.request.method",
        "server.address",
        "http.response.status_code",
    }
    assert {attribute.key for attribute in away.attributes} == {"http.request.method", "server.address", "error.type"}
    assert b"secret" not in b"".join(collector.bodies)


async def test_a_refusal_names_its_trace_and_so_does_a_line_of_the_log(serving, collector, capsys) -> None:
    async with serving("http://127.0.0.1:9", traces_url=collector.url) as service:
        answer = await service.client.get("/api/v1/patients/p1/contacts", headers=service.as_("doctor"))
        assert answer.status_code == 404
        fine = await service.client.get("/healthz")
    by_trace = {span.trace_id.hex(): span.name for span in collector.spans() if not span.parent_span_id}
    assert by_trace[answer.headers[traces.HEADER]] == "GET /api/v1/patients/{patient}/contacts"
    assert traces.HEADER not in fine.headers
    provider = traces.provider_for(collector.url)
    logs.install()
    with provider.get_tracer("test").start_as_current_span("one") as span:
        logging.getLogger("test").warning("something")
    [line] = [json.loads(one) for one in capsys.readouterr().err.splitlines() if "something" in one]
    assert line["trace"] == format(span.get_span_context().trace_id, "032x")
    provider.shutdown()


async def test_a_collector_that_is_away_changes_no_answer(serving) -> None:
    async with serving("http://127.0.0.1:9", traces_url="http://127.0.0.1:9") as service:
        assert (await service.client.get("/healthz")).status_code == 200
        begun = time.monotonic()
    assert time.monotonic() - begun < 10


async def test_it_is_off_unless_somebody_collects(serving, monkeypatch) -> None:
    monkeypatch.delenv(traces.STANDARD, raising=False)
    assert traces.provider_for(None) is None
    assert traces.of_requests(None)["tracing"] is False
    async with serving("http://127.0.0.1:9") as service:
        answer = await service.client.get("/api/v1/patients/p1/contacts", headers=service.as_("doctor"))
    assert traces.HEADER not in answer.headers
    assert not trace.get_current_span().get_span_context().is_valid
    monkeypatch.setenv(traces.STANDARD, "http://127.0.0.1:9")
    provider = traces.provider_for(None)
    assert provider is not None
    provider.shutdown()
