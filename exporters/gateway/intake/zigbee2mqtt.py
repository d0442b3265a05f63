"""The driver for Zigbee2MQTT: one of its MQTT messages, as RabbitMQ hands it on, to readings or a reason why not."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from chevet import zigbee
from chevet.activity import Measured
from chevet.errors import BadBlock, BadReading, ChevetError, expected
from chevet.readings import Quality, Reading
from chevet.segments import AHEAD, DAY, UNKNOWN, Segment, Segments
from exporters.gateway.intake.acceleration import Accelerations, block_of
from exporters.gateway.intake.batteries import Batteries
from exporters.gateway.intake.devices import Device, Devices
from exporters.gateway.intake.spool import UNNUMBERED

log = structlog.get_logger()

ORIGIN = "zigbee2mqtt"
BASE = "zigbee2mqtt."
DEVICES = "bridge.devices"
CHATTER = tuple(
    f"bridge.{subject}"
    for subject in (
        "config",
        "converters",
        "definitions",
        "event",
        "extensions",
        "groups",
        "health",
        "info",
        "log",
        "logging",
        "request",
        "response",
        "state",
    )
)
"""What Zigbee2MQTT says of itself: passed over on purpose. Anything else below bridge/ is refused, and so seen."""

NO_MEASUREMENTS = ("availability", "set", "get")
"""Last words of topics that speak of a device, or to it, and measure nothing."""

BELIEVED = 8 * DAY
"""The age in milliseconds beyond which a reading is suspect: the service would not take it as current."""

MOST_REFUSALS = 20
"""Reasons that go with one list of devices to the dead letters, whose headers the broker takes up to 128 KiB."""

_LONGEST_INTEGER = 18
"""Digits. Python refuses to make a float of a longer one, which no sensor sends."""


class Refused(ChevetError):
    """A message that cannot become readings; the sentence goes with it to the dead letters."""


class UnknownDevice(Refused):
    """A device that is not in Zigbee2MQTT's list, or whose model is not in our table."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a message holds: its readings, not yet numbered, and the reasons of what could not become one."""

    readings: tuple[Reading, ...] = ()
    refusals: tuple[str, ...] = ()

    def __add__(self, other: Report) -> Report:
        return Report(self.readings + other.readings, self.refusals + other.refusals)


NOTHING = Report()


class Driver:
    """Reads messages; knows the devices. Only inside a transaction of the spool, where it keeps what it learns."""

    def __init__(self, devices: Devices, gateway: str, segments: Segments) -> None:
        self._devices, self._gateway, self._segments = devices, gateway, segments
        self._accelerations = Accelerations(devices.database)
        self._batteries = Batteries()
        self._named: set[tuple[str, str]] = set()

    def read(self, routing_key: str, body: bytes, now: int) -> Report:
        """`now`, the gateway's clock in milliseconds, judges the message's time, never replaces it. Raises Refused."""
        key = routing_key.removeprefix(BASE)
        if key == DEVICES:
            return self._learn(body)
        if key.startswith("bridge."):
            return _pass_over(key)
        device = self._devices.get(key)
        if device is None and key.rpartition(".")[2] in NO_MEASUREMENTS:
            return NOTHING
        payload = _payload(body)
        model = zigbee.BY_MODEL.get(device.model) if device is not None else None
        if device is None or model is None:
            raise self._unknown(key, device, now)
        measured_at = _last_seen(payload)
        segment = self._segment(measured_at, now)
        self._list_attributes(model, payload)
        self._batteries.note(device.name, payload)
        report = self._report(device, zigbee.values_of(model, payload), measured_at, segment)
        for one in self._reduced(device, model, payload, measured_at, segment):
            report += self._report(device, [(one.vital, one.value, one.quality)], one.at, segment)
        return report

    def _reduced(
        self,
        device: Device,
        model: zigbee.DeviceModel,
        payload: Mapping[str, Any],
        sent_at: int,
        segment: Segment | None,
    ) -> list[Measured]:
        try:
            block = block_of(model, payload, sent_at)
        except BadBlock as error:
            raise Refused(str(error)) from None
        stamped_in = segment.id if segment else UNKNOWN
        return [] if block is None else self._accelerations.reduce(device.name, block, stamped_in)

    def _segment(self, measured_at: int, now: int) -> Segment | None:
        """Which stretch of the gateway's clock stamped it. What no clock of ours ever showed is a device's nonsense."""
        found = self._segments.of(measured_at)
        if found is None and measured_at > now + AHEAD:
            seen = f"{measured_at}, {(measured_at - now) / 1000:.0f} s ahead"
            raise Refused(f"last_seen: expected at most 5 min ahead of the gateway's clock, got {seen}")
        return found

    def _is_believed(self, measured_at: int, segment: Segment | None) -> bool:
        """Whether it is known when it was measured, and not too long ago."""
        if segment is None:
            return False
        age = self._segments.age(measured_at, segment)
        return age is None or age <= BELIEVED

    def _report(self, device: Device, values: list[zigbee.Value], measured_at: int, segment: Segment | None) -> Report:
        readings, refusals = [], []
        believed = self._is_believed(measured_at, segment)
        for vital, value, quality in values:
            try:
                readings.append(
                    Reading(
                        gateway=self._gateway,
                        device=device.name,
                        vital=vital,
                        value=value,
                        measured_at=measured_at,
                        segment=segment.id if segment else UNKNOWN,
                        run=UNNUMBERED,
                        sequence=0,
                        quality=quality if believed or quality is not Quality.GOOD else Quality.SUSPECT,
                        origin=ORIGIN,
                    )
                )
            except BadReading as error:
                refusals.append(f"{vital}: {error}")
        return Report(tuple(readings), tuple(refusals))

    def _learn(self, body: bytes) -> Report:
        rows = _json(body)
        if not isinstance(rows, list):
            raise Refused(expected("bridge/devices", "a JSON array of devices", rows))
        refusals = []
        for row in rows:
            try:
                self._devices.learn(_device(row))
            except Refused as error:  # one that is odd hides none of the others
                refusals.append(str(error))
        return Report(refusals=tuple(refusals[:MOST_REFUSALS]))

    def _unknown(self, key: str, device: Device | None, now: int) -> UnknownDevice:
        if device is None:
            reason = expected("device", "one that Zigbee2MQTT has listed in bridge/devices", key)
        else:
            reason = expected(f"device {device.name}", "a model of the table of device models", device.model)
        self._devices.list_unknown(key, now)
        if (key, reason) not in self._named:
            self._named.add((key, reason))
            log.warning("an unknown device is listed and its messages set aside", reason=reason)
        return UnknownDevice(reason)

    def _list_attributes(self, model: zigbee.DeviceModel, payload: Mapping[str, Any]) -> None:
        for attribute in zigbee.unknown_attributes(model, payload):
            if (model.model, attribute) not in self._named:
                self._named.add((model.model, attribute))
                log.warning("a device sends an attribute that its model's row lacks", model=model.model, name=attribute)


def _device(row: object) -> Device:
    name = row.get("friendly_name") if isinstance(row, dict) else None
    if not isinstance(name, str) or not name or not _is_text(name):
        raise Refused(expected("bridge/devices", "a printable friendly_name in each device", row))
    definition = row.get("definition") if isinstance(row, dict) else None
    model = definition.get("model") if isinstance(definition, dict) else None
    return Device(name, model if isinstance(model, str) and _is_text(model) else "")


def _is_text(text: str) -> bool:
    """Whether a database can keep it: JSON may spell half a letter, which no encoding has."""
    return text.isprintable()


def _pass_over(key: str) -> Report:
    if any(key == subject or key.startswith(f"{subject}.") for subject in CHATTER):
        return NOTHING
    raise Refused(expected("topic", "bridge/devices or a listed subject of bridge/", key.replace(".", "/")))


def _payload(body: bytes) -> dict[str, Any]:
    payload = _json(body)
    if not isinstance(payload, dict):
        raise Refused(expected("payload", "a JSON object", payload))
    return payload


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_int=lambda text: int(text) if len(text) <= _LONGEST_INTEGER else float(text))
    except (ValueError, RecursionError) as error:
        raise Refused(f"payload: expected JSON, got {body[:40]!r} ({error})") from None


def _last_seen(payload: Mapping[str, Any]) -> int:
    if "last_seen" not in payload:
        raise Refused("last_seen: expected milliseconds since 1970 (Zigbee2MQTT's last_seen: epoch), got nothing")
    seen = payload["last_seen"]
    number = isinstance(seen, int | float) and not isinstance(seen, bool) and math.isfinite(seen)
    if not number or seen < 0:
        raise Refused(expected("last_seen", "milliseconds since 1970 (Zigbee2MQTT's last_seen: epoch)", seen))
    return int(seen)
