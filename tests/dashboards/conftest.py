"""A Prometheus that a ward has filled for fourteen days, with the recording rules at work; once for all these tests."""

from __future__ import annotations

import json
import math
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from alert_rules.groups import GROUPS
from alert_rules.prometheus import rule_file
from alert_rules.rows import Recording
from provisioning.local import prometheus as local_prometheus
from provisioning.local import servers
from provisioning.local.rows import Launch, Place, Row
from provisioning.local.supervisor import Supervisor
from tests.dashboards.filled import MINUTE, expositions, people, texts

RECORDED = "chevet:news2:score"
DEADLINE = 60.0


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus with data behind it."""
    folder = tmp_path_factory.mktemp("filled")
    now = math.floor(time.time() / MINUTE) * MINUTE
    blocks = _blocks(folder, now)
    rules = _rules(folder)
    row = servers.on_free_ports(_with_rules(servers.PROMETHEUS, rules))
    with Supervisor(folder / "stack") as stack:
        stack.assign_ports(row)
        place = stack.place("prometheus")
        local_prometheus.data(place).parent.mkdir(parents=True, exist_ok=True)
        blocks.rename(local_prometheus.data(place))
        stack.start(row)
        _await_recordings(place.url())
        yield place.url()


def _blocks(folder: Path, now: float) -> Path:
    """History as promtool makes it, with what only the service and the gateways' machinery say."""
    text = folder / "history.om"
    with text.open("w", encoding="utf-8") as out:
        out.writelines(texts(people(), now))
        out.writelines(expositions(now))
        out.write("# EOF\n")
    building = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=480h", "-q"]
    subprocess.run([*building, str(text), str(folder / "blocks")], check=True, timeout=120)
    return folder / "blocks"


def _rules(folder: Path) -> list[str]:
    """The project's own groups; those that record each two seconds, for nobody waits minutes for a chain of three."""
    paths = []
    for group in GROUPS:
        path = folder / f"{group.name}.yml"
        records = any(isinstance(rule, Recording) for rule in group.rules)
        path.write_text(rule_file(replace(group, every=2) if records else group), encoding="utf-8")
        paths.append(str(path))
    return paths


def _with_rules(row: Row, rules: list[str]) -> Row:
    def launch(place: Place) -> Launch:
        launched = row.launch(place)
        file = place.directory / "prometheus.yml"
        config = json.loads(file.read_text())
        own = {"job_name": "prometheus", "static_configs": [{"targets": [place.address("http")]}]}
        config |= {"rule_files": rules, "scrape_configs": [own | {"scrape_interval": "1s", "scrape_timeout": "1s"}]}
        file.write_text(json.dumps(config))
        return launched

    return replace(row, launch=launch)


def _await_recordings(url: str) -> None:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        answer = httpx2.get(f"{url}/api/v1/query", params={"query": f"{RECORDED} and {RECORDED} offset 4s"}, timeout=30)
        if answer.json()["data"]["result"]:
            return
        time.sleep(0.5)
    raise AssertionError(f"no {RECORDED} within {DEADLINE:.0f} s")
