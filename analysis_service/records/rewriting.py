"""How the assignments of a gateway read once it is known with whom it stood for a while. Pure.

An assignment keeps its id where anything of it is left, and of two pieces the later has it: what goes on now goes on
under the id by which the gateway knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis_service.records.assignments import Assignment

Times = tuple[int, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """What becomes of assignments, in this order: none of these acts makes two overlap for a moment."""

    withdrawn: Sequence[str]
    changed: Mapping[str, Times]
    added: Sequence[tuple[str, int, int | None]]


def rewriting(assignments: Iterable[Assignment], patient: str, from_ms: int, until_ms: int) -> Rewriting:
    """So that the gateway stood with `patient` in [from_ms, until_ms), and with everybody else as before."""
    withdrawn: list[str] = []
    changed: dict[str, Times] = {}
    added: list[tuple[str, int, int | None]] = []
    own: list[Assignment] = []
    for one in sorted(assignments, key=lambda one: one.from_ms):
        if one.patient == patient and _touches(one, from_ms, until_ms):
            own.append(one)
        elif one.overlaps(from_ms, until_ms):
            pieces = _pieces(one, from_ms, until_ms)
            if not pieces:
                withdrawn.append(one.id)
                continue
            *before, changed[one.id] = pieces
            added += [(one.patient, *times) for times in before]
    withdrawn += [one.id for one in own[:-1]]
    if own:
        changed[own[-1].id] = _together(own, from_ms, until_ms)
    else:
        added.append((patient, from_ms, until_ms))
    return Rewriting(withdrawn=withdrawn, changed=changed, added=added)


def taken_from(assignments: Iterable[Assignment], patient: str, from_ms: int, until_ms: int) -> tuple[str, ...]:
    """The others with whom the gateway is recorded to have stood then."""
    others = {one.patient for one in assignments if one.overlaps(from_ms, until_ms)} - {patient}
    return tuple(sorted(others))


def _touches(one: Assignment, from_ms: int, until_ms: int) -> bool:
    return one.from_ms <= until_ms and (one.until_ms is None or one.until_ms >= from_ms)


def _pieces(one: Assignment, from_ms: int, until_ms: int) -> list[Times]:
    """What is left of `one` on either side."""
    before: list[Times] = [(one.from_ms, from_ms)] if one.from_ms < from_ms else []
    after: list[Times] = [(until_ms, one.until_ms)] if one.until_ms is None or one.until_ms > until_ms else []
    return before + after


def _together(own: Sequence[Assignment], from_ms: int, until_ms: int) -> Times:
    ends = [one.until_ms for one in own]
    begins = min(from_ms, own[0].from_ms)
    return begins, None if None in ends else max(until_ms, *(end for end in ends if end is not None))
