"""The demo as a person starts it: it is ready, the phone rings, both ways end in the same series, Ctrl-C ends all."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from alert_rules.groups import GROUPS
from provisioning.local import record
from provisioning.local.chevet import ROOT
from provisioning.local.console import tunnel

PROMISED_SECONDS = 60.0
WINDOWS_ARRIVE_WITHIN = 240.0
MAIL_WITHIN = 300.0
HISTORY_WITHIN = 600.0
"""It is built politely: whatever else the machine does comes first."""


@dataclass(frozen=True, slots=True)
class Running:
    """A demo that is up, what it printed, and what it said of each process."""

    process: subprocess.Popen[str]
    home: Path
    said: str
    seconds: float

    def url(self, row: str) -> str:
        return f"http://127.0.0.1:{record.read(self.home)['processes'][row]['ports']['http']}"

    def snapshot(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx2.get(f"{self.url('page')}/snapshot").json()
        return found

    def press(self, button: str) -> None:
        found = next(one for one in self.snapshot()["buttons"] if one["title"] == button)
        httpx2.post(f"{self.url('page')}{found['path']}", headers={"X-Chevet-Page": "1"}).raise_for_status()

    def told(self, wanted: dict[str, str]) -> bool:
        """Whether each of those who read mails has one whose subject holds this."""
        mails = self.snapshot()["mails"]
        return all(any(one["reads"] == who and said in one["subject"] for one in mails) for who, said in wanted.items())

    def series(self, selector: str) -> list[dict[str, str]]:
        answer = httpx2.get(f"{self.url('prometheus')}/api/v1/series", params={"match[]": selector})
        found: list[dict[str, str]] = answer.json()["data"]
        return found


def eventually(condition: Callable[[], bool], within: float) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.2)


def start(home: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "CHEVET_HOME": str(home)}
    command = (sys.executable, "-m", "provisioning", "local")
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C stops everything" in line:
            return said
    raise AssertionError(said)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("demo") / "a house with a space"
    since = time.monotonic()
    process = start(home)
    try:
        said = until_ready(process)
        yield Running(process, home, said, time.monotonic() - since)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_it_is_ready_and_the_phone_has_rung_within_a_minute(demo: Running) -> None:
    assert demo.seconds < PROMISED_SECONDS
    eventually(lambda: bool(demo.snapshot()["sms"]), PROMISED_SECONDS - demo.seconds)
    assert re.search(r"page +http://127.0.0.1:\d+|buttons +http://127.0.0.1:\d+", demo.said)


def test_a_second_one_in_the_same_directory_is_refused_by_name(demo: Running) -> None:
    second = start(demo.home)
    said, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"{demo.home}: a stack already runs in this directory (process {demo.process.pid})" in said


def test_series_of_the_pull_gateway_have_the_names_and_labels_of_the_pushed_ones(demo: Running) -> None:
    def shapes(gateway: str) -> set[tuple[str, ...]]:
        found = demo.series(f'{{__name__=~"chevet_vital_heart_rate.*",gateway="{gateway}"}}')
        return {(one["__name__"], *sorted(one.keys())) for one in found}

    def windows_are_there() -> bool:
        both = shapes("g01"), shapes("g02")
        return all(any(shape[0].endswith("_per_minute") for shape in one) for one in both) and both[0] == both[1]

    eventually(windows_are_there, WINDOWS_ARRIVE_WITHIN)
    assert {"device", "gateway", "patient"} <= {label for shape in shapes("g02") for label in shape}
    targets = httpx2.get(f"{demo.url('prometheus')}/api/v1/targets").json()["data"]["activeTargets"]
    assert {target["labels"]["job"]: target["health"] for target in targets} == {
        "chevet-service": "up",
        "chevet-gateways": "up",
        "prometheus": "up",
        "alertmanager": "up",
    }


def test_both_homes_are_online_and_each_says_how_its_processes_are(demo: Running) -> None:
    def heard() -> dict[str, bool]:
        return {home["gateway"]: bool((home["heartbeat"] or {}).get("online")) for home in demo.snapshot()["homes"]}

    eventually(lambda: heard() == {"g01": True, "g02": True}, PROMISED_SECONDS)

    def up(gateway: str) -> set[tuple[str, ...]]:
        found = demo.series(f'chevet_process_up{{gateway="{gateway}"}}')
        return {tuple(sorted((name, text) for name, text in one.items() if name != "gateway")) for one in found}

    processes = {"intake", "urgent", "uplink", "agent"}
    shapes = {(("__name__", "chevet_process_up"), ("process", name)) for name in processes}
    eventually(lambda: up("g01") == up("g02") == shapes, WINDOWS_ARRIVE_WITHIN)


def test_thirty_patients_are_there(demo: Running) -> None:
    eventually(lambda: len(demo.snapshot()["patients"]) == 30, WINDOWS_ARRIVE_WITHIN)


def test_what_gateways_and_rules_saw_is_one_alert_told_in_a_sentence(demo: Running) -> None:
    def seen_by_both() -> list[dict[str, Any]]:
        return [one for one in demo.snapshot()["alerts"] if one["seen_by"] == ["the gateway", "rules"]]

    eventually(lambda: bool(seen_by_both()), WINDOWS_ARRIVE_WITHIN)
    alert = seen_by_both()[0]
    assert re.search(r"\d+ .+ \(limit [<>≤≥] \d", alert["what"])
    assert alert["name"] in {"Marie Lefèvre", "Georges Okafor"}
    assert alert["first"]
    assert httpx2.get(alert["runbook"]).status_code == 200
    standing = demo.snapshot()["rules"]
    assert standing["loaded"] == len([rule for group in GROUPS for rule in group.rules])
    eventually(lambda: demo.snapshot()["rules"]["heard"] is not None, WINDOWS_ARRIVE_WITHIN)


@pytest.fixture(scope="module")
def hanging(demo: Running) -> None:
    """The service does not answer from here on. Until somebody is told of it the rest is looked at."""
    demo.press("hang the service")


def test_though_the_service_hangs_fourteen_days_of_history_come_behind(demo: Running, hanging: None) -> None:
    def patients_a_week_ago() -> int:
        query = "count(count by (patient) (chevet_vital_heart_rate_per_minute offset 7d))"
        answer = httpx2.get(f"{demo.url('prometheus')}/api/v1/query", params={"query": query})
        result = answer.json()["data"]["result"]
        return int(result[0]["value"][1]) if result else 0

    eventually(lambda: patients_a_week_ago() == 30, HISTORY_WITHIN)


def test_of_a_service_that_hangs_operations_are_told_by_mail_in_their_languages(demo: Running, hanging: None) -> None:
    told = {"reads English": "the service does not answer", "reads French": "le service ne répond pas"}
    eventually(lambda: demo.told(told), MAIL_WITHIN)
    mail = demo.snapshot()["mails"][0]
    assert "127.0.0.1" in httpx2.get(f"{demo.url('page')}/mails/{mail['id']}").text, "links lead to this demo"
    demo.press("let the service go on")


def test_seven_people_sign_in_and_walk_through_the_story_and_again(demo: Running) -> None:
    for _ in range(2):
        walked = subprocess.run(
            (sys.executable, "-m", "simulators", "walk", "--service", demo.url("service")),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert walked.returncode == 0, walked.stdout + walked.stderr
        assert walked.stdout.rstrip().endswith("steps, 0 not as told")


def test_operations_are_told_by_mail_that_it_is_over(demo: Running) -> None:
    over = {
        "reads English": "[OVER] the service does not answer",
        "reads French": "[TERMINÉE] le service ne répond pas",
    }
    eventually(lambda: demo.told(over), MAIL_WITHIN)


def test_ctrl_c_ends_every_process_and_the_next_start_takes_half_a_minute(demo: Running) -> None:
    noted = record.read(demo.home)["processes"]
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(timeout=60) == 0
    assert not [name for name, one in noted.items() if psutil.pid_exists(one["pid"])]
    since = time.monotonic()
    again = start(demo.home)
    try:
        until_ready(again)
        assert time.monotonic() - since < PROMISED_SECONDS / 2
    finally:
        again.send_signal(signal.SIGTERM)
        again.communicate(timeout=60)


def test_over_ssh_the_line_that_brings_the_page_home_is_printed() -> None:
    environment = {"SSH_CONNECTION": "10.0.0.1 5555 10.0.0.2 22", "USER": "ana"}
    line = "ssh -L 8080:127.0.0.1:8080 -L 9090:127.0.0.1:9090 ana@10.0.0.2"
    assert tunnel({"page": 8080, "prometheus": 9090}, environment) == line
    assert tunnel({"page": 8080}, {}) == ""
    other_port = {**environment, "SSH_CONNECTION": json.dumps("x").strip('"') + " 1 10.0.0.2 2222"}
    assert tunnel({"page": 1}, other_port) == "ssh -p 2222 -L 1:127.0.0.1:1 ana@10.0.0.2"
