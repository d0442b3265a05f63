"""Severities of alarms as in IEC 60601-1-8, most urgent first."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How soon somebody must act. The order of the members is the order of urgency."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return tuple(Severity).index(self)

    def exceeds(self, other: Severity | None) -> bool:
        """Whether this is more urgent than `other`; anything is more urgent than None."""
        return other is None or self.rank < other.rank


class Kind(StrEnum):
    """Physiological and technical conditions go to different people."""

    CLINICAL = "clinical"
    TECHNICAL = "technical"


class Side(StrEnum):
    """On which side of what a patient should be a limit stands."""

    LOW = "low"
    HIGH = "high"
