"""The kinds of observation as rows: the words that people enter, the code behind each, and its series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chevet import metrics
from chevet.news2 import AIR, CONSCIOUSNESS, OXYGEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`values` are the words and their codes. A decision holds until it is changed, anything else was so once."""

    key: str
    values: Mapping[str, int]
    metric: metrics.Metric
    decision: bool = False


KINDS: tuple[Kind, ...] = (
    Kind(key="oxygen", values=MappingProxyType({"air": AIR, "oxygen": OXYGEN}), metric=metrics.NEWS2_OXYGEN),
    Kind(
        key="consciousness",
        values=MappingProxyType({letter: code for code, letter in enumerate(CONSCIOUSNESS)}),
        metric=metrics.NEWS2_CONSCIOUSNESS,
    ),
    Kind(key="scale", values=MappingProxyType({"1": 1, "2": 2}), metric=metrics.NEWS2_SCALE, decision=True),
    Kind(
        key="eligible",
        values=MappingProxyType({"yes": 1, "under_16": 0, "pregnant": 0}),
        metric=metrics.NEWS2_ELIGIBLE,
        decision=True,
    ),
)
BY_KEY: Mapping[str, Kind] = MappingProxyType({kind.key: kind for kind in KINDS})
