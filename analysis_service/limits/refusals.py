"""What may not be prescribed, in sentences. Pure: it is told what else was signed, and the time."""

from __future__ import annotations

from collections.abc import Sequence

from analysis_service.clock import shown
from analysis_service.problems import CONFLICT, INVALID, Problem
from chevet.errors import BadSheet
from chevet.prescriptions import Contradiction, contradictions, overlap, require_step, step_of
from chevet.sheet import PatientLimit

LATE_MS = 60_000
"""A beginning this long ago is now: somebody typed, and their clock is not ours."""
LONGEST_MS = 366 * 24 * 3600 * 1000


def begins(from_ms: int | None, now: int) -> int:
    """When a proposal begins. Raises Problem 422 for the past, and for more than a year ahead."""
    if from_ms is None:
        return now
    if from_ms < now - LATE_MS:
        raise Problem(INVALID, f"from_ms: expected {shown(now)} or later, got {shown(from_ms)}", field="from_ms")
    if from_ms > now + LONGEST_MS:
        latest = shown(now + LONGEST_MS)
        raise Problem(INVALID, f"from_ms: expected {latest} or earlier, got {shown(from_ms)}", field="from_ms")
    return max(from_ms, now)


def require_possible(from_ms: int, until_ms: int) -> None:
    """Raises Problem 422: a prescription ends after it begins, and within a year."""
    if until_ms <= from_ms:
        raise Problem(
            INVALID, f"until_ms: expected later than {shown(from_ms)}, got {shown(until_ms)}", field="until_ms"
        )
    if until_ms > from_ms + LONGEST_MS:
        latest = shown(from_ms + LONGEST_MS)
        raise Problem(
            INVALID, f"until_ms: expected {latest} or earlier, a year, got {shown(until_ms)}", field="until_ms"
        )


def require_known(limit: PatientLimit) -> None:
    """Raises Problem 422 where no rule would read it."""
    try:
        require_step(limit)
    except BadSheet as refusal:
        raise Problem(INVALID, str(refusal), field=refusal.field) from None


def require_alone(limit: PatientLimit, signed: Sequence[PatientLimit]) -> None:
    """Raises Problem 409 where a signed one holds at the same time."""
    for other in signed:
        if overlap(limit, other):
            until = shown(other.until_ms)
            raise Problem(
                CONFLICT,
                f"from_ms: {limit.vital} has a signed {limit.severity} limit on the {limit.side} side, "
                f"{other.value:g} until {until}, at the same time; end that first",
                field="from_ms",
            )


def require_order(limit: PatientLimit, signed: Sequence[PatientLimit], now: int) -> None:
    """Raises Problem 409 where a more severe limit would not lie beyond a milder one while `limit` holds."""
    others = [one for one in signed if step_of(one) != step_of(limit) or not overlap(one, limit)]
    found = _first(limit, [*others, limit], now)
    if found is not None:
        raise Problem(
            CONFLICT,
            f"value: expected one with which {found.lower} lies below {found.upper}, from {shown(found.at)} "
            f"at {found.hour} h, got {limit.value:g}",
            field="value",
        )


def require_order_without(limit: PatientLimit, rest: Sequence[PatientLimit], now: int) -> None:
    """Raises Problem 409 where what stays in force needs `limit` to be in order."""
    found = _first(limit, rest, now)
    if found is not None:
        raise Problem(
            CONFLICT,
            f"id: expected another to end first: without this one {found.lower} would not lie below {found.upper}",
            field="id",
        )


def _first(limit: PatientLimit, many: Sequence[PatientLimit], now: int) -> Contradiction | None:
    """The first contradiction while `limit` holds: what is wrong at other times is not its doing."""
    during = (one for one in contradictions(limit.vital, many, max(now, limit.from_ms)) if one.at < limit.until_ms)
    return next((one for one in during if limit.in_force(one.at, one.hour)), None)
