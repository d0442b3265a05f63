"""Who lives behind which gateway: the JSON file that `wards` and `history` read.

[{"gateway": "g03", "patient": "<pseudonym>", "seed": 3, "devices": ["oximeter", "cuff"]}, …]

Without `seed` a resident takes the next number after 1000; without `devices` they have one of each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chevet.errors import expected
from simulators.devices import BY_NAME, DEVICES, Device
from simulators.errors import BadOption
from simulators.patients import Patient, patient

OPTION = "--patients"
FIRST_SEED = 1000
_KNOWN = {"gateway", "patient", "seed", "devices"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """A patient behind a gateway. `pseudonym` is empty where nobody said it."""

    gateway: str
    pseudonym: str
    body: Patient
    devices: tuple[Device, ...]


def residents(path: Path) -> tuple[Resident, ...]:
    """The residents in a file. Raises BadOption that names the row and the field."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadOption(f"{OPTION}: expected JSON in {path}, got {error}", field=OPTION) from None
    if not isinstance(rows, list) or not rows:
        raise BadOption(expected(OPTION, "a list of at least one object", rows), field=OPTION)
    found = tuple(_resident(row, number) for number, row in enumerate(rows))
    doubled = {one.gateway for one in found if [other.gateway for other in found].count(one.gateway) > 1}
    if doubled:
        raise BadOption(f"{OPTION}: expected each gateway once, got {', '.join(sorted(doubled))} more often")
    return found


def _resident(row: Any, number: int) -> Resident:
    at = f"{OPTION} row {number + 1}"
    if not isinstance(row, dict) or not isinstance(row.get("gateway"), str) or not row["gateway"]:
        raise BadOption(expected(at, 'an object with a "gateway"', row), field="gateway")
    if set(row) - _KNOWN:
        raise BadOption(expected(at, f"fields {', '.join(sorted(_KNOWN))}", sorted(row)), field=OPTION)
    seed = row.get("seed", FIRST_SEED + number)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise BadOption(expected(f"{at} seed", "a whole number of at least 0", seed), field="seed")
    pseudonym = row.get("patient", "")
    if not isinstance(pseudonym, str):
        raise BadOption(expected(f"{at} patient", "a pseudonym", pseudonym), field="patient")
    return Resident(
        gateway=row["gateway"],
        pseudonym=pseudonym,
        body=patient(seed),
        devices=_devices(row.get("devices", list(BY_NAME)), at),
    )


def _devices(names: Any, at: str) -> tuple[Device, ...]:
    known = isinstance(names, Sequence) and all(isinstance(name, str) and name in BY_NAME for name in names)
    if not known or not names:
        raise BadOption(expected(f"{at} devices", f"a list of {', '.join(BY_NAME)}", names), field="devices")
    return tuple(device for device in DEVICES if device.name in names)
