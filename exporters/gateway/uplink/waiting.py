"""Staying away after a failure: for how long, and why, in one log sentence and one metric."""

from __future__ import annotations

import asyncio
import time

import structlog

from chevet import metrics
from exporters.gateway import telemetry
from exporters.gateway.backoff import LONGEST, pauses

log = structlog.get_logger()
WAITING = telemetry.gauge(metrics.UPLINK_WAITING)


class Waiting:
    """The patience of one sender. `what` says what waits; a reason is logged when it begins and when it is over.

    It never waits longer than `most` seconds, unless the server asks for it.
    """

    def __init__(self, what: str, most: float = LONGEST) -> None:
        self._what, self._most = what, most
        self._reason = ""
        self._since = 0.0
        self._pauses = pauses(most=self._most)

    @property
    def seconds(self) -> float:
        """For how long nothing has gone well; 0 where the last try did."""
        return time.monotonic() - self._since if self._reason else 0.0

    async def wait(self, reason: str, sentence: str, retry_after: float = 0.0) -> None:
        """Stay away for a while, longer each time, and not less than the server asked for."""
        if not self._reason:
            self._since = time.monotonic()
        if reason != self._reason:
            log.warning(f"{self._what} waits: {sentence}", reason=reason)
            self._change(reason)
        await asyncio.sleep(max(retry_after, next(self._pauses)))

    def over(self) -> None:
        """It went well, or there is nothing left to wait with."""
        if self._reason:
            log.info(f"{self._what} goes on", waited_seconds=round(self.seconds, 1))
        self._change("")
        self._pauses = pauses(most=self._most)

    def _change(self, reason: str) -> None:
        if self._reason:
            WAITING.labels(self._what, self._reason).dec()
        if reason:
            WAITING.labels(self._what, reason).inc()
        self._reason = reason
