"""What one rule's name stands for, put before the cases that speak of it: rules are rendered, promtool judges."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.rebuilt import World
from tests.alert_rules.promtool import Case, Recorded, judged

Position = tuple[str, int]
"""The group of a rule, and its place there."""
Cases = Sequence[Case | Recorded]
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The rules of one name with all that they read, and the cases; `looks` is how often rules are evaluated in all."""

    name: str
    rendered: Mapping[str, dict[str, Any]]
    cases: Cases
    looks: float


def rules(world: World) -> Mapping[Position, Any]:
    """Every rule of every group."""
    return {(group.name, place): rule for group in world.groups for place, rule in enumerate(group.rules)}


def is_recorded(rule: Any) -> bool:
    """Whether it is a recording rule: its class is of modules that were run afresh, and none that we know."""
    return not hasattr(rule, "severity")


def trials(world: World, touched: frozenset[Position], cases: Cases) -> Sequence[Trial]:
    """One for each name of these rules of which a case speaks, those first that are soon over."""
    places: dict[str, set[Position]] = {}
    for place, rule in rules(world).items():
        if place in touched:
            places.setdefault(rule.name, set()).add(place)
    spoken = {name: [case for case in cases if _speaks_of(case, name)] for name in places}
    found = [
        Trial(name=name, rendered=_rendered(world, frozenset(places[name])), cases=own, looks=sum(map(_looks, own)))
        for name, own in spoken.items()
        if own
    ]
    return sorted(found, key=lambda trial: trial.looks)


def failures(trial: Trial) -> str:
    """What promtool finds wrong; nothing where every case is as expected."""
    with tempfile.TemporaryDirectory(prefix="chevet-rules-") as folder:
        return judged(Path(folder), trial.rendered, trial.cases)


def _speaks_of(case: Case | Recorded, name: str) -> bool:
    return case.alert == name if isinstance(case, Case) else name in case.expression


def _looks(case: Case | Recorded) -> float:
    return _length(case.at) / _length(case.evaluated)


def _length(text: str) -> int:
    return sum(int(count) * _SECONDS[unit] for count, unit in re.findall(r"(\d+)([smhd])", text))


def _rendered(world: World, wanted: frozenset[Position]) -> dict[str, dict[str, Any]]:
    """Rule files with these rules and the recordings that they ask for."""
    known = rules(world)
    while more := {
        place
        for place, rule in known.items()
        if place not in wanted and is_recorded(rule) and any(rule.name in repr(known[one]) for one in wanted)
    }:
        wanted |= more
    chosen = {
        group.name: tuple(rule for place, rule in enumerate(group.rules) if (group.name, place) in wanted)
        for group in world.groups
    }
    return {
        group.name: world.content(replace(group, rules=chosen[group.name]))
        for group in world.groups
        if chosen[group.name]
    }
