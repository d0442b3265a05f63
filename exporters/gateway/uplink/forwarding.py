"""From `alerts.outbox` to the service, on a connection of its own: no backlog of anything else delays an alert.

An alert leaves the queue when the service has it, and for no other reason. Posts of one alert keep their order, for a
later one amends an earlier; an alert that the service will not have delays no other alert.
"""

from __future__ import annotations

import asyncio
import contextlib
import json

import structlog

from exporters.gateway.bus import told, topology
from exporters.gateway.bus.client import Bus, Delivery
from exporters.gateway.server import Server
from exporters.gateway.uplink.answers import Meaning, verdict_on_alert
from exporters.gateway.uplink.restating import Restating
from exporters.gateway.uplink.sending import ANSWERS
from exporters.gateway.uplink.waiting import Waiting

log = structlog.get_logger()
ALERTS = "/api/v1/alerts"
HEADERS = {"Content-Type": "application/json"}
AT_ONCE = 50
"""Posts under way at one moment."""

HELD = 500
"""Alerts that may be waiting to be posted again before they hold up another."""

HELD_SECONDS = 20 * 60
"""After this what is held goes back to the queue and comes again, before the broker's own limit of 30 minutes."""

Lane = dict[bytes, Delivery]
"""The posts of one alert in their order; one that is delivered again keeps its place, and is acknowledged anew."""


class Forwarder:
    """Posts alerts for ever."""

    def __init__(self, bus: Bus, server: Server, restating: Restating) -> None:
        self._bus = bus
        self._restating = restating
        self._server = server
        self._lanes: dict[str, Lane] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Consume, for at most `HELD_SECONDS` at a stretch."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HELD_SECONDS):
                    await self._consume()

    async def _consume(self) -> None:
        async with (
            self._bus.consume(topology.OUTBOX, prefetch=HELD, most=AT_ONCE) as batches,
            asyncio.TaskGroup() as posts,
        ):
            async for batch in batches:
                for delivery in batch:
                    self._enter(delivery, posts)

    def _enter(self, delivery: Delivery, posts: asyncio.TaskGroup) -> None:
        alert = _alert_id(delivery.body)
        if alert is None:
            posts.create_task(self._bury(delivery))
        elif alert in self._lanes:
            self._lanes[alert][delivery.body] = delivery
        else:
            self._lanes[alert] = {delivery.body: delivery}
            posts.create_task(self._post(alert))

    async def _post(self, alert: str) -> None:
        lane, waiting = self._lanes[alert], Waiting("alert")
        try:
            while lane:
                body = next(iter(lane))
                headers = lane[body].headers
                async with self._places:
                    await self._restating.hear_of(told.segments_of(headers))
                    content = told.restated(body, headers, self._restating.best)
                    answer = await self._server.ask("POST", ALERTS, content=content, headers=HEADERS)
                said = verdict_on_alert(answer)
                ANSWERS.labels("alert", said.reason).inc()
                if said.meaning is Meaning.DONE:
                    waiting.over()
                    self._bus.ack(lane.pop(body))
                else:
                    await waiting.wait(said.reason, said.sentence, said.retry_after)
        finally:
            waiting.over()
            del self._lanes[alert]

    async def _bury(self, delivery: Delivery) -> None:
        log.error("a message in the alerts' queue is no JSON object", size=len(delivery.body))
        await self._bus.dead_letter(delivery, "message: expected an alert as a JSON object")


def _alert_id(body: bytes) -> str | None:
    """What the posts of one alert have in common; None where the message is no JSON object."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return str(content.get("id", "")) if isinstance(content, dict) else None
