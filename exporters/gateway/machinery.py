"""What the processes of a gateway say of themselves, gathered: each one's /metrics on loopback, as series that name the
gateway and the process.

`agent` pushes these series and `exporter` shows them: they are the same either way.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx2
import structlog
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from chevet import metrics
from chevet.errors import ChevetError
from chevet.remote_write import Series, series
from chevet.severities import Kind
from exporters.gateway import telemetry

log = structlog.get_logger()

ANSWER_SECONDS = 2.0
"""How long a process may take for its whole answer: one that stands still must not hold up what the others say."""

MOST_BYTES = 2**20


class NoAnswer(ChevetError):
    """A process does not say how it is, or says it in no form that is to be read."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look at a process found. `series` have the time 0: what they say is true now."""

    process: str
    answers: bool
    series: list[Series]


def look(gateway: str, process: str, address: str) -> Looked:
    """Ask a process at its address (host:port). One that does not answer is `chevet_process_up` 0, and no error."""
    try:
        said = said_by(gateway, process, text_string_to_metric_families(_asked(address)))
    except (httpx2.HTTPError, ValueError, ChevetError) as error:
        log.debug("a process does not say how it is", of=process, error=repr(error))
        return _looked(gateway, process, False, [])
    return _looked(gateway, process, True, said)


def look_at_oneself(gateway: str, process: str) -> Looked:
    """The same of the process that we are, without a network."""
    return _looked(gateway, process, True, said_by(gateway, process, telemetry.REGISTRY.collect()))


def said_by(gateway: str, process: str, families: Iterable[Metric]) -> list[Series]:
    """Those samples that a row of a gateway's own metrics names, with exactly its labels; the rest is not for others.

    What is no finite number is not known, and so not said. Raises ValueError where `families` cannot be read.
    """
    labels = {metrics.GATEWAY: gateway, metrics.PROCESS: process}
    return [
        series(sample.name, {**sample.labels, **labels}, (0, sample.value))
        for family in families
        for sample in family.samples
        if math.isfinite(sample.value) and set(sample.labels) == _labels(sample.name)
    ]


def families(many: Iterable[Series]) -> Iterator[Metric]:
    """Series as a page shows them: one family for each metric, with the help and the type of its row."""
    found: dict[str, Metric] = {}
    for one in many:
        row, _ = metrics.of_series(one.name) or (metrics.BY_NAME[one.name], ())
        family = found.setdefault(row.name, Metric(row.name.removesuffix("_total"), row.help, row.type))
        labels = {name: text for name, text in one.labels if name != "__name__"}
        for at, value in one.samples:
            family.add_sample(one.name, labels, value, at / 1000 if at else None)
    yield from found.values()


def _looked(gateway: str, process: str, answers: bool, said: list[Series]) -> Looked:
    labels = {metrics.GATEWAY: gateway, metrics.PROCESS: process}
    return Looked(process, answers, [*said, series(metrics.PROCESS_UP.name, labels, (0, float(answers)))])


def _labels(name: str) -> set[str] | None:
    """The labels that a series of this name has where its own process says it; None where it is none of ours."""
    found = metrics.of_series(name)
    if found is None or not found[0].from_gateway or found[0].kind is not Kind.TECHNICAL:
        return None
    return set(found[1])


def _asked(address: str) -> str:
    """Raises httpx2.HTTPError, NoAnswer, UnicodeDecodeError."""
    until, body = time.monotonic() + ANSWER_SECONDS, bytearray()
    with (
        httpx2.Client(timeout=ANSWER_SECONDS, trust_env=False) as http,
        http.stream("GET", f"http://{address}/metrics") as answer,
    ):
        if answer.status_code != 200:
            raise NoAnswer(f"{address}: expected its metrics, got status {answer.status_code}")
        for part in answer.iter_bytes():
            body += part
            if len(body) > MOST_BYTES or time.monotonic() > until:
                raise NoAnswer(f"{address}: expected at most {MOST_BYTES} bytes within {ANSWER_SECONDS:g} s, got more")
    return body.decode()
