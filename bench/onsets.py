"""Urgent episodes whose deciding reading is known: its rule has no delay left when that reading is published. Pure.

Glucose below 54 decides by one reading. A desaturation decides after a minute: the readings of that minute are sent
just before, each with the time at which it was measured, so that the deciding one completes the minute to the
millisecond.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chevet.alerts import alert_id

Payload = dict[str, Any]
APART_MS, LASTING_MS = 10_000, 60_000
LEAD_SECONDS = 1.0
"""The minute before goes out so long before the deciding reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`decides(at)` is the payload at a time in milliseconds; `before` says how long ago the first one was measured."""

    name: str
    model: str
    rule: str
    before: int
    payload: Callable[[int], Payload]


def _glucose(at: int) -> Payload:
    return {"glucose": 47, "glucose_unit": "mg/dL", "battery": 90, "linkquality": 120, "last_seen": at}


def _saturation(at: int) -> Payload:
    return {"spo2": 84, "heart_rate": 92, "contact": True, "battery": 80, "linkquality": 150, "last_seen": at}


KINDS = (
    Kind(name="hypoglycaemia", model="CV-GL1", rule="glucose_sensor.low", before=0, payload=_glucose),
    Kind(name="desaturation", model="CV-OX1", rule="oxygen_saturation.low", before=LASTING_MS, payload=_saturation),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """One episode on a device of its own."""

    device: str
    kind: Kind

    def leading(self, decided: int) -> list[Payload]:
        """What was measured before the deciding reading, in order."""
        return [self.kind.payload(at) for at in range(decided - self.kind.before, decided, APART_MS)]

    def deciding(self, decided: int) -> Payload:
        """The reading with which the rule is fulfilled."""
        return self.kind.payload(decided)

    def reference(self, gateway: str, decided: int) -> str:
        """How its SMS will be signed."""
        return str(alert_id(gateway, self.device, self.kind.rule, decided - self.kind.before))[:6].upper()


def onsets(episodes: int) -> list[Onset]:
    """So many, the kinds in turn."""
    kinds = [KINDS[number % len(KINDS)] for number in range(episodes)]
    return [Onset(device=f"{kind.name}-{number:04d}", kind=kind) for number, kind in enumerate(kinds)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What is published at `at` (seconds): the minute before a deciding reading, or that one, with its reference."""

    at: float
    device: str
    payloads: tuple[Payload, ...]
    reference: str = ""


def scheduled(gateway: str, many: Iterable[Onset], first: float, gaps: Iterable[float]) -> list[Burst]:
    """All bursts in the order of time: each episode so many seconds after the one before, `first` the first."""
    found: list[Burst] = []
    taken: set[str] = set()
    for one, at in zip(many, itertools.accumulate(gaps, initial=first), strict=False):
        decided = round(at * 1000)
        while one.reference(gateway, decided) in taken:  # six digits may be those of another: then a moment later
            decided += 1
        taken.add(one.reference(gateway, decided))
        found.append(Burst(at=at - LEAD_SECONDS, device=one.device, payloads=tuple(one.leading(decided))))
        reference = one.reference(gateway, decided)
        found.append(Burst(at=at, device=one.device, payloads=(one.deciding(decided),), reference=reference))
    return sorted(found, key=lambda burst: burst.at)


def bridge_devices(many: list[Onset]) -> list[Payload]:
    """The list of these devices as Zigbee2MQTT has it."""
    return [
        {
            "ieee_address": f"0x{number:016x}",
            "friendly_name": one.device,
            "type": "EndDevice",
            "definition": {"vendor": "Chevet", "model": one.kind.model},
        }
        for number, one in enumerate(many, start=1)
    ]


def quantile(values: list[float], share: float) -> float:
    """The smallest of `values` that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(share * 1000) * len(ordered) // 1000) - 1)]
