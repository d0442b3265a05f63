"""A Prometheus filled with a ward's fourteen days, and what the recording rules make of the last of them.

All ends at `MOMENT`, which never moves: who asks, asks at that moment, however late it is by then.
"""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cramjam
import httpx2

from alert_rules.groups import GROUPS
from alert_rules.rows import Group, Recording
from chevet import promql, remote_write
from provisioning.local import prometheus, servers
from provisioning.local.supervisor import Supervisor
from tests.filled import history

MOMENT = datetime(2026, 3, 12, 10, 30, tzinfo=UTC).timestamp()
"""A Thursday morning, when people are awake and what happened at night still shows."""
RECORDED_FOR = 86_400
FINEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Where the data are, and the moment at which they end."""

    url: str
    moment: float = MOMENT

    def ask(self, path: str, **asked: object) -> list[dict[str, Any]]:
        """The answer of `path`, query or query_range. Raises AssertionError where Prometheus refuses."""
        found = httpx2.post(f"{self.url}/api/v1/{path}", data=asked, timeout=90).json()
        assert found["status"] == "success", (asked, found)
        result: list[dict[str, Any]] = found["data"]["result"]
        return result

    def now(self, expression: str) -> list[dict[str, Any]]:
        """Its value at the moment."""
        return self.ask("query", query=expression, time=self.moment)

    def before(self, expression: str, seconds: float, step: float) -> list[dict[str, Any]]:
        """Its values in the `seconds` that end at the moment."""
        span = {"start": self.moment - seconds, "end": self.moment, "step": step}
        return self.ask("query_range", query=expression, **span)


@contextmanager
def filled_store(folder: Path) -> Iterator[Filled]:
    """It runs until the block ends; `folder` is its own."""
    blocks = _blocks(folder)
    row = servers.on_free_ports(servers.PROMETHEUS)
    with Supervisor(folder / "stack") as stack:
        stack.assign_ports(row)
        place = stack.place("prometheus")
        prometheus.data(place).parent.mkdir(parents=True, exist_ok=True)
        blocks.rename(prometheus.data(place))
        stack.start(row)
        filled = Filled(url=place.url())
        for rank in _ranks(GROUPS):
            _write(filled, [one for group, rule in rank for one in _recorded(filled, group, rule)])
        yield filled


def _blocks(folder: Path) -> Path:
    text = folder / "history.om"
    with text.open("w", encoding="utf-8") as out:
        out.writelines(history.texts(MOMENT))
        out.write("# EOF\n")
    building = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=480h", "-q"]
    subprocess.run([*building, str(text), str(folder / "blocks")], check=True, timeout=120)
    return folder / "blocks"


Ruled = tuple[Group, Recording]


def _ranks(groups: tuple[Group, ...]) -> Iterator[list[Ruled]]:
    """Recording rules, each after those whose series it reads. Raises AssertionError for a circle."""
    left = [(group, rule) for group in groups for rule in group.rules if isinstance(rule, Recording)]
    while left:
        waited_for = {rule.name for _, rule in left}
        rank = [one for one in left if not promql.names(one[1].expression) & waited_for]
        assert rank, f"recording rules that wait for one another: {sorted(waited_for)}"
        yield rank
        left = [one for one in left if one not in rank]


def _recorded(filled: Filled, group: Group, rule: Recording) -> Iterator[remote_write.Series]:
    """As Prometheus would have recorded it, had it been there for the last day."""
    for row in filled.before(rule.expression, RECORDED_FOR, max(FINEST, group.every)):
        labels = {name: text for name, text in row["metric"].items() if name != "__name__"} | dict(rule.labels)
        samples = [(round(1000 * at), float(value)) for at, value in row["values"]]
        yield remote_write.series(rule.name, labels, *(one for one in samples if math.isfinite(one[1])))


def _write(filled: Filled, series: list[remote_write.Series]) -> None:
    body = bytes(cramjam.snappy.compress_raw(remote_write.encode(series)))
    headers = {"Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    answer = httpx2.post(f"{filled.url}/api/v1/write", content=body, headers=headers, timeout=60)
    assert answer.status_code == 204, answer.text
