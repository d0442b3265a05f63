"""Every group at work in a real Prometheus, and every name of a server's own metric as the real server spells it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from alert_rules.groups import GROUPS
from alert_rules.prometheus import rule_file
from chevet import server_metrics
from provisioning.local import servers
from provisioning.local.rows import Launch, Place, Row
from provisioning.local.supervisor import Supervisor

DEADLINE = 60.0
OF_TARGETS = {server_metrics.UP}
"""What a server says of its targets, and not of itself."""


@pytest.fixture(scope="module")
def prometheus_with_rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one with all groups, evaluated each second, that scrapes nothing but itself."""
    folder = tmp_path_factory.mktemp("rules")
    for group in GROUPS:
        (folder / f"{group.name}.yml").write_text(rule_file(replace(group, every=1)), encoding="utf-8")
    row = servers.on_free_ports(_with_rules(servers.PROMETHEUS, folder))
    with Supervisor(folder / "stack") as stack:
        stack.assign_ports(row)
        stack.start(row)
        yield stack.place("prometheus").url()


def _with_rules(row: Row, folder: Path) -> Row:
    def launch(place: Place) -> Launch:
        launched = row.launch(place)
        file = place.directory / "prometheus.yml"
        own = {
            "job_name": server_metrics.PROMETHEUS_JOB,
            "scrape_interval": "1s",
            "scrape_timeout": "1s",
            "static_configs": [{"targets": [place.address("http")]}],
        }
        more = {"rule_files": [f"{folder}/*.yml"], "scrape_configs": [own]}
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | more))
        return launched

    return replace(row, launch=launch)


def _evaluated(url: str) -> list[dict[str, Any]]:
    """Prometheus's own word on each rule, when it has evaluated them all."""
    until = time.monotonic() + DEADLINE
    while True:
        groups = httpx2.get(f"{url}/api/v1/rules").json()["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        if all(rule["health"] != "unknown" for rule in rules) or time.monotonic() > until:
            return rules
        time.sleep(0.2)


def _unsaid(urls: Iterable[str]) -> frozenset[str]:
    """Those of our names that no server has; some come with the first scrape."""
    until, urls = time.monotonic() + DEADLINE, tuple(urls)
    while True:
        text = "".join(httpx2.get(f"{url}/metrics").text for url in urls)
        unsaid = server_metrics.NAMES - set(re.findall(r"^([a-z_]+)[{ ]", text, re.MULTILINE))
        if unsaid == OF_TARGETS or time.monotonic() > until:
            return unsaid
        time.sleep(0.2)


def test_prometheus_evaluates_every_rule_without_an_error(prometheus_with_rules: str) -> None:
    rules = _evaluated(prometheus_with_rules)
    assert len(rules) == sum(len(group.rules) for group in GROUPS)
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []


def test_where_nothing_else_is_scraped_only_the_watchdog_and_what_is_away_are_alerts(
    prometheus_with_rules: str,
) -> None:
    states = {rule["name"]: rule.get("state", "inactive") for rule in _evaluated(prometheus_with_rules)}
    away = {"ChevetServiceDown", "ChevetAlertmanagerDown"}  # pending, or firing where this machine is slow
    assert states["ChevetWatchdog"] == "firing"
    assert {name for name, state in states.items() if state != "inactive"} == {"ChevetWatchdog"} | away


def test_prometheus_and_alertmanager_have_every_metric_that_rules_ask_of_them(
    prometheus_with_rules: str, alertmanager: Any
) -> None:
    _evaluated(prometheus_with_rules)
    assert httpx2.post(f"{prometheus_with_rules}/api/v1/write", content=b"no snappy").status_code == 400
    assert _unsaid((prometheus_with_rules, alertmanager.url)) == OF_TARGETS


def test_a_refused_write_is_counted_as_the_rule_on_it_reads(prometheus_with_rules: str) -> None:
    httpx2.post(f"{prometheus_with_rules}/api/v1/write", content=b"no snappy")
    text = httpx2.get(f"{prometheus_with_rules}/metrics").text
    assert f'{server_metrics.HTTP_REQUESTS}{{code="400",handler="/api/v1/write"}}' in text
