"""The driver for our own radio: a report to readings, on disk before anything is answered, or a reason why not.

A report of our own cluster is named by its device, boot and counter: one that comes again, because its answer was lost
or we died before giving it, is known and only answered. What bought devices send has no name and is taken as it comes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence

import structlog

from chevet import clusters, metrics
from chevet.acceleration import PERIOD, Block
from chevet.errors import BadApdu, BadReading, BadReport, expected
from chevet.readings import Quality, Reading
from chevet.segments import Segments
from chevet.zigbee import Value
from exporters.gateway import clocks, steps, telemetry
from exporters.gateway.intake import devices as known
from exporters.gateway.intake.acceleration import Accelerations, from_bytes
from exporters.gateway.intake.batteries import ATTRIBUTE, Batteries
from exporters.gateway.intake.spool import UNNUMBERED, Spool, SpoolFull
from exporters.gateway.intake.zigbee2mqtt import BELIEVED
from exporters.gateway.radio.reporting import Answer, Device, Report
from exporters.gateway.radio.tunnel import Tunnels

log = structlog.get_logger()

ORIGIN = "zigpy"
MOST_NAMED = 1000
"""Refusals that are told apart in the log; each is counted."""

REPORTS = telemetry.counter(metrics.RADIO_REPORTS)
READINGS = telemetry.counter(metrics.INTAKE_READINGS)
UNKNOWN_DEVICES = telemetry.gauge(metrics.INTAKE_UNKNOWN_DEVICES)
SPOOL_FULL = telemetry.gauge(metrics.SPOOL_FULL)


class Driver:
    """Listens to the stack. `kept` is called after readings were added, `heard` with each device that speaks."""

    def __init__(
        self,
        spool: Spool,
        gateway: str,
        names: Mapping[str, str],
        kept: Callable[[], None],
        heard: Callable[[str], None],
        look: clocks.Look = clocks.look,
    ) -> None:
        self._spool, self._gateway, self._names, self._kept, self._heard = spool, gateway, names, kept, heard
        self._devices, self._segments, self._look = known.Devices(spool.database), Segments(), look
        self._tunnels = Tunnels()
        self._accelerations, self._batteries = Accelerations(spool.database), Batteries()
        self._named: set[tuple[str, str]] = set()
        self._read = {clusters.VITALS: self._own, clusters.TEMPERATURE: self._bought, clusters.POWER: self._battery}
        UNKNOWN_DEVICES.set(len(self._devices.unknown()))

    def name(self, address: str) -> str:
        """As readings call the device."""
        return self._names.get(address, address)

    def interviewed(self, device: Device) -> None:
        """Note a device that can be read, and list one that cannot."""
        readable = device.clusters & clusters.OF_VITALS
        name = self.name(device.address)
        try:
            with self._spool.transaction():
                if readable:
                    self._devices.learn(known.Device(name, device.model))
                else:
                    self._devices.list_unknown(name, self._look().wall)
        except SpoolFull as error:
            self._devices.reload()
            log.error(str(error))
        UNKNOWN_DEVICES.set(len(self._devices.unknown()))
        if readable:
            log.info("a device is there", device=name, model=device.model)
            self._heard(device.address)
        else:
            log.warning("an unknown device is listed", device=name, model=device.model, maker=device.manufacturer)

    def report(self, report: Report) -> Answer | None:
        """Keep it. None where the disk takes nothing: the sensor keeps it then, and sends it again."""
        self._heard(report.device)
        try:
            return self._read[report.cluster](report)
        except BadReport as refusal:
            self.refused(report.device, str(refusal))
            return Answer.MALFORMED_COMMAND
        except SpoolFull as error:
            SPOOL_FULL.set(1)
            log.error(str(error))
            return None

    def apdu(self, device: str, octets: bytes, at: int) -> Sequence[bytes] | None:
        """Of a device behind the tunnel; what to answer with once all measured is kept. None as in `report`."""
        self._heard(device)
        try:
            exchange = self._tunnels.take(device, octets, at)
            for told in exchange.told:
                self._keep(f"{device} told {told.name}", device, told.values, at, heard_at=at)
        except BadApdu as refusal:
            self.refused(device, str(refusal))
            return ()
        except SpoolFull as error:
            SPOOL_FULL.set(1)
            log.error(str(error))
            self._tunnels.forget(device)
            return None
        return exchange.answers

    def refused(self, device: str, reason: str) -> None:
        """Count it, and say each reason of each device once."""
        REPORTS.labels(outcome="refused").inc()
        if (device, reason) not in self._named and len(self._named) < MOST_NAMED:
            self._named.add((device, reason))
            log.warning("what a device sent is refused", device=self.name(device), reason=reason)

    def _own(self, report: Report) -> Answer:
        if report.manufacturer != clusters.MANUFACTURER:
            wanted = f"0x{clusters.MANUFACTURER:04x}"
            self.refused(report.device, expected("manufacturer code", wanted, report.manufacturer))
            return Answer.UNSUP_MANUF_GENERAL_COMMAND
        if clusters.ACCELERATION in report.attributes:
            return self._acceleration(report)
        found = clusters.measurement(report.attributes)
        for reason in found.refusals:
            self.refused(report.device, reason)
        name = f"{report.device} {found.boot} {found.counter}"
        self._keep(name, report.device, found.values, report.at - found.age, heard_at=report.at)
        return Answer.SUCCESS

    def _acceleration(self, report: Report) -> Answer:
        found = clusters.sampled(report.attributes)
        samples = from_bytes(found.octets)
        at = max(0, report.at - found.age - PERIOD * len(samples))
        block = Block(first=found.first, at=at, samples=samples)
        with self._spool.transaction():
            ended = self._accelerations.reduce(self.name(report.device), block, self._present())
            readings = [self._reading(report.device, (one.vital, one.value, one.quality), one.at) for one in ended]
            fresh = [reading for reading in readings if reading is not None]
            if fresh:
                self._spool.add(_digest(secrets.token_hex(16)), fresh)
                self._spool.forget_old()
        self._count(len(fresh), "taken")
        return Answer.SUCCESS

    def _bought(self, report: Report) -> Answer:
        values, refusals = clusters.values_of(clusters.TEMPERATURE, report.attributes)
        for reason in refusals:
            self.refused(report.device, reason)
        self._keep(secrets.token_hex(16), report.device, values, report.at, heard_at=report.at)
        return Answer.SUCCESS

    def _battery(self, report: Report) -> Answer:
        self._batteries.note(self.name(report.device), {ATTRIBUTE: clusters.battery(report.attributes)})
        REPORTS.labels(outcome="taken").inc()
        return Answer.SUCCESS

    def _keep(self, name: str, device: str, values: Sequence[Value], measured_at: int, *, heard_at: int) -> None:
        """All of a report in one transaction. Raises SpoolFull, and then nothing was kept."""
        found = [self._reading(device, value, measured_at, heard_at=heard_at) for value in values]
        readings, digest = [reading for reading in found if reading is not None], _digest(name)
        fresh = bool(readings) and not self._spool.knows(digest)
        if fresh:
            with self._spool.transaction():
                self._spool.add(digest, readings)
                self._spool.forget_old()
        steps.passed("spool/ack")
        self._count(len(readings) if fresh else 0, "taken" if fresh else "known")

    def _count(self, readings: int, outcome: str) -> None:
        SPOOL_FULL.set(0)
        REPORTS.labels(outcome=outcome).inc()
        READINGS.inc(readings)
        if readings:
            self._kept()

    def _reading(self, device: str, value: Value, measured_at: int, *, heard_at: int = 0) -> Reading | None:
        """In the present segment, for an age counts back from now by a clock that does not step."""
        vital, number, quality = value
        old = quality is Quality.GOOD and heard_at - measured_at > BELIEVED
        try:
            return Reading(
                gateway=self._gateway,
                device=self.name(device),
                vital=vital,
                value=number,
                measured_at=measured_at,
                segment=self._present(),
                run=UNNUMBERED,
                sequence=0,
                quality=Quality.SUSPECT if old else quality,
                origin=ORIGIN,
            )
        except BadReading as refusal:
            self.refused(device, f"{vital}: {refusal}")
            return None

    def _present(self) -> str:
        """The segment of the gateway's clock that stamps now."""
        self._segments.look(self._look())
        return self._segments.all[-1].id


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=16, usedforsecurity=False).digest()
