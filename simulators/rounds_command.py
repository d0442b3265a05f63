"""A nurse who does not exist: oxygen, consciousness and for whom NEWS2 is, entered by the service's own route.

  python -m simulators rounds --service http://127.0.0.1:8000 --credentials DIR --patients residents.json

DIR holds nurse.json: {"token_url", "client_id", "client_secret"}. residents.json is the file that `wards` and `history`
read, with the pseudonym of each. What the service could not take is entered again at the next look; what was entered
before a restart is known by its id.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from pathlib import Path

import httpx2

from chevet.errors import expected
from simulators.durations import seconds
from simulators.errors import BadOption
from simulators.residents import Resident, residents
from simulators.rounds import entries, last_visit, require_pseudonyms
from simulators.service import Service, credentials, require_address
from simulators.stopping import say, until_told

NAME = "rounds"
SUMMARY = "a nurse, who enters what no device says"
NURSE = "nurse"
LOOK_EVERY = 15.0
TIMEOUT = 30.0


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `rounds`."""
    add = parser.add_argument
    add("--service", required=True, metavar="URL", help="the analysis service, such as http://127.0.0.1:8000")
    add("--credentials", type=Path, required=True, metavar="DIR", help="where nurse.json is")
    add("--patients", type=Path, required=True, metavar="FILE", help="JSON: gateways, pseudonyms, seeds")
    add("--every", default="4h", metavar="LENGTH", help="between two visits to a patient (default 4h)")


def run(chosen: argparse.Namespace) -> int:
    """Go on rounds until Ctrl-C or SIGTERM."""
    require_address(chosen.service)
    every = seconds("--every", chosen.every)
    if every < 1:
        raise BadOption(expected("--every", "at least 1s", chosen.every), field="--every")
    people = require_pseudonyms(residents(chosen.patients))
    proof = credentials(chosen.credentials, NURSE)

    async def visit_all() -> None:
        async with httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
            await _rounds(Service(http, chosen.service, proof), people, every)

    asyncio.run(visit_all())
    return 0


async def _rounds(service: Service, people: tuple[Resident, ...], every: float) -> None:
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    say(f"rounds: {len(people)} patients, each every {every:g} s")
    visited: dict[str, float] = {}
    while not stopping.is_set():
        new = 0
        for resident in people:
            visit = last_visit(resident, time.time(), every)
            if visited.get(resident.pseudonym) != visit and await _visit(service, resident, visit):
                visited[resident.pseudonym] = visit
                new += 1
        if new:
            say(f"rounds: {new} visited")
        await until_told(min(LOOK_EVERY, every), stopping)


async def _visit(service: Service, resident: Resident, visit: float) -> bool:
    """Whether all of it need not be entered again."""
    for entry in entries(resident, visit):
        taken = await service.enter(resident.pseudonym, entry)
        if taken.sentence:
            say(f"{resident.gateway}: {taken.sentence}")
        if not taken.done:
            return False
    return True
