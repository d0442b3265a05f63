"""Why a series or a sample cannot go on, and what the guard knows when it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis_service.records.service import Assignment
from chevet.errors import ChevetError


class Refusal(ChevetError):
    """A sentence, and the field that it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the guard knows: whose token it was, the time, who the gateway stands with, which devices it has.

    `pulled` where Prometheus scrapes the gateway; `values` are those that its other labels had before.
    """

    gateway: str
    now: int
    assignments: tuple[Assignment, ...]
    devices: frozenset[str] = frozenset()
    max_devices: int = 64
    pulled: bool = False
    values: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
