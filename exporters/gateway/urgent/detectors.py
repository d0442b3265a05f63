"""The detectors of a gateway: one set for each vital of each device that was heard of, and what they remember."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chevet.detection import Detector, Transition
from chevet.readings import Reading
from chevet.rules import OF_VITAL, prescribed
from chevet.sheet import PatientLimit
from chevet.signals import SignalDetector

Key = tuple[str, str]
"""Device and vital."""


class Watch:
    """One vital of one device: its clinical rules, and the condition of its signal."""

    def __init__(self, device: str, vital: str) -> None:
        self.device, self.vital = device, vital
        self.signal = SignalDetector(vital)
        self.rules = {rule.key: Detector(rule) for rule in OF_VITAL[vital]}

    def step(self, reading: Reading, limits: Sequence[PatientLimit]) -> list[Transition]:
        """What `reading` changes, judged by the `limits` in force when it was measured."""
        found = self.signal.step(reading)
        for detector in self.rules.values():
            found += detector.step(reading, prescribed(detector.rule, limits))
        return found

    def newest(self, rule: str) -> int | None:
        """When the newest good reading of a clinical rule was measured."""
        return self.rules[rule].newest if rule in self.rules else None

    def forget_patient(self) -> None:
        """Another patient begins without the past of the one before."""
        self.rules = {rule.key: Detector(rule) for rule in OF_VITAL[self.vital]}

    def move(self, by: int) -> None:
        """From now on times are told by a clock that is `by` milliseconds ahead of the one before."""
        self.signal.move(by)
        for detector in self.rules.values():
            detector.move(by)

    def dump(self) -> dict[str, Any]:
        """All state, ready for JSON."""
        return {"signal": self.signal.dump(), "rules": {key: one.dump() for key, one in self.rules.items()}}

    def load(self, dumped: dict[str, Any]) -> None:
        """Go on from what `dump` gave. A rule that is new since then begins calm."""
        self.signal.load(dumped["signal"])
        for key, detector in self.rules.items():
            if key in dumped["rules"]:
                detector.load(dumped["rules"][key])


class Marks:
    """Which readings were seen: the highest sequence of each run, device and vital.

    Detectors go by the order of intake: whatever comes at or below its mark, twice or too late, changes nothing.
    """

    def __init__(self, known: dict[tuple[str, str, str], int]) -> None:
        self._highest = known

    def new(self, reading: Reading) -> bool:
        """Whether `reading` was not seen before; from now on it was."""
        key = (reading.device, reading.vital, reading.run)
        if reading.sequence <= self._highest.get(key, -1):
            return False
        self._highest[key] = reading.sequence
        return True
