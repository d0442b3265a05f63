"""Every sample that was sent, held against what Prometheus has: of each series how many, and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx2
import numpy as np

from bench.bodies import GATEWAYS, SERIES, Sweep, gateway, labels, values
from bench.fleet import patient
from chevet import metrics, promql

SECONDS = 300
CLOSE = 1e-9
"""Sums of doubles in another order."""
Key = tuple[tuple[str, str], ...]
"""The labels of a series, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The samples of one series."""

    count: int
    total: float

    def is_as(self, other: Content) -> bool:
        """Whether the two are the same, as far as a sum can tell."""
        return self.count == other.count and math.isclose(self.total, other.total, rel_tol=CLOSE)


def expected(sweeps: Iterable[Sweep], stamped: frozenset[str]) -> dict[Key, Content]:
    """What the store must have after these; gateways with a prefix in `stamped` come with their patient."""
    by_prefix: dict[str, list[Sweep]] = {}
    for sweep in sweeps:
        by_prefix.setdefault(sweep.prefix, []).append(sweep)
    found: dict[Key, Content] = {}
    for prefix, own in by_prefix.items():
        for number in range(GATEWAYS):
            more = ((metrics.PATIENT, patient(number)),) if prefix in stamped else ()
            named = labels(gateway(prefix, number))
            for one, content in zip(named, _contents(own, number), strict=True):
                if content.count:
                    found[tuple(sorted((*one, *more)))] = content
    return found


def _contents(sweeps: Iterable[Sweep], number: int) -> Iterator[Content]:
    counts, totals = np.zeros(SERIES), np.zeros(SERIES)
    for sweep in sweeps:
        samples = np.arange(sweep.samples_of(number))
        which = samples % SERIES
        counts += np.bincount(which, minlength=SERIES)
        totals += np.bincount(which, values(number, samples), SERIES)
    return (Content(count=int(count), total=float(total)) for count, total in zip(counts, totals, strict=True))


def stored(url: str, names: Iterable[str], begin: int, end: int) -> dict[Key, Content]:
    """What Prometheus has of these metrics between two times in milliseconds."""
    found: dict[Key, Content] = {}
    with httpx2.Client(base_url=url, timeout=SECONDS, trust_env=False) as client:
        for name in names:
            counts, totals = (
                _ask(client, promql.over(function, name, (end - begin) // 1000), end)
                for function in ("count_over_time", "sum_over_time")
            )
            for key, count in counts.items():
                named = tuple(sorted((*key, ("__name__", name))))
                found[named] = Content(count=int(count), total=totals[key])
    return found


def _ask(client: httpx2.Client, query: str, at: int) -> dict[Key, float]:
    answer = client.get("/api/v1/query", params={"query": query, "time": at / 1000})
    answer.raise_for_status()
    return {tuple(row["metric"].items()): float(row["value"][1]) for row in answer.json()["data"]["result"]}


def difference(wanted: dict[Key, Content], there: dict[Key, Content]) -> list[str]:
    """A sentence for each series that is not as it should be."""
    nothing = Content(count=0, total=0.0)
    return [
        f"{dict(key)}: expected {wanted.get(key, nothing)}, found {there.get(key, nothing)}"
        for key in sorted(wanted.keys() | there.keys())
        if not wanted.get(key, nothing).is_as(there.get(key, nothing))
    ]
