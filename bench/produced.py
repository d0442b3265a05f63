"""What was produced: a simulator's own log, read into readings by a table of its own.

On purpose nothing of intake's is used here, neither its driver nor the domain's table of device models: a slip there
must show as a difference, not vanish on both sides. So the numbers of CLINICAL section 4 stand here a second time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

GOOD, SUSPECT, MISSING = "good", "suspect", "missing"
MMOL_PER_L = 18.016


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """One reading. `at` in milliseconds, when it was measured; `logged` in seconds, when it was published.

    `sent` is False where the simulator knew that the broker was away, and dropped it as Zigbee2MQTT does.
    """

    device: str
    vital: str
    at: int
    value: float | None
    quality: str
    logged: float
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What an attribute of a payload means; `nothing` are the numbers that say "I have none"."""

    vital: str
    low: float
    high: float
    times: float = 1
    nothing: tuple[float, ...] = (0x8000,)


_PROBE = (0, 0x8000)
ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType(
    {
        "spo2": Attribute(vital="oxygen_saturation", low=1, high=100, nothing=(*_PROBE, 127)),
        "heart_rate": Attribute(vital="heart_rate", low=10, high=300, nothing=_PROBE),
        "respiratory_rate": Attribute(vital="respiratory_rate", low=3, high=80),
        "temperature": Attribute(vital="body_temperature", low=25, high=45),
        "glucose": Attribute(vital="glucose_sensor", low=20, high=600, nothing=_PROBE),
        "systolic": Attribute(vital="systolic_pressure", low=40, high=300, nothing=_PROBE),
        "diastolic": Attribute(vital="diastolic_pressure", low=20, high=200, nothing=_PROBE),
        "weight": Attribute(vital="weight", low=2_000, high=350_000, times=1000, nothing=_PROBE),
        "activity": Attribute(vital="activity", low=0, high=16_000),
    }
)


def readings(logs: Iterable[Path]) -> list[Produced]:
    """Every reading in the logs, in the order in which each was published."""
    return [reading for log in logs for reading in _of_log(log)]


def _of_log(log: Path) -> Iterator[Produced]:
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        yield from of_payload(entry["topic"], entry["payload"], entry["at"], sent=entry["sent"])


def of_payload(topic: str, payload: Mapping[str, Any], logged: float, *, sent: bool) -> Iterator[Produced]:
    """The readings in one published payload."""
    for name, attribute in ATTRIBUTES.items():
        if name in payload:
            value, quality = _judged(attribute, payload, payload[name])
            yield Produced(
                device=topic.removeprefix("zigbee2mqtt/"),
                vital=attribute.vital,
                at=payload["last_seen"],
                value=value,
                quality=quality,
                logged=logged,
                sent=sent,
            )


def _judged(attribute: Attribute, payload: Mapping[str, Any], said: object) -> tuple[float | None, str]:
    if payload.get("contact") is False or not isinstance(said, int | float) or said in attribute.nothing:
        return None, MISSING
    value = said * attribute.times
    if payload.get("glucose_unit") == "mmol/L":
        value = math.floor(said * MMOL_PER_L + 0.5)
    believed = attribute.low <= value <= attribute.high and payload.get("motion") is not True
    return float(value), GOOD if believed else SUSPECT
