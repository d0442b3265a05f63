"""What a process says of itself, as series of its gateway: only what is on the list, from who answers in time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector

from chevet.remote_write import Series, series
from exporters.gateway import machinery

Serve = Callable[[bytes], str]

SAID = b"""\
# TYPE chevet_journal_bytes gauge
chevet_journal_bytes 5
# TYPE chevet_uplink_cuts_total counter
chevet_uplink_cuts_total{cut="window"} 7
# TYPE chevet_sms_seconds histogram
chevet_sms_seconds_bucket{le="1.0"} 1
chevet_sms_seconds_bucket{le="+Inf"} 2
chevet_sms_seconds_count 2
chevet_sms_seconds_sum 3.5
"""


def own(name: str, value: float, **labels: str) -> Series:
    return series(name, {"gateway": "g01", "process": "uplink", **labels}, (0, value))


def said(text: bytes, serve: Serve) -> set[Series]:
    looked = machinery.look("g01", "uplink", serve(text))
    assert looked.answers
    found = set(looked.series)
    assert own("chevet_process_up", 1) in found
    return found - {own("chevet_process_up", 1)}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Gives the address of a process that says these bytes at /metrics; slowly where they are b'slow'."""
    ended = Event()

    def make(text: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/metrics" and text != b"broken" else 500)
                self.end_headers()
                if text == b"slow":
                    while not ended.wait(0.05):
                        self.wfile.write(b"#\n")
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        stack.callback(server.server_close)
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        return f"127.0.0.1:{server.server_port}"

    with ExitStack() as stack:
        stack.callback(ended.set)
        yield make
        ended.set()


def test_gauges_counters_and_histograms_name_their_gateway_and_process(serve: Serve) -> None:
    assert said(SAID, serve) == {
        own("chevet_journal_bytes", 5),
        own("chevet_uplink_cuts_total", 7, cut="window"),
        own("chevet_sms_seconds_bucket", 1, le="1.0"),
        own("chevet_sms_seconds_bucket", 2, le="+Inf"),
        own("chevet_sms_seconds_count", 2),
        own("chevet_sms_seconds_sum", 3.5),
    }


@pytest.mark.parametrize(
    "line",
    [
        b"process_cpu_seconds_total 3",
        b"chevet_ingest_samples_total 3",
        b'chevet_vital_heart_rate_per_minute{gateway="g01",device="d1"} 70',
        b'chevet_journal_bytes{patient="p1"} 3',
        b"chevet_uplink_cuts_total 3",
        b"chevet_journal_bytes NaN",
        b"chevet_journal_bytes +Inf",
    ],
    ids=["not ours", "the service's", "clinical", "one label more", "one label less", "no number", "no finite one"],
)
def test_what_is_not_on_the_list_or_not_known_is_not_said(serve: Serve, line: bytes) -> None:
    assert said(line + b"\nchevet_journal_bytes 5\n", serve) == {own("chevet_journal_bytes", 5)}


@pytest.mark.parametrize("text", [b"broken", b"not { metrics", b"\xff\xfe", b"#" * (2**20 + 1)])
def test_an_answer_that_cannot_be_read_is_a_process_that_does_not_answer(serve: Serve, text: bytes) -> None:
    looked = machinery.look("g01", "uplink", serve(text))
    assert (looked.answers, looked.series) == (False, [own("chevet_process_up", 0)])


def test_a_process_that_is_not_there_does_not_answer() -> None:
    assert machinery.look("g01", "uplink", "127.0.0.1:9").series == [own("chevet_process_up", 0)]


def test_a_process_that_never_comes_to_an_end_is_waited_for_no_longer_than_two_seconds(serve: Serve) -> None:
    began = time.monotonic()
    assert not machinery.look("g01", "uplink", serve(b"slow")).answers
    assert time.monotonic() - began < 10


def test_what_is_shown_again_is_what_was_said_and_promtool_has_nothing_to_say(serve: Serve) -> None:
    first = machinery.look("g01", "uplink", serve(SAID)).series

    class Again(Collector):
        def collect(self) -> Iterator[object]:
            return machinery.families(first)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Again())
    text = generate_latest(registry).decode()
    for line in SAID.decode().splitlines():
        if line.startswith("# TYPE"):
            assert line in text.splitlines()
    assert 'chevet_sms_seconds_bucket{gateway="g01",le="+Inf",process="uplink"} 2.0' in text
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
