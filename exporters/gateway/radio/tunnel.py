"""IEEE 11073 devices behind Zigbee's tunnel: their APDUs to measurements, and the manager's answers to send back.

The answers are given out only when what was measured is on disk: they let the agent forget it. An association is in
memory alone; after a restart the agent's next APDU is answered by an abort, and it associates anew. What it repeats
then is known by its time stamp and values. Without a stamp it is known where it says the very same within seconds at
the beginning of another association; not across a restart of ours.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from chevet.errors import BadApdu
from chevet.ieee11073.apdu import decode, encode
from chevet.ieee11073.association import Association
from chevet.ieee11073.structures import AssociationRequest
from chevet.zigbee import Value

SYSTEM_ID = b"\x00\x12\x4bCHEVT"
"""Ours, as a manager: an EUI-64."""

MOST_AGENTS = 64

AGAIN = 30_000
"""Milliseconds within which an agent without a clock says again what was not confirmed: a new pressure takes longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an agent measured at one moment; it has the same `name` whenever it is told again."""

    name: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What came of an APDU: measurements, and the octets of the answers."""

    told: Sequence[Told]
    answers: Sequence[bytes]


@dataclass(slots=True)
class _Agent:
    """`last` is what it told last without a stamp, `at` when; `begun` that it has told nothing since it associated."""

    association: Association
    begun: bool = False
    at: int = 0
    last: Told | None = None

    def named(self, stamp: str, values: Sequence[Value], at: int) -> Told:
        if stamp:
            said = ", ".join(f"{vital} {value} {quality}" for vital, value, quality in values)
            return Told(name=f"{stamp} {said}", values=values)
        again = self.begun and self.last is not None and self.last.values == values and abs(at - self.at) <= AGAIN
        if self.last is None or not again:
            self.last = Told(name=secrets.token_hex(16), values=values)
        self.at = at
        return self.last


class Tunnels:
    """The associations of a gateway, by device."""

    def __init__(self) -> None:
        self._agents: dict[str, _Agent] = {}

    def take(self, device: str, octets: bytes, at: int) -> Exchange:
        """One APDU of a device, heard `at` (milliseconds). Raises BadApdu."""
        apdu, agent = decode(octets), self._agent(device)
        outcome = agent.association.step(apdu)
        told: dict[str, list[Value]] = {}
        for one in outcome.measurements:
            stamp = "" if one.stamp is None else one.stamp.isoformat()
            told.setdefault(stamp, []).append((one.vital, one.value, one.quality))
        named = [agent.named(stamp, values, at) for stamp, values in told.items()]
        agent.begun = isinstance(apdu, AssociationRequest) or (agent.begun and not named)
        return Exchange(
            told=named,
            answers=[encode(answer) for answer in outcome.answers],
        )

    def forget(self, device: str) -> None:
        """Begin anew with a device: what was told to it never reached the disk."""
        self._agents.pop(device, None)

    def _agent(self, device: str) -> _Agent:
        if device not in self._agents:
            if len(self._agents) >= MOST_AGENTS:
                raise BadApdu(
                    f"agent: expected at most {MOST_AGENTS} devices with a tunnel, got one more", field="agent"
                )
            self._agents[device] = _Agent(Association(SYSTEM_ID))
        return self._agents[device]
