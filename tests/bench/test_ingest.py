"""The load of the ingest measurement is what uplink would send, and what is missing at the end is found."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis_service.ingest.guard import judge
from analysis_service.ingest.refusals import Circumstances
from analysis_service.records.service import Assignment
from bench import readback
from bench.bodies import GATEWAYS, MINUTE, SERIES, Sweep, bodies, labels, series_of, values
from bench.errors import Unmeasured
from bench.fleet import patient
from bench.rates import Measurement
from bench.readback import Content
from bench.wrk import request, run
from exporters.gateway.uplink.batches import compressed

START = 1_900_000_000_000 // MINUTE * MINUTE


def sweep(size: int, count: int = GATEWAYS + 2) -> Sweep:
    return Sweep(prefix="g", start=START, size=size, count=count)


@pytest.mark.parametrize("size", [50, 500])
def test_a_body_is_byte_for_byte_the_one_that_uplink_would_make(size: int) -> None:
    made = list(bodies(sweep(size)))
    assert len(made) == GATEWAYS + 2
    for number in (0, 1, GATEWAYS - 1, GATEWAYS, GATEWAYS + 1):
        assert made[number] == compressed(series_of(sweep(size), number))


@pytest.mark.parametrize("size", [50, 500])
def test_a_body_has_its_samples_in_at_most_48_series_of_one_gateway_and_no_time_twice(size: int) -> None:
    sent: set[tuple[object, int]] = set()
    for number in (0, GATEWAYS):  # the first gateway's first and second
        many = series_of(sweep(size), number)
        assert len(many) <= SERIES == 48
        assert {dict(one.labels)["gateway"] for one in many} == {"g0000"}
        sent |= {(one.labels, at) for one in many for at, _ in one.samples}
    assert len(sent) == 2 * size


def test_the_guard_has_nothing_against_any_of_it() -> None:
    stands = Assignment(id="a", gateway="g0000", patient="p", from_ms=0, until_ms=None)
    known = Circumstances(gateway="g0000", now=sweep(500).end, assignments=(stands,))
    assert not judge(series_of(sweep(500), GATEWAYS), known).refused
    assert not judge(series_of(sweep(500), 0), known).refused


def test_what_ought_to_be_stored_is_what_the_bodies_hold() -> None:
    wanted = readback.expected([sweep(50)], frozenset({"g"}))
    found: dict[readback.Key, list[float]] = {}
    for number in range(GATEWAYS + 2):
        for one in series_of(sweep(50), number):
            labelled = tuple(sorted((*one.labels, ("patient", patient(number % GATEWAYS)))))
            found.setdefault(labelled, []).extend(value for _, value in one.samples)
    there = {key: Content(count=len(each), total=float(np.sum(each))) for key, each in found.items()}
    assert readback.difference(wanted, there) == []
    assert len(wanted) == GATEWAYS * SERIES


def test_a_sample_that_is_missing_added_or_another_is_found() -> None:
    wanted = readback.expected([sweep(50, 1)], frozenset())
    key, content = next(iter(wanted.items()))
    for wrong in (
        replace(content, count=content.count - 1),
        replace(content, count=content.count + 1),
        replace(content, total=content.total + 0.01),
    ):
        assert len(readback.difference(wanted, wanted | {key: wrong})) == 1
    assert len(readback.difference(wanted, {})) == SERIES
    assert len(readback.difference({}, wanted)) == SERIES


def test_without_its_patient_a_series_counts_as_missing() -> None:
    stamped = readback.expected([sweep(50, 1)], frozenset({"g"}))
    plain = readback.expected([sweep(50, 1)], frozenset())
    assert len(readback.difference(stamped, plain)) == 2 * SERIES


def test_the_next_sweep_is_later_than_every_sample_of_the_one_before() -> None:
    for size in (50, 500):
        one = sweep(size, 3 * GATEWAYS)
        last = max(at for each in series_of(one, 2 * GATEWAYS) for at, _ in each.samples)
        assert last <= one.end


def test_values_are_as_irregular_for_each_gateway_as_patients_are() -> None:
    samples = np.arange(0, 480, 4)  # means
    assert len(set(values(1, samples).tolist())) > 50
    assert values(1, samples).tolist() != values(2, samples).tolist()
    assert len(labels("g")) == len(set(labels("g")))


@pytest.mark.parametrize(
    ("rates", "errors", "names"),
    [
        ({"guard_500": 50.0, "direct_500": 100.0, "null_500": 300.0}, 0, []),
        ({"guard_500": 49.0, "direct_500": 100.0, "null_500": 300.0}, 0, ["ratio_500"]),
        ({"guard_500": 50.0, "direct_500": 100.0, "null_500": 299.0}, 0, ["null_500"]),
        ({"guard_500": 50.0, "direct_500": 100.0, "null_500": 300.0}, 1, ["errors"]),
    ],
    ids=["kept", "too slow", "generator too slow", "errors"],
)
def test_a_bound_that_is_not_kept_is_named(rates: dict[str, float], errors: int, names: list[str]) -> None:
    measured = Measurement.__new__(Measurement)
    ample = {"guard_50": 50.0, "direct_50": 100.0, "null_50": 300.0}
    measured._rates = {name: [rate] for name, rate in (ample | rates).items()}
    measured._errors = errors
    assert [sentence.split(":")[0] for sentence in measured.shortfalls()] == names


class Sink:
    """Answers POST with 204 and GET with 200; keeps what was posted."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"GET"):
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    continue
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                writer.write(
                    b"HTTP/1.1 204 No Content\r\nX-Chevet: 1\r\n\r\n"
                )  # wrk passes over an answer without headers
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def test_every_request_is_sent_once_and_every_answer_waited_for() -> None:
    sink = Sink()
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    many = [b"body %d" % number for number in range(501)]
    requests = [request("/api/v1/write", {"X": "y"}, body) for body in many]
    load = await asyncio.to_thread(run, url, "/healthz", iter(requests))
    server.close()
    assert sorted(sink.bodies) == sorted(many)
    assert (load.taken, load.refused) == (501, 0)
    assert load.rate > 0


def test_a_server_that_is_not_there_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.wrk.LONGEST_SECONDS", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unmeasured):
            run(f"http://127.0.0.1:{taken.getsockname()[1]}", "/", iter([request("/", {}, b"x")]))


def test_an_option_that_cannot_be_is_refused_in_a_sentence() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bench", "ingest", "--rounds", "0"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (2, "--rounds: expected at least 1, got 0\n")
