"""Exertion, which explains a quick heart and breath, and how they come down afterwards: nobody is called for a walk.

It is known of those who wear an accelerometer. What lies beyond a limit is told whatever they do.
"""

from __future__ import annotations

from dataclasses import dataclass

from alert_rules.first_limits import PATIENT
from chevet import promql
from chevet.baseline import BRISK
from chevet.vitals import BY_KEY

MINUTE = 60
VITALS = frozenset({"heart_rate", "respiratory_rate"})
"""Not the oxygen saturation: that it falls on a walk is a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exertion:
    """More than `minutes` of a stretch, wherever in it, in which somebody moved by `moved` milli-g."""

    minutes: int
    moved: int


EXERTION = Exertion(minutes=15, moved=BRISK)


def unless_exerted(expression: str, vital: str, seconds: int) -> str:
    """Those of `expression`, on a vital in the last `seconds`, whose patient did not exert themselves meanwhile."""
    if vital not in VITALS:
        return expression
    share = 1 - EXERTION.minutes * MINUTE / seconds
    moved = promql.stretch("quantile_over_time", BY_KEY["activity"].metric, seconds, share)
    return promql.joined(expression, "unless", promql.bounded(moved, ">=", EXERTION.moved), PATIENT)
