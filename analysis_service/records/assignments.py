"""When a gateway stands with a patient. Pure: times come in, sentences go out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analysis_service.clock import shown

CACHE_LIFE_MS = 10_000
"""No reader of assignments may hold them longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """`gateway` stands with `patient` in [from_ms, until_ms); open where `until_ms` is None."""

    id: str
    gateway: str
    patient: str
    from_ms: int
    until_ms: int | None

    def covers(self, start: int, end: int) -> bool:
        """Whether the window [start, end) lies wholly inside; with start = end, whether that moment does."""
        inside = self.until_ms is None or (end <= self.until_ms if start < end else start < self.until_ms)
        return self.from_ms <= start and inside

    def overlaps(self, from_ms: int, until_ms: int | None) -> bool:
        """Whether any moment belongs to both."""
        begins_before_other_ends = until_ms is None or self.from_ms < until_ms
        ends_after_other_begins = self.until_ms is None or from_ms < self.until_ms
        return begins_before_other_ends and ends_after_other_begins


def in_force(assignments: Iterable[Assignment], start: int, end: int) -> Assignment | None:
    """The assignment that [start, end) lies wholly inside; there is at most one, for they do not overlap."""
    return next((one for one in assignments if one.covers(start, end)), None)


def cache_life(lead_ms: int) -> int:
    """How long assignments may be held: well under the lead, so that no new one is missed; not at all without one."""
    return max(0, min(CACHE_LIFE_MS, lead_ms // 3))


def refusal_of_time(field: str, at: int, now: int, lead_ms: int) -> str | None:
    """Why an assignment cannot begin or end at `at`: readers may hold what was true for up to `lead_ms`."""
    if at >= now + lead_ms:
        return None
    return f"{field}: expected {shown(now + lead_ms)} or later, {lead_ms // 1000} s after it is saved, got {shown(at)}"
