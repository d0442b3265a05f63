"""Calls relatives: does what `chevet.calling` plans, one hand-over at a time for each alert, all alerts at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from chevet import messages
from chevet.alerts import Attempt, Outcome
from chevet.calling import Call, Callee, Roster, next_call, roster
from chevet.sheet import Contact
from exporters.gateway import steps
from exporters.gateway.urgent import counters, sms
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.cases import Calling, Case, Handing
from exporters.gateway.urgent.gateway_conditions import GatewayConditions
from exporters.gateway.urgent.modem import Handover

log = structlog.get_logger()

LOOK_AGAIN = 1.0
"""Seconds between two looks at the plan when nothing changes."""

PARTING = 3.0
"""Seconds that a hand-over gets when the process is to end in the middle of it: recorded, it need not be repeated."""

ASK_AGAIN = 60.0
"""Seconds between two questions for a sheet where there is none: a call does not wait for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What the settings say about calling."""

    contact: Contact | None
    channels: tuple[sms.Channel, ...]
    zone: ZoneInfo


class Caller:
    """`enabled` is set when it is known who is still in alarm; before that nobody is called."""

    def __init__(
        self,
        bedside: Bedside,
        local: Local,
        ask_for_sheet: Callable[[], Awaitable[None]],
        gateway_conditions: GatewayConditions,
    ) -> None:
        self._bedside, self._local, self._ask_for_sheet = bedside, local, ask_for_sheet
        self._conditions = gateway_conditions
        self._channels = {channel.name: channel for channel in local.channels}
        self._deadlines: dict[tuple[str, int, int], float] = {}
        self._busy: set[str] = set()
        self._nobody = False
        self._asked = float("-inf")
        self.enabled = asyncio.Event()
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled. A hand-over under way goes on in its own task."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self.enabled.wait()
                self.wake.clear()
                await self._look(group)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self.wake.wait()

    async def _look(self, group: asyncio.TaskGroup) -> None:
        calling = [case for case in self._bedside.cases.values() if case.calling is Calling.OPEN or case.handing]
        free = [case for case in calling if case.alert.id not in self._busy]
        if free and self._bedside.sheet is None and time.monotonic() - self._asked >= ASK_AGAIN:
            self._asked = time.monotonic()
            await self._ask_for_sheet()
        now = _now()
        people = roster(self._bedside.sheet, self._local.contact, tuple(self._channels), self._bedside.by_sheet(now))
        self._say_nobody(0 if people.callees and people.channels else len(calling))
        self._forget_deadlines({case.alert.id for case in calling})
        for case in free:
            self._go_on(group, case, people, now)

    def _go_on(self, group: asyncio.TaskGroup, case: Case, people: Roster, now: int) -> None:
        if case.calling is not Calling.OPEN:
            self._abandon(case, now)
            return
        call = _repeat(case.handing, people) if case.handing else next_call(people, case.alert.attempts, case.since)
        if call is None or not self._is_due(case, call, now):
            return
        self._busy.add(case.alert.id)
        task = group.create_task(self._call(case, call))
        task.add_done_callback(partial(self._finished, case.alert.id))

    def _abandon(self, case: Case, now: int) -> None:
        """Nor may a modem still send it."""
        handing = case.handing
        channel = self._channels.get(handing.channel) if handing else None
        if handing is not None and channel is not None and channel.smsd is not None:
            channel.smsd.take_back(_key(case, handing))
        self._bedside.abandon(case, now)

    def _is_due(self, case: Case, call: Call, now: int) -> bool:
        """Counted on the monotonic clock from when the plan was first seen: the wall clock may jump by years."""
        attempts = case.alert.attempts
        before = attempts[-1].at if attempts else call.due
        left = min(call.due - now, call.due - before) / 1000
        key = (case.alert.id, call.number, call.due)
        return time.monotonic() >= self._deadlines.setdefault(key, time.monotonic() + left)

    def _say_nobody(self, alerts: int) -> None:
        if alerts and not self._nobody:
            log.error("relatives are to be called, but there is no number or no sender", alerts=alerts)
        self._nobody = alerts > 0
        counters.NOBODY.set(alerts)

    def _forget_deadlines(self, calling: set[str]) -> None:
        self._deadlines = {key: at for key, at in self._deadlines.items() if key[0] in calling}

    def _pause(self) -> float:
        later = [at - time.monotonic() for at in self._deadlines.values()]
        return min([LOOK_AGAIN, *(left for left in later if left > 0)])

    def _finished(self, alert: str, _: object) -> None:
        self._busy.discard(alert)
        self.wake.set()

    async def _call(self, case: Case, call: Call) -> None:
        repeated = case.handing is not None
        reference = f"{case.alert.reference}-{call.number}"
        handing = Handing(number=call.number, reference=reference, place=call.callee.place, channel=call.channel)
        self._bedside.begin(case, handing)
        text = self._text(case, call.callee, reference)
        message = sms.Message(number=call.callee.contact.number, text=text, key=_key(case, handing))
        in_trouble = self._conditions.in_trouble(call.channel)
        sending = asyncio.ensure_future(sms.hand_over(self._channels[call.channel], message, in_trouble=in_trouble))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait({sending}, timeout=PARTING)
            if sending.done():
                self._record(case, handing, sending.result(), repeated=repeated)
            raise
        self._record(case, handing, sending.result(), repeated=repeated)

    def _record(self, case: Case, handing: Handing, handover: Handover, *, repeated: bool) -> None:
        """One that was known to the modem went out once, though it was handed over again."""
        steps.passed("SMS handed/recorded")
        self._conditions.note(handing.channel, handover)
        attempt = Attempt(
            number=handing.number,
            reference=handing.reference,
            at=_now(),
            contact=handing.place,
            channel=handing.channel,
            outcome=Outcome.FAILED if handover.failure else Outcome.HANDED,
            detail=handover.failure or handover.detail,
            repeated=repeated and not handover.known,
        )
        self._count(case, attempt)
        self._bedside.record(case, attempt)

    def _text(self, case: Case, callee: Callee, reference: str) -> str:
        alert, zone, clocks = case.alert, self._local.zone, self._bedside.clocks
        return messages.text(
            callee.contact,
            alert.vital,
            alert.value,
            alert.limit,
            since=clocks.for_people(alert.onset, zone),
            now=clocks.for_people(_now(), zone),
            reference=reference,
        )

    def _count(self, case: Case, attempt: Attempt) -> None:
        counters.ATTEMPTS.labels(outcome=attempt.outcome.value).inc()
        if attempt.repeated:
            counters.REPEATED.inc()
        if attempt.number == 1:
            counters.SECONDS.observe(max(0, attempt.at - case.since) / 1000)
        log.info(
            f"an SMS was {attempt.outcome}",
            alert=case.alert.id,
            reference=attempt.reference,
            place=attempt.contact,
            channel=attempt.channel,
            detail=attempt.detail,
            repeated=attempt.repeated,
        )


def _key(case: Case, handing: Handing) -> str:
    return f"{case.alert.id}-{handing.number}-{handing.place}"


def _repeat(handing: Handing, people: Roster) -> Call | None:
    """The same SMS again, to the same contact where it may still be called, else to the first who may."""
    if not people.callees or not people.channels:
        return None
    callee = next((one for one in people.callees if one.place == handing.place), people.callees[0])
    channel = handing.channel if handing.channel in people.channels else people.channels[0]
    return Call(number=handing.number, callee=callee, channel=channel, due=0)


def _now() -> int:
    return time.time_ns() // 1_000_000
