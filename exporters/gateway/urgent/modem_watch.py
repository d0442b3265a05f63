"""Looks after the modem: whether gammu-smsd runs, reaches it, may use its SIM card, has a network, and sends."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from chevet import conditions
from chevet.conditions import Condition
from exporters.gateway.urgent.modem import Handover, Smsd
from exporters.gateway.urgent.modem_log import Delivery, Fault, ModemLog

MONITOR = "gammu-smsd-monitor"
MONITOR_WITHIN = 5.0

FAULT_HOLDS = 120.0
"""Seconds for which what the log said last holds: gammu-smsd tries again, and says so again, every 30 to 60 s."""

FIELDS_FROM_IMEI = 7
"""In the monitor's line: IMEI, IMSI, sent, received, failed, battery, signal; more may stand before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The modem at one moment. `reached` and `signal` (percent; -1 where it has no network) are None where nobody can
    tell; `unsent` says that the last message could not be sent."""

    runs: bool
    fault: Fault | None = None
    reached: bool | None = None
    signal: int | None = None
    waiting: int = 0
    unsent: bool = False

    @property
    def ready(self) -> bool:
        """Whether nothing is known that would keep a message from leaving."""
        return not any(self.holds().values()) and self.reached is not False

    def holds(self) -> Mapping[Condition, bool | None]:
        """Which conditions hold. Of a daemon that does not run nothing else can be told."""
        if not self.runs:
            others = (conditions.MODEM_MISSING, conditions.MODEM_LOCKED, conditions.MODEM_NETWORK)
            return {conditions.MODEM_STOPPED: True, conditions.MODEM_UNSENT: self.unsent} | dict.fromkeys(others)
        locked = self.fault is Fault.LOCKED
        missing = not locked and (self.fault is Fault.MISSING or self.reached is False)
        searching = self.signal is not None and self.signal <= 0
        return {
            conditions.MODEM_STOPPED: False,
            conditions.MODEM_LOCKED: locked,
            conditions.MODEM_MISSING: missing,
            conditions.MODEM_NETWORK: None if locked or missing else searching,
            conditions.MODEM_UNSENT: self.unsent,
        }


class ModemWatch:
    """One modem."""

    def __init__(self, smsd: Smsd) -> None:
        self._smsd = smsd
        self._log = ModemLog(smsd.log)
        self._unsent = False
        self.last = Look(runs=True)

    def note(self, handover: Handover) -> None:
        """What became of a message that was handed to it."""
        self._unsent = bool(handover.failure)

    def look(self, clock: float) -> list[Delivery]:
        """Look again, into `last`; the deliveries that are new. Waits for another process: in a thread."""
        deliveries: list[Delivery] = []
        with contextlib.suppress(OSError):  # no log yet, or none that may be read
            deliveries = self._log.read(clock)
        runs = self._smsd.runs()
        told = _monitored(self._smsd) if runs else None
        self.last = Look(
            runs=runs,
            fault=self._log.fault if clock - self._log.fault_at < FAULT_HOLDS else None,
            reached=None if told is None else bool(told[0]),
            signal=int(told[-1]) if told and told[0] else None,
            waiting=self._smsd.waiting(),
            unsent=self._unsent,
        )
        return deliveries


def _monitored(smsd: Smsd) -> list[str] | None:
    """From the IMEI to the signal, as gammu-smsd shares it; None where it does not."""
    command = (MONITOR, "-c", str(smsd.settings), "-C", "-L", "-n", "1", "-d", "0")  # CSV, no log, once
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=MONITOR_WITHIN, check=False)  # noqa: S603 - our own settings
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = [line.split(";")[-FIELDS_FROM_IMEI:] for line in said.stdout.splitlines() if line.startswith("Gammu")]
    rows = [row for row in told if len(row) == FIELDS_FROM_IMEI and row[-1].lstrip("-").isdigit()]
    return rows[-1] if rows else None
