"""A nurse's rounds: what no device says of a patient, seen every few hours at the patient's own time of the clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from simulators.errors import BadOption
from simulators.noise import uniform
from simulators.residents import OPTION, Resident

NAMESPACE = uuid.UUID("0d8f2f1e-6b1c-5d52-8f0a-3f4c7b1f9a60")
ON_OXYGEN = 0.1
"""One in ten."""
FLOW = 2.0
"""Litres a minute."""


def last_visit(resident: Resident, now: float, every: float) -> float:
    """When the nurse was with `resident` last, in seconds since 1970: she is not with everybody at once."""
    offset = _drawn(resident, "rounds") * every
    return (now - offset) // every * every + offset


def entries(resident: Resident, visit: float) -> Iterator[dict[str, Any]]:
    """What she enters of one visit. Everybody here is grown up and alert; the same visit says the same again."""
    at = round(visit * 1000)
    supplied = _drawn(resident, "supplied oxygen") < ON_OXYGEN
    oxygen = {"value": "oxygen", "flow": FLOW} if supplied else {"value": "air"}
    for kind, seen in (("oxygen", oxygen), ("consciousness", {"value": "A"}), ("eligible", {"value": "yes"})):
        id = uuid.uuid5(NAMESPACE, f"{resident.pseudonym}/{kind}/{at}")
        yield {"id": str(id), "kind": kind, "observed_ms": at, **seen}


def _drawn(resident: Resident, stream: str) -> float:
    return float(uniform(resident.body.seed, stream, 0)[0])


def require_pseudonyms(residents: tuple[Resident, ...]) -> tuple[Resident, ...]:
    """The residents. Raises BadOption where the nurse could not say of whom she speaks."""
    for number, one in enumerate(residents):
        if not one.pseudonym:
            raise BadOption(f"{OPTION} row {number + 1}: expected the patient's pseudonym, got none", field="patient")
    return residents
