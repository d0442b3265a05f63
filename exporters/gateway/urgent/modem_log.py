"""What gammu-smsd tells in its log: why the modem cannot be used, what it sent, and what the network delivered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

BEFORE = 65_536
"""Bytes of the log from before our start that are read, for the reports of messages that were sent then."""

SENT_KEPT = 200
"""Messages whose report is waited for."""

NO_REFERENCE = "0x00"
"""What is printed where the network's report names no message: then it is about the newest to that number."""


class Fault(StrEnum):
    """Why the modem cannot be used."""

    MISSING = "missing"
    LOCKED = "locked"


FAULTS: tuple[tuple[re.Pattern[str], Fault | None], ...] = (
    (re.compile(r"Error at init connection|Can't open device|Error opening device"), Fault.MISSING),
    (re.compile(r"no code in config when phone might want one|incorrect PIN|Error entering PIN"), Fault.LOCKED),
    (re.compile(r"phone requires not supported code type|Error getting security status"), Fault.LOCKED),
    (re.compile(r"Transmitted "), None),
)
TRANSMITTED = re.compile(r"Transmitted (\S+) \((?:part|total): \d+\) to (\S+?)(?:, message reference (0x[0-9a-f]+))?$")
REPORT = re.compile(r"Delivery report: (.+) to (\S+?)(?:, message reference (0x[0-9a-f]+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the network said of a message, known by the name of its file."""

    file: str
    status: str


@dataclass(slots=True)
class ModemLog:
    """The log, read on from where it was read to. `fault` is what it said last, since `fault_at` on our own clock."""

    path: Path
    fault: Fault | None = None
    fault_at: float = 0
    _offset: int | None = None
    _sent: dict[str, tuple[str, str]] = field(default_factory=dict)

    def read(self, clock: float) -> list[Delivery]:
        """The deliveries that are new. Faults of before our start are history, and none. Raises OSError."""
        first = self._offset is None
        found: list[Delivery] = []
        for line in self._lines():
            for pattern, fault in () if first else FAULTS:
                if pattern.search(line):
                    self.fault, self.fault_at = fault, clock
            found += self._delivery(line)
        return found

    def _delivery(self, line: str) -> Iterator[Delivery]:
        if sent := TRANSMITTED.search(line):
            self._sent[sent[1]] = (sent[2], sent[3] or NO_REFERENCE)
            for oldest in [*self._sent][:-SENT_KEPT]:
                del self._sent[oldest]
        elif report := REPORT.search(line):
            wanted = (report[2], report[3] or NO_REFERENCE)
            same = [file for file, one in self._sent.items() if one == wanted]
            if wanted[1] == NO_REFERENCE and not same:
                same = [file for file, one in self._sent.items() if one[0] == report[2]]
            yield from (Delivery(file=file, status=report[1].lower()) for file in same[-1:])

    def _lines(self) -> list[str]:
        """Whole lines that are new; of a log that was begun anew, from its beginning."""
        with self.path.open("rb") as file:
            size = file.seek(0, 2)
            begin = max(0, size - BEFORE) if self._offset is None else self._offset
            begin = begin if begin <= size else 0
            file.seek(begin)
            whole, end, _ = file.read().rpartition(b"\n")
        self._offset = begin + len(whole) + len(end)
        return whole.decode(errors="replace").splitlines()
