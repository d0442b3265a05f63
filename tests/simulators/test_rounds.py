"""The nurse of the simulators: with each patient in their turn, saying the same of one visit however often."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning import secrets
from provisioning.local import chevet, prometheus
from provisioning.local.registration import PAST_SECONDS, Registrar
from provisioning.local.registration import Resident as Registered
from provisioning.local.supervisor import Supervisor
from simulators.__main__ import main
from simulators.devices import DEVICES
from simulators.patients import patient
from simulators.residents import Resident
from simulators.rounds import entries, last_visit
from tests.scraped import metrics_of

HOUR = 3600.0
NOON = 1_900_000_800.0
GATEWAYS = ("g03", "g04")
DEADLINE = 60.0


def resident(seed: int) -> Resident:
    return Resident(gateway=f"g{seed}", pseudonym=f"p{seed}", body=patient(seed), devices=DEVICES)


def test_each_patient_is_visited_every_few_hours_and_not_all_at_once() -> None:
    people = [resident(seed) for seed in range(50)]
    first = {one.pseudonym: last_visit(one, NOON, 4 * HOUR) for one in people}
    assert all(NOON - 4 * HOUR < visit <= NOON for visit in first.values())
    assert len(set(first.values())) == 50
    for one in people:
        due = first[one.pseudonym] + 4 * HOUR
        assert last_visit(one, due - 1, 4 * HOUR) == first[one.pseudonym]
        assert last_visit(one, due + 1, 4 * HOUR) == pytest.approx(due)


def test_of_one_visit_the_same_is_said_again_and_of_the_next_something_else() -> None:
    one = resident(7)
    visit = last_visit(one, NOON, 4 * HOUR)
    said = list(entries(one, visit))
    assert said == list(entries(one, last_visit(one, NOON + 1, 4 * HOUR)))
    assert [entry["kind"] for entry in said] == ["oxygen", "consciousness", "eligible"]
    assert {entry["observed_ms"] for entry in said} == {round(visit * 1000)}
    later = list(entries(one, last_visit(one, NOON + 4 * HOUR, 4 * HOUR)))
    assert not {entry["id"] for entry in said} & {entry["id"] for entry in later}


def test_some_have_oxygen_with_a_flow_and_most_breathe_air() -> None:
    seen = [next(entries(resident(seed), NOON)) for seed in range(200)]
    supplied = [one for one in seen if one["value"] == "oxygen"]
    assert 5 <= len(supplied) <= 40
    assert all(one["flow"] == 2.0 for one in supplied)
    assert all("flow" not in one for one in seen if one["value"] == "air")


def test_a_resident_whose_pseudonym_nobody_said_is_refused_by_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "residents.json"
    file.write_text(json.dumps([{"gateway": "g03", "patient": "p3"}, {"gateway": "g04"}]))
    given = ["rounds", "--service", "http://127.0.0.1:9", "--credentials", str(tmp_path), "--patients", str(file)]
    assert main(given) == 2
    assert capsys.readouterr().err == "--patients row 2: expected the patient's pseudonym, got none\n"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[tuple[Supervisor, Path, dict[str, str]]]:
    """An issuer and a service that knows two patients, by gateway."""
    keys = tmp_path / "keys"
    with Supervisor(tmp_path / "stack") as supervisor:
        issuer = chevet.issuer(keys, port=0)
        supervisor.assign_ports(issuer, replace(prometheus.row(), ports={"http": 0}))
        secrets.make(keys, GATEWAYS, token_url=f"{supervisor.place('issuer').url()}/token")
        supervisor.start(issuer, chevet.service(keys, lead_seconds=-PAST_SECONDS, port=0))
        people = [Registered(gateway=gateway, name=gateway.upper(), devices={}) for gateway in GATEWAYS]
        yield supervisor, keys, Registrar(supervisor.place("service").url(), keys).register(people)


def test_what_the_nurse_sees_is_told_to_prometheus_through_a_restart_of_hers(
    stack: tuple[Supervisor, Path, dict[str, str]], tmp_path: Path
) -> None:
    supervisor, keys, pseudonyms = stack
    service = supervisor.place("service").url()
    file = tmp_path / "residents.json"
    people = [{"gateway": gateway, "patient": patient, "seed": 1} for gateway, patient in pseudonyms.items()]
    file.write_text(json.dumps(people))
    arguments = ["--service", service, "--credentials", str(keys / "clients"), "--patients", str(file)]
    told = []
    for number in range(2):
        with (tmp_path / f"{number}.log").open("w+") as log:
            command = [sys.executable, "-m", "simulators", "rounds", *arguments, "--every", "12h"]
            running = subprocess.Popen(command, stderr=log)
            try:
                _wait_until_visited(Path(log.name))
                told.append(_told(service, keys))
            finally:
                running.send_signal(signal.SIGTERM)
                assert running.wait(30) == 0
            log.seek(0)
            assert "expected" not in log.read(), "nothing was refused"
    assert told[0] == told[1], "the same visits are the same observations"
    assert {name for name, _ in told[0]} == {"oxygen", "consciousness", "eligible"}
    assert {patient for _, patient in told[0]} == set(pseudonyms.values())


def _wait_until_visited(log: Path) -> None:
    deadline = time.monotonic() + DEADLINE
    while "2 visited" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


def _told(service: str, keys: Path) -> dict[tuple[str, str], str]:
    """(kind, patient) to value and time."""
    text = metrics_of(service, keys)
    found = re.findall(r'^chevet_news2_(\w+)\{patient="(\w+)"\} (.+)$', text, re.MULTILINE)
    return {(kind, patient): said for kind, patient, said in found}
