"""The servers under this measurement: the service before a Prometheus that knows all, and one that knows no other.

What the proxy answers has to be what the second answers to the very words that the first was never asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cramjam
import httpx2

from analysis_service.query.expressions import rendered
from analysis_service.query.scope import Scope
from bench.adversary import FOREIGN, OPEN, Question
from bench.progress import Tell
from bench.tokens import Signing
from chevet.remote_write import Series, encode, series
from chevet.roles import Role
from provisioning import secrets
from provisioning.local import chevet, prometheus
from provisioning.local.servers import on_free_ports
from provisioning.local.supervisor import Supervisor

UNREAD = 400
"""What Prometheus answers to syntax that is newer than it, such as a label in quotes."""
NAMES = ("Marie", "Jean")
NURSE = "nurse"
SETTINGS = {"CHEVET_WORKERS": "2", "CHEVET_REQUESTS_PER_SECOND": "100000"}
"""One nurse asks it all."""
EVERY, COUNT = 15, 41
"""Seconds between two samples, and how many of each series."""
WRITTEN = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


@dataclass(slots=True)
class Proxied:
    """Three addresses of one API. `own` are the patients of the nurse who asks; `at` is when all is asked."""

    client: httpx2.Client
    proxy: str
    everybody: str
    bare: str
    nurse: dict[str, str]
    at: int
    own: list[str] = field(default_factory=list)

    def answer(self, question: Question) -> tuple[httpx2.Response, float]:
        """What the proxy answers, and the seconds that it took."""
        return self._asked(self.proxy, question, self.nurse)

    def expected(self, question: Question) -> tuple[httpx2.Response, float]:
        """What a Prometheus answers that never knew anybody else. One that is old asks for the words of before."""
        answer, seconds = self._asked(self.bare, question, {})
        if answer.status_code == UNREAD:
            scope = Scope(clinical=True, technical=False, patients=dict.fromkeys(self.own, ""))
            older = rendered("query", question.text, scope)
            return self._asked(self.bare, replace(question, text=older), {})
        return answer, seconds

    def _asked(self, base: str, question: Question, headers: dict[str, str]) -> tuple[httpx2.Response, float]:
        given: dict[str, Any] = {"start": self.at - 300, "end": self.at + 1}
        if question.path == "query":
            given = {"query": question.text, "time": self.at}
        elif question.path == "query_range":
            given |= {"query": question.text, "step": 60}
        else:
            given |= {"match[]": question.text}
        begun = time.perf_counter()
        answer = self.client.get(f"{base}/{question.path}", params=given, headers=headers)
        return answer, time.perf_counter() - begun


@contextmanager
def proxied(directory: Path, tell: Tell) -> Iterator[Proxied]:
    """The servers, with what they know; stopped when the block ends."""
    with Supervisor(directory, tell) as supervisor, httpx2.Client(timeout=40) as client:
        keys = supervisor.directory / "secrets"
        supervisor.assign_ports(on_free_ports(chevet.issuer(keys)))  # it need not run: the keys are had by file
        secrets.make(keys, ())
        bare = replace(prometheus.row(), name="bare")
        service = chevet.service(keys, more=SETTINGS)
        supervisor.start(*map(on_free_ports, (prometheus.row(), bare, service)))
        url = {name: supervisor.place(name).url() for name in ("issuer", "service", "prometheus", "bare")}
        at = int(time.time()) // EVERY * EVERY
        signing = Signing(keys, url["issuer"])
        stack = Proxied(
            client,
            f"{url['service']}/prometheus/api/v1",
            f"{url['prometheus']}/api/v1",
            f"{url['bare']}/api/v1",
            _bearer(signing, NURSE, Role.NURSE),
            at,
        )
        ward = Ward(client, f"{url['service']}/api/v1", signing)
        stack.own += [ward.admit("doctor", name) for name in NAMES]
        ward.join("doctor", NURSE)
        foreign = [ward.admit("another doctor", name) for name in NAMES]
        own = [one for number, patient in enumerate(stack.own) for one in _of(patient, f"g{number}", 60 + number, at)]
        _write(client, url["bare"], own)
        _write(client, url["prometheus"], [*own, *_of_others(foreign, at)])
        yield stack


def _join(client: httpx2.Client, service: str, doctor: dict[str, str]) -> None:
    """The nurse is of the team of whoever made the dossiers."""
    [team] = client.get(f"{service}/api/v1/teams", headers=doctor).raise_for_status().json()
    joining = {"subject": Role.NURSE.value, "name": "Nurse"}
    path = f"{service}/api/v1/teams/{team['id']}/members"
    client.post(path, json=joining, headers=doctor).raise_for_status()


def _of(patient: str, gateway: str, value: float, at: int) -> Iterator[Series]:
    times = [(at - EVERY * number) * 1000 for number in reversed(range(COUNT))]
    for number, name in enumerate(OPEN):
        labels = {"patient": patient, "gateway": gateway, "device": "d1", "kind": "clinical"}
        said = ((when, value + 10 * number + step / 64) for step, when in enumerate(times))
        yield series(name, {key: one for key, one in labels.items() if one}, *said)


def _of_others(foreign: Sequence[str], at: int) -> Iterator[Series]:
    """Of patients of another team, of such as have no dossier any more, and of nobody."""
    for number, patient in enumerate((*foreign, f"{FOREIGN}1", f"{FOREIGN}2"), 1):
        yield from _of(patient, f"{FOREIGN}-g{number}", 1e6 * number, at)
    yield from _of("", f"{FOREIGN}-g9", 7e6, at)
    yield series("up", {"job": FOREIGN}, (at * 1000, 1.0))


def _write(client: httpx2.Client, url: str, many: list[Series]) -> None:
    body = bytes(cramjam.snappy.compress_raw(encode(many)))
    client.post(f"{url}/api/v1/write", content=body, headers=WRITTEN).raise_for_status()


@dataclass(frozen=True, slots=True)
class Ward:
    """People of the service, who do what the measurement needs before it begins."""

    client: httpx2.Client
    api: str
    signing: Signing

    def admit(self, doctor: str, name: str) -> str:
        """The pseudonym of a new patient of that doctor's team."""
        made = self._ask(doctor, "POST", "/patients", {"name": name})
        return str(made["patient"])

    def join(self, doctor: str, nurse: str) -> None:
        """The nurse is of that doctor's team from now on."""
        (team,) = self._ask(doctor, "GET", "/teams")
        self._ask(doctor, "POST", f"/teams/{team['id']}/members", {"subject": nurse, "name": nurse})

    def _ask(self, doctor: str, method: str, path: str, body: object = None) -> Any:
        headers = _bearer(self.signing, doctor, Role.DOCTOR)
        answer = self.client.request(method, self.api + path, json=body, headers=headers)
        return answer.raise_for_status().json()


def _bearer(signing: Signing, subject: str, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {signing.token(subject, role)}"}
