"""One home that is alive: its devices publish what falls due, its script goes on, its truths are written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from chevet.errors import expected
from simulators.devices import Device
from simulators.errors import BadOption
from simulators.pace import Pace
from simulators.patients import Patient
from simulators.payloads import reports
from simulators.script import Occurrence, Script, occurrence
from simulators.truths import HOME, nadir, truths

LinkChanged = Callable[[Occurrence, bool], None]
"""Told when an episode cuts the link to the server (True) and when it is to be put back (False)."""


class Publishes(Protocol):
    """What a home needs of its radio."""

    def publish(self, name: str, payload: dict[str, Any]) -> bool:
        """Publish one report; answers whether it was sent."""
        ...


class WritesLines(Protocol):
    """What a home needs of its record of truths."""

    def write(self, line: dict[str, Any]) -> None:
        """Append one line."""
        ...


@dataclass(slots=True)
class Home:
    """A patient, their devices and their script. `advance` moves it on; the other methods may be called meanwhile."""

    patient: Patient
    devices: Sequence[Device]
    pace: Pace
    radio: Publishes
    record: WritesLines
    script: Script = field(default_factory=Script)
    link_changed: LinkChanged = lambda _one, _cut: None
    sent: int = 0
    dropped: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    _at: float = 0
    _announced: list[Occurrence] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._at = self._at or self.pace.begins

    @property
    def at(self) -> float:
        """Up to when everything was published, in seconds since 1970."""
        return self._at

    def advance(self, until: float) -> None:
        """Publish all that fell due up to `until`, and write the truths that began or ended."""
        with self._lock:
            self._announce(until)
            for report in reports(self.devices, self.patient, self._at, until, self.script.occurrences):
                if self.radio.publish(report.device.name, report.payload):
                    self.sent += 1
                else:
                    self.dropped += 1
            self._at = until
            self._conclude(until)

    def start(self, name: str, *, device: str = "", lasts: float | None = None) -> None:
        """Let an episode begin now, at `device` if it is about one. Raises BadOption."""
        with self._lock:
            names = [one.name for one in self.devices]
            if device and device not in names:
                raise BadOption(expected("device", f"one of {', '.join(names)}", device), field="device")
            self.script.start(occurrence(name, self._at, device=device, lasts=lasts))
            self._announce(self._at)

    def end(self, name: str) -> list[Occurrence]:
        """End the episodes of `name` that are going on; they recover from now on."""
        with self._lock:
            ended = self.script.end(name, self._at)
            starts = {one.start for one in ended}
            kept = [one for one in self._announced if one.episode.name != name or one.start not in starts]
            self._announced = [*kept, *ended]
            return ended

    def close(self) -> None:
        """Write the truths of what is still going on, as far as it went."""
        with self._lock:
            for one in list(self._announced):
                self._write_end(one, cut_short=True)

    def run(self, until: float, stopping: threading.Event, tick: float = 0.25) -> None:
        """Advance with the pace until `until` (simulated) or until told to stop."""
        while not stopping.is_set() and self._at < until:
            self.advance(min(self.pace.now(), until))
            stopping.wait(min(tick, self.pace.wall_seconds_until(until)))

    def _announce(self, until: float) -> None:
        for one in self.script.occurrences:
            if self._at <= one.start <= until and one not in self._announced:
                self._announced.append(one)
                self._write(truths(one, self.devices, "started"))
                self._tell_link(one, cut=True)

    def _conclude(self, until: float) -> None:
        for one in [one for one in self._announced if one.over <= until]:
            self._write_end(one, cut_short=False)

    def _write_end(self, one: Occurrence, *, cut_short: bool) -> None:
        lines = truths(one, self.devices, "cut short" if cut_short else "ended")
        by_name = {device.name: device for device in self.devices}
        for line in lines:
            if line["device"] != HOME:
                device = by_name[line["device"]]
                line["nadir"] = nadir(one, device, self.patient, line["vital"], self.script.occurrences, self._at)
        self._write(lines)
        self._announced.remove(one)
        self._tell_link(one, cut=False)

    def _write(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            full = line | {"patient_seed": self.patient.seed, "at": time.time()}
            self.lines.append(full)
            self.record.write(full)

    def _tell_link(self, one: Occurrence, *, cut: bool) -> None:
        if one.episode.fault == "link_down":
            self.link_changed(one, cut)


def going_on(home: Home) -> list[str]:
    """The names of the episodes that are going on."""
    return sorted({one.episode.name for one in home.script.occurrences if one.start <= home.at < one.end})
