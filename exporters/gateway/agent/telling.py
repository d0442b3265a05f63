"""Telling the service: a heartbeat, and the metrics of a look. The newest wins; nothing of it is kept for later.

A service that is away is said once in the log, and once more when it is back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import structlog
from prometheus_client import Counter

from chevet import segments
from chevet.remote_write import Series
from chevet.segments import Moment
from exporters.gateway import clocks
from exporters.gateway.agent.own import HEARTBEATS, SAMPLES
from exporters.gateway.server import Answer, Server
from exporters.gateway.uplink.answers import Meaning, Verdict, verdict
from exporters.gateway.uplink.batches import MOST_SAMPLES, compressed
from exporters.gateway.uplink.sending import QUARANTINED, post

log = structlog.get_logger()

QUICK = 2000
"""Milliseconds within which an answer must come for its `Date` to say anything: it was written at some time between."""


class Teller:
    """Speaks for one gateway, at the service's time: what its own wall clock lacks it learns from each answer.

    How readings are restated is uplink's alone, measured once for each segment.
    """

    def __init__(self, gateway: str, server: Server) -> None:
        self._path = f"/api/v1/gateways/{gateway}/heartbeat"
        self._server = server
        self._ahead: tuple[str, int] | None = None
        self._heartbeats, self._samples = _Spoken("the heartbeat", HEARTBEATS), _Spoken("the metrics", SAMPLES)

    @property
    def offset(self) -> int | None:
        """Milliseconds that the wall clock lacks to be the service's, within a second; None until an answer came."""
        now = clocks.look()
        return self._ahead[1] - now.ahead if self._ahead and self._ahead[0] == now.boot else None

    @property
    def now(self) -> int:
        """Milliseconds since 1970, by the service's clock as far as it is known."""
        offset = self.offset or 0
        return clocks.look().wall + (offset if abs(offset) >= segments.RESTATED else 0)

    async def beat(self, body: dict[str, Any]) -> bool:
        """Post a heartbeat, and learn the time from the answer. Whether anything answered."""
        asked = clocks.look()
        sent = json.dumps(body).encode()
        answer = await self._server.ask("POST", self._path, content=sent, headers={"Content-Type": "application/json"})
        self._set_clock(asked, clocks.look(), answer)
        self._heartbeats.note(verdict(answer, ""))
        return answer.status is not None

    async def push(self, many: Sequence[Series]) -> None:
        """Post series of one sample each, at the service's time, in requests of a bounded size, until one fails."""
        at = self.now
        named = [Series(one.labels, tuple((at, value) for _, value in one.samples)) for one in many]
        for first in range(0, len(named), MOST_SAMPLES):
            part = named[first : first + MOST_SAMPLES]
            name = f"machinery-{uuid4().hex}"
            answer = await post(self._server, name, compressed(part))
            said = verdict(answer, name)
            self._samples.note(said, len(part), answer.headers.get(QUARANTINED, "0"))
            if said.meaning is not Meaning.DONE:
                return

    def _set_clock(self, asked: Moment, answered: Moment, answer: Answer) -> None:
        date = _date(answer) if answer.ours else None
        if date is not None and answered.boot == asked.boot and answered.monotonic - asked.monotonic <= QUICK:
            self._ahead = asked.boot, segments.server_ahead(asked, answered, round(date.timestamp() * 1000))


class _Spoken:
    """What became of one kind of post: counted each time, logged when it changes."""

    def __init__(self, what: str, counter: Counter) -> None:
        self._what, self._counter = what, counter
        self._reason, self._aside = "", "0"

    def note(self, said: Verdict, count: int = 1, aside: str = "0") -> None:
        """One answer; `aside` is how many of the samples the service set aside."""
        self._counter.labels(reason=said.reason).inc(count)
        if said.reason != self._reason:
            if said.meaning is not Meaning.DONE:
                log.warning(f"{self._what} is not taken: {said.sentence}", reason=said.reason)
            elif self._reason:
                log.info(f"{self._what} is taken again")
        if aside not in ("0", self._aside):
            log.warning(f"the service set some of {self._what} aside", samples=aside)
        self._reason, self._aside = said.reason, aside


def _date(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
