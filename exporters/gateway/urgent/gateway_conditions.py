"""Raises and clears what is wrong with the gateway's own ways to call: the modem, and the house's internet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog

from chevet import conditions
from chevet.conditions import CONDITIONS, Condition, ConditionDetector
from exporters.gateway.urgent import counters
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.modem import Handover
from exporters.gateway.urgent.modem_log import Delivery
from exporters.gateway.urgent.modem_watch import ModemWatch
from exporters.gateway.urgent.sms import Channel

log = structlog.get_logger()

EVERY = 5.0


class GatewayConditions:
    """The watches of all modems, and a detector for each condition."""

    def __init__(self, bedside: Bedside, channels: Sequence[Channel]) -> None:
        self._bedside = bedside
        self._in_the_house = any(one.in_the_house and one.smsd is None for one in channels)
        self._watches = {one.name: ModemWatch(one.smsd) for one in channels if one.smsd is not None}
        cases = bedside.cases.values()
        open_since = {one.alert.rule: one.alert.onset for one in cases if one.open and not one.alert.vital}
        self._detectors = [ConditionDetector(row, onset=open_since.get(row.rule)) for row in CONDITIONS.values()]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for watch in self._watches.values():
                for delivery in await asyncio.to_thread(watch.look, time.monotonic()):
                    self._deliver(delivery)
            self._count()
            self._step(time.monotonic(), time.time_ns() // 1_000_000)
            await asyncio.sleep(EVERY)

    def in_trouble(self, channel: str) -> bool:
        """Whether a channel's modem is known not to be ready."""
        return channel in self._watches and not self._watches[channel].last.ready

    def note(self, channel: str, handover: Handover) -> None:
        """What became of a message by that channel."""
        if channel in self._watches:
            self._watches[channel].note(handover)

    def _step(self, clock: float, now: int) -> None:
        holds = self._holds()
        found = [one for each in self._detectors for one in each.step(holds.get(each.row, False), clock, now)]
        if found:
            self._bedside.tell_of_gateway(found, now)

    def _holds(self) -> Mapping[Condition, bool | None]:
        """Of several modems one in trouble is enough, though another can still send."""
        looks = [watch.last for watch in self._watches.values()]
        each = [look.holds() for look in looks]
        rows = {row: _any([one[row] for one in each]) for row in (each[0] if each else ())}
        return rows | {conditions.SMS_INTERNET_ONLY: self._needs_internet([look.ready for look in looks])}

    def _needs_internet(self, ready: Sequence[bool]) -> bool | None:
        """A modem that is not ready has conditions of its own, and takes this one back only when it is."""
        if self._in_the_house or any(ready):
            return False
        return None if ready else True

    def _count(self) -> None:
        looks = [watch.last for watch in self._watches.values()]
        if looks:
            counters.MODEM_READY.set(any(look.ready for look in looks))
            counters.MODEM_OUTBOX.set(sum(look.waiting for look in looks))
            counters.MODEM_SIGNAL.set(max(look.signal if look.signal is not None else -1 for look in looks))

    def _deliver(self, delivery: Delivery) -> None:
        key = delivery.file.rpartition("_")[2].partition(".")[0]
        alert, _, rest = key.rpartition("-")[0].rpartition("-")
        number = int(rest) if rest.isdigit() else 0
        if self._bedside.deliver(alert, number, delivery.status):
            counters.SMS_REPORTS.inc()
            log.info("the network reported on an SMS", alert=alert, number=number, status=delivery.status)


def _any(holds: Sequence[bool | None]) -> bool | None:
    if any(holds):
        return True
    return None if None in holds else False
