"""Which alerts are one: those of one condition whose times overlap, whoever saw them.

A condition that a gateway and Prometheus both see is one alert with two observations. It is open while anybody still
sees it, and has cleared when the last of them says so: Prometheus's windows trail the patient by some minutes and keep
it open that much longer, which is the safe side, and where a gateway fell silent only they still see. Where Prometheus
says "resolved" for want of values, the gateway, which is nearer to the patient, has not said so, and the alert stays.
To its own gateway an alert clears when that gateway says so: whom it calls hangs on nothing else.

All of it follows from the observations alone, whatever order they came in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chevet.alerts import Source
from chevet.severities import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one source saw of a condition; times in milliseconds, open while `cleared_at` is None."""

    id: str
    source: Source
    severity: Severity
    onset: int
    cleared_at: int | None

    @property
    def end(self) -> float:
        """When it cleared; an open one never ends."""
        return math.inf if self.cleared_at is None else self.cleared_at


def joined(observations: Iterable[Observation]) -> tuple[tuple[Observation, ...], ...]:
    """The observations of one condition in groups, each of which is one alert: those that overlap, or touch."""
    groups: list[list[Observation]] = []
    end = -math.inf
    for one in sorted(observations, key=lambda one: (one.onset, one.id)):
        if not groups or one.onset > end:
            groups.append([])
            end = one.end
        groups[-1].append(one)
        end = max(end, one.end)
    return tuple(map(tuple, groups))


def main(group: Sequence[Observation]) -> Observation:
    """The one by whose id people know the alert: a gateway's before others, then the earliest."""
    return min(group, key=lambda one: (one.source is not Source.GATEWAY, one.onset, one.id))


def severity(group: Sequence[Observation]) -> Severity:
    """The worst that is still seen; of a cleared alert, the worst that was."""
    still = [one for one in group if one.cleared_at is None]
    return min((one.severity for one in still or group), key=lambda found: found.rank)


def cleared_at(group: Sequence[Observation]) -> int | None:
    """When the last of them cleared; None while any is open."""
    ends = [one.cleared_at for one in group if one.cleared_at is not None]
    return max(ends) if len(ends) == len(group) else None


def exceeds(one: Observation, known: Severity) -> bool:
    """Whether `one` goes on and is worse than `known`: who took the alert when that was its worst has it no more."""
    return one.cleared_at is None and one.severity.exceeds(known)
