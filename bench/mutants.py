"""What of the rules is another where one number is, rendered with all that it takes to judge it; and the judgement.

A mutant is judged by the cases of the alerts it touches and by nothing else: no snapshot, no drift, no invariant.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.errors import Unmeasured
from bench.mutations import Mutation, numbers, shifted
from bench.rebuilt import World, assigned, rebuilt
from tests.alert_rules.promtool import Case, Recorded, judged

AT_ONCE = 2
Position = tuple[str, int]
"""The group of a rule, and its place there."""
Rules = Mapping[Position, Any]
Cases = Sequence[Case | Recorded]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Rules as rule files, the alerts among them that are on trial, and the cases that speak of them."""

    alerts: frozenset[str]
    rendered: Mapping[str, str]
    cases: Cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A mutation, and the rules that it touches."""

    mutation: Mutation
    trial: Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Mutants, each different from all others; and of the rest of the mutations what became of them."""

    mutants: Sequence[Mutant]
    refused: Sequence[Mutation]
    idle: Sequence[Mutation]
    """Those that change no rule."""


def require_kept(cases: Cases) -> None:
    """Raises Unmeasured where the rules as they are do not keep the cases."""
    world, _ = assigned()
    rules = _rules(world)
    names = {
        rule.name: frozenset(place for place, one in rules.items() if one.name == rule.name) for rule in rules.values()
    }
    trials = [_trial(world, places, cases) for places in names.values()]
    for wrong in _judged(trials):
        if wrong:
            raise Unmeasured(f"the cases: expected all to hold before anything is shifted, got {wrong[:2000]}")


def found(cases: Cases, of: str = "") -> Found:
    """One for each number and direction whose name has `of`."""
    world, names = assigned()
    before = _rules(world)
    mutants: dict[frozenset[str], Mutant] = {}
    refused, idle = [], []
    for mutation in (one for number in numbers(names) for one in shifted(number) if of in str(one)):
        after = _rebuilt(mutation)
        if after is None:
            refused.append(mutation)
        elif other := _others(before, _rules(after)):
            effect = frozenset(f"{place} {_rules(after)[place]!r}" for place in other)
            if effect not in mutants:
                mutants[effect] = Mutant(mutation=mutation, trial=_trial(after, _touched(after, other), cases))
        else:
            idle.append(mutation)
    return Found(mutants=tuple(mutants.values()), refused=tuple(refused), idle=tuple(idle))


def caught(mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    """Whether a case fails on each, in their order."""
    for mutant, wrong in zip(mutants, _judged([one.trial for one in mutants]), strict=True):
        yield mutant, bool(wrong)


def _judged(trials: Sequence[Trial]) -> Iterator[str]:
    """What is wrong with each, some at a time; what no case speaks of is never found wrong."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(_failures, trials)


def _rebuilt(mutation: Mutation) -> World | None:
    """None where a row, or what is built from it, refuses the number."""
    try:
        return rebuilt(mutation.number.place, mutation.value)
    except Exception as refusal:
        # Its class is of the modules that were run afresh, and none that we know.
        if any(one.__name__ == "ChevetError" for one in type(refusal).__mro__):
            return None
        raise


def _rules(world: World) -> Rules:
    return {(group.name, place): rule for group in world.groups for place, rule in enumerate(group.rules)}


def _others(before: Rules, after: Rules) -> frozenset[Position]:
    return frozenset(place for place, rule in after.items() if repr(rule) != repr(before.get(place)))


def _touched(world: World, other: frozenset[Position]) -> frozenset[Position]:
    """With these all rules that read what they record."""
    rules = _rules(world)
    while more := {
        place
        for place, rule in rules.items()
        if place not in other and any(_is_recorded(rules[one]) and rules[one].name in repr(rule) for one in other)
    }:
        other |= more
    return other


def _trial(world: World, touched: frozenset[Position], cases: Cases) -> Trial:
    rules = _rules(world)
    names = {rules[place].name for place in touched}
    return Trial(
        alerts=frozenset(rules[place].name for place in touched if not _is_recorded(rules[place])),
        rendered=_rendered(world, touched),
        cases=[case for case in cases if _speaks_of(case, names)],
    )


def _speaks_of(case: Case | Recorded, names: set[str]) -> bool:
    return case.alert in names if isinstance(case, Case) else any(name in case.expression for name in names)


def _is_recorded(rule: Any) -> bool:
    return not hasattr(rule, "severity")


def _rendered(world: World, wanted: frozenset[Position]) -> dict[str, str]:
    """Rule files with these rules and the recordings that they ask for."""
    rules = _rules(world)
    while more := {
        place
        for place, rule in rules.items()
        if place not in wanted and _is_recorded(rule) and any(rule.name in repr(rules[one]) for one in wanted)
    }:
        wanted |= more
    chosen = {
        group.name: tuple(rule for place, rule in enumerate(group.rules) if (group.name, place) in wanted)
        for group in world.groups
    }
    return {
        group.name: world.rule_file(replace(group, rules=chosen[group.name]))
        for group in world.groups
        if chosen[group.name]
    }


def _failures(trial: Trial) -> str:
    if not trial.cases:
        return ""
    with tempfile.TemporaryDirectory(prefix="chevet-rules-") as folder:
        return judged(Path(folder), trial.rendered, trial.cases)
