"""What of the rules is another where one number is, and whether a case that speaks of it objects.

A mutant is judged by the cases of the rules it touches and by nothing else: no snapshot, no drift, no invariant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bench.errors import Unmeasured
from bench.mutations import Mutation, numbers, shifted
from bench.rebuilt import World, assigned, rebuilt
from bench.trials import Cases, Position, Trial, failures, is_recorded, rules, trials

AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A mutation, the alerts that it touches, and by what it is tried."""

    mutation: Mutation
    alerts: frozenset[str]
    trials: Sequence[Trial]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Mutants, each different from all others; and of the rest of the mutations what became of them."""

    mutants: Sequence[Mutant]
    refused: Sequence[Mutation]
    idle: Sequence[Mutation]
    """Those that change no rule."""


def found(cases: Cases, of: str = "") -> Found:
    """One for each number and direction whose name has `of`."""
    world, names = assigned()
    before = rules(world)
    mutants: dict[frozenset[str], Mutant] = {}
    refused, idle = [], []
    for mutation in (one for number in numbers(names) for one in shifted(number) if of in str(one)):
        after = _rebuilt(mutation)
        if after is None:
            refused.append(mutation)
        elif other := _others(before, rules(after)):
            effect = frozenset(f"{place} {rules(after)[place]!r}" for place in other)
            if effect not in mutants:
                mutants[effect] = _mutant(mutation, after, other, cases)
        else:
            idle.append(mutation)
    return Found(mutants=tuple(mutants.values()), refused=tuple(refused), idle=tuple(idle))


def require_kept(cases: Cases, mutants: Sequence[Mutant]) -> None:
    """Raises Unmeasured where the rules as they are do not keep the cases by which these mutants are tried."""
    world, _ = assigned()
    names = {trial.name for mutant in mutants for trial in mutant.trials}
    kept = [trial for trial in trials(world, frozenset(rules(world)), cases) if trial.name in names]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for trial, wrong in zip(kept, pool.map(failures, kept), strict=True):
            if wrong:
                raise Unmeasured(f"{trial.name}: expected its cases to hold before anything is shifted, got {wrong}")


def caught(mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    """Whether a case fails on each, in their order; some at a time, and each until the first that fails."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda mutant: (mutant, any(failures(trial) for trial in mutant.trials)), mutants)


def _rebuilt(mutation: Mutation) -> World | None:
    """None where a row, or what is built from it, refuses the number."""
    try:
        return rebuilt(mutation.number.place, mutation.value)
    except Exception as refusal:
        # Its class is of the modules that were run afresh, and none that we know.
        if any(one.__name__ == "ChevetError" for one in type(refusal).__mro__):
            return None
        raise


def _others(before: Mapping[Position, Any], after: Mapping[Position, Any]) -> frozenset[Position]:
    return frozenset(place for place, rule in after.items() if repr(rule) != repr(before.get(place)))


def _mutant(mutation: Mutation, world: World, other: frozenset[Position], cases: Cases) -> Mutant:
    known, touched = rules(world), _with_readers(world, other)
    return Mutant(
        mutation=mutation,
        alerts=frozenset(known[place].name for place in touched if not is_recorded(known[place])),
        trials=trials(world, touched, cases),
    )


def _with_readers(world: World, touched: frozenset[Position]) -> frozenset[Position]:
    """With these all rules that read what they record."""
    known = rules(world)
    while more := {
        place
        for place, rule in known.items()
        if place not in touched and any(is_recorded(known[one]) and known[one].name in repr(rule) for one in touched)
    }:
        touched |= more
    return touched
