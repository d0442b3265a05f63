"""What passes between the Zigbee stack and the driver: reports, devices, answers; and what is asked to be reported."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from chevet.clusters import BATTERY, POWER, TEMPERATURE, Attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One frame of attributes. `device` is its IEEE address; `at` is when it was heard, in milliseconds since 1970."""

    device: str
    cluster: int
    manufacturer: int | None
    attributes: Attributes
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a device said of itself in its interview."""

    address: str
    manufacturer: str
    model: str
    clusters: frozenset[int]


class Answer(Enum):
    """The status of a default response, by its name in the cluster library."""

    SUCCESS = auto()
    MALFORMED_COMMAND = auto()
    UNSUP_MANUF_GENERAL_COMMAND = auto()


class Listens(Protocol):
    """Whom the stack tells. Everything happens in the event loop, and before the device is answered."""

    def interviewed(self, device: Device) -> None:
        """A device has said what it is: it joined, or it was known from before."""

    def report(self, report: Report) -> Answer | None:
        """Keep a report. None leaves it unanswered, and then the device sends it again."""

    def apdu(self, device: str, octets: bytes, at: int) -> Sequence[bytes] | None:
        """Keep what an IEEE 11073 device measured, and say what to answer; None as for a report."""

    def refused(self, device: str, reason: str) -> None:
        """What a device sent is no frame that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A standard attribute that a device is asked to report: at most and at least so often, or on such a change."""

    attribute: int
    least_seconds: int
    most_seconds: int
    change: int


REPORTED: Mapping[int, tuple[Reported, ...]] = MappingProxyType(
    {
        TEMPERATURE: (Reported(attribute=0x0000, least_seconds=30, most_seconds=300, change=10),),
        POWER: (Reported(attribute=BATTERY, least_seconds=3600, most_seconds=43200, change=2),),
    }
)
"""Our own sensors know their intervals."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """A time since 1970, without the rounding of a float."""
    return _EPOCH + timedelta(microseconds=microseconds)


def write_private(file: Path, content: object) -> None:
    """JSON that only its owner reads, whole or not at all."""
    draft = file.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as opened:
        json.dump(content, opened, indent=1, sort_keys=True)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
