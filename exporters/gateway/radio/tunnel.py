"""IEEE 11073 devices behind Zigbee's tunnel: their APDUs to measurements, and the manager's answers to send back.

The answers are given out only when what was measured is on disk: they let the agent forget it. An association is in
memory alone; after a restart the agent's next APDU is answered by an abort, and it associates anew. What it repeats
then is known by its own time stamp, where it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chevet.errors import BadApdu
from chevet.ieee11073.apdu import decode, encode
from chevet.ieee11073.association import Association
from chevet.zigbee import Value

SYSTEM_ID = b"\x00\x12\x4bCHEVT"
"""Ours, as a manager: an EUI-64."""

MOST_AGENTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an agent measured at one moment; `stamp` is its own time, empty where it tells none."""

    stamp: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What came of an APDU: measurements, and the octets of the answers."""

    told: Sequence[Told]
    answers: Sequence[bytes]


class Tunnels:
    """The associations of a gateway, by device."""

    def __init__(self) -> None:
        self._associations: dict[str, Association] = {}

    def take(self, device: str, octets: bytes) -> Exchange:
        """One APDU of a device. Raises BadApdu."""
        apdu = decode(octets)
        outcome = self._association(device).step(apdu)
        told: dict[str, list[Value]] = {}
        for one in outcome.measurements:
            stamp = "" if one.stamp is None else one.stamp.isoformat()
            told.setdefault(stamp, []).append((one.vital, one.value, one.quality))
        return Exchange(
            told=[Told(stamp=stamp, values=values) for stamp, values in told.items()],
            answers=[encode(answer) for answer in outcome.answers],
        )

    def forget(self, device: str) -> None:
        """Begin anew with a device: what was told to it never reached the disk."""
        self._associations.pop(device, None)

    def _association(self, device: str) -> Association:
        if device not in self._associations:
            if len(self._associations) >= MOST_AGENTS:
                raise BadApdu(
                    f"agent: expected at most {MOST_AGENTS} devices with a tunnel, got one more", field="agent"
                )
            self._associations[device] = Association(SYSTEM_ID)
        return self._associations[device]
