"""Asks the service whether a named human took an alert that relatives are, or may yet be, called about."""

from __future__ import annotations

import asyncio
import time

import structlog

from exporters.gateway.server import Server
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.cases import Calling, Case

log = structlog.get_logger()

EVERY = 3.0
"""Seconds between two questions about the same alert: far less than any lease."""

ASKED = (Calling.OPEN, Calling.WAITING)


async def run(bedside: Bedside, server: Server) -> None:
    """Until cancelled."""
    while True:
        calling = [case for case in bedside.cases.values() if case.calling in ASKED]
        await asyncio.gather(*(_ask(bedside, server, case) for case in calling))
        await asyncio.sleep(EVERY)


async def _ask(bedside: Bedside, server: Server, case: Case) -> None:
    answer = await server.ask("GET", f"/api/v1/alerts/{case.alert.id}")
    content = answer.json() if answer.succeeded else None
    if isinstance(content, dict) and content.get("taken_by") and case.calling in ASKED:
        log.info("an alert was taken, nobody more is called", alert=case.alert.id)
        bedside.take_over(case, time.time_ns() // 1_000_000)
