"""How long Prometheus takes to evaluate each group of rules over what it knows of many patients."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import yaml

from alert_rules.groups import GROUPS
from alert_rules.prometheus import rule_file
from alert_rules.rows import Group
from bench.blocks import Block
from bench.cohort import cohort
from bench.errors import Unmeasured
from bench.progress import Tell
from provisioning.local import prometheus, servers
from provisioning.local.rows import Place
from provisioning.local.supervisor import Supervisor

HURRIED = 5
"""Seconds between evaluations of the group that is measured; all before it keep their own interval."""
TIMES, LOOKED_FOR = 3, 30.0
"""How many evaluations count, and for how many seconds they are waited for where there is one already."""
WITHIN = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The median of some evaluations, in seconds: of the first, where it takes very long."""

    group: Group
    seconds: float

    @property
    def share(self) -> float:
        """Of the group's own interval."""
        return self.seconds / self.group.every


def evaluated(directory: Path, patients: int, tell: Tell) -> list[Evaluated]:
    """Each group's time, one after the other, those that record before those that read it."""
    row = servers.on_free_ports(servers.PROMETHEUS)
    with Supervisor(directory, tell) as stack:
        stack.assign_ports(row)
        place = stack.place("prometheus")
        block = Block(prometheus.data(place))
        cohort(block, patients, time.time(), tell)
        tell(f"{block.write() / 1e6:.0f} million samples of {patients} patients lie in the store; it starts")
        stack.start(row)
        return list(_each(place, tell))


def _each(place: Place, tell: Tell) -> Iterator[Evaluated]:
    for number, group in enumerate(GROUPS):
        _serve(place, (*GROUPS[:number], replace(group, every=HURRIED)))
        found = Evaluated(group=group, seconds=statistics.median(_durations(place.url(), group.name)))
        tell(f"{group.name}: {found.seconds:.3f} s of {group.every} s, {100 * found.share:.1f} %")
        yield found


def _serve(place: Place, groups: tuple[Group, ...]) -> None:
    folder = place.directory / "rules"
    folder.mkdir(exist_ok=True)
    for group in groups:
        (folder / f"{group.name}.yml").write_text(rule_file(group), encoding="utf-8")
    file = place.directory / "prometheus.yml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"rule_files": [f"{folder}/*.yml"]}))
    httpx2.post(f"{place.url()}/-/reload", timeout=WITHIN).raise_for_status()


def _durations(url: str, name: str) -> list[float]:
    """Of some evaluations from now on."""
    seen: dict[str, float] = {}
    begun = time.monotonic()
    while len(seen) < TIMES and not (seen and time.monotonic() > begun + LOOKED_FOR):
        if time.monotonic() > begun + WITHIN:
            raise Unmeasured(f"{name}: expected to be evaluated within {WITHIN:.0f} s, was not")
        seen |= {one["lastEvaluation"]: one["evaluationTime"] for one in _groups(url, name) if one["evaluationTime"]}
        time.sleep(0.2)
    return list(seen.values())


def _groups(url: str, name: str) -> list[dict[str, Any]]:
    groups = httpx2.get(f"{url}/api/v1/rules", timeout=WITHIN).json()["data"]["groups"]
    for group in groups:
        for rule in group["rules"]:
            if rule["health"] == "err":
                raise Unmeasured(f"{rule['name']}: expected to be evaluated, got {rule.get('lastError')}")
    return [group for group in groups if group["name"] == name]
