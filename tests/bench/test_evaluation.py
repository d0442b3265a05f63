"""A store is filled for many patients, rules see all of them, and each group's time is told."""

from __future__ import annotations

import time
from pathlib import Path

import httpx2
import pytest

from alert_rules import limits, sustained
from bench import cohort, evaluation
from bench.blocks import Block
from bench.progress import progress
from provisioning.local import prometheus, servers
from provisioning.local.supervisor import Supervisor


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bodies that lived for a day, and two groups."""
    monkeypatch.setattr(cohort, "BODIES", 2)
    monkeypatch.setattr(cohort, "DAYS", 1)
    monkeypatch.setattr(evaluation, "GROUPS", (limits.GROUP, sustained.GROUP))


def test_each_group_is_evaluated_and_its_time_told(tmp_path: Path) -> None:
    found = evaluation.evaluated(tmp_path, 3, progress())
    assert [one.group for one in found] == [limits.GROUP, sustained.GROUP]
    assert all(0 < one.seconds < 60 for one in found)
    assert found[0].share == found[0].seconds / 300


def test_every_patient_has_windows_limits_and_a_gateway_that_speaks(tmp_path: Path) -> None:
    row = servers.on_free_ports(servers.PROMETHEUS)
    with Supervisor(tmp_path, progress()) as stack:
        stack.assign_ports(row)
        place = stack.place("prometheus")
        block = Block(prometheus.data(place))
        cohort.cohort(block, 3, time.time(), progress())
        block.write()
        stack.start(row)
        for expression, expected in (
            ("count(count by (patient) (chevet_vital_heart_rate_per_minute))", 3),
            ('count(chevet_limit{vital="heart_rate",severity="high",side="low"} == 40)', 3),
            ("count(count_over_time(chevet_limit[1d]) >= 5759)", 3 * 24),
            ('count(chevet_process_up{process="urgent"} == 1)', 3),
            ("count(chevet_news2_eligible == 1)", 3),
        ):
            asked = {"query": expression}
            result = httpx2.get(f"{place.url()}/api/v1/query", params=asked, timeout=60).json()["data"]["result"]
            assert [float(one["value"][1]) for one in result] == [expected], expression
