"""Many patients at once, simulated straight into ingest: as gateways do, with windows cut by the same functions,
and a heartbeat of each gateway every minute.

  python -m simulators wards --service http://127.0.0.1:8000 --credentials DIR --patients residents.json
  python -m simulators wards … --gateways g03,g04

DIR holds one file for each gateway, g03.json: {"token_url", "client_id", "client_secret"}. residents.json is the file
that `history` reads too: [{"gateway": "g03", "seed": 3, "devices": ["oximeter", "cuff"]}, …].

One process for all. While the service is away, or answers 503, time stands still for its patients and the same bytes
are sent until they are taken. It starts --since ago, at the edge of a window: what is sent twice after a restart has
the same values again.
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
from simulators.heartbeats import beat
from simulators.residents import Resident, residents
from simulators.service import Credentials, Service, credentials, require_address
from simulators.stopping import say, until_told
from simulators.wards import Ward, attend

NAME = "wards"
SUMMARY = "many patients, straight into ingest"
PROGRESS_EVERY = 60.0
CONNECTIONS = 4
TIMEOUT = 30.0


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `wards`."""
    add = parser.add_argument
    add("--service", required=True, metavar="URL", help="the analysis service, such as http://127.0.0.1:8000")
    add("--credentials", type=Path, required=True, metavar="DIR", help="one file for each gateway")
    add("--patients", type=Path, required=True, metavar="FILE", help="JSON: gateways, seeds, devices")
    add("--gateways", default="", metavar="ID,…", help="only these of the file (default: all)")
    add("--every", default="15s", metavar="LENGTH", help="between two batches of a gateway (default 15s)")
    add("--since", default="2m", metavar="LENGTH", help="start so long ago (default 2m)")


def run(chosen: argparse.Namespace) -> int:
    """Simulate until Ctrl-C or SIGTERM; the batches under way are finished."""
    require_address(chosen.service)
    every, since = seconds("--every", chosen.every), seconds("--since", chosen.since)
    if every < 1:
        raise BadOption(expected("--every", "at least 1s", chosen.every), field="--every")
    people = _chosen(residents(chosen.patients), chosen.gateways)
    proofs = [credentials(chosen.credentials, one.gateway) for one in people]
    return asyncio.run(_run(chosen.service, dict(zip(people, proofs, strict=True)), every, since))


def _chosen(people: tuple[Resident, ...], names: str) -> tuple[Resident, ...]:
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    known = {one.gateway for one in people}
    if wanted - known:
        raise BadOption(
            expected("--gateways", f"gateways of --patients ({', '.join(sorted(known))})", sorted(wanted - known)),
            field="--gateways",
        )
    return tuple(one for one in people if not wanted or one.gateway in wanted)


async def _run(url: str, people: dict[Resident, Credentials], every: float, since: float) -> int:
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    limits = httpx2.Limits(max_connections=CONNECTIONS)
    async with httpx2.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False) as http, asyncio.TaskGroup() as all_:
        wards = [Ward(resident=resident, at=time.time() - since) for resident in people]
        say(f"wards: {len(wards)} patients into {url}, a batch each {every:g} s")
        for number, (ward, proof) in enumerate(zip(wards, people.values(), strict=True)):
            service = Service(http, url, proof)
            all_.create_task(beat(ward.resident.gateway, service, stopping, say))
            all_.create_task(_attend_from(ward, service, number * every / len(wards), every, stopping))
        all_.create_task(_progress(wards, stopping))
    say(_state(wards))
    return int(any(ward.waiting_since is not None for ward in wards))


async def _attend_from(ward: Ward, service: Service, delay: float, every: float, stopping: asyncio.Event) -> None:
    """Gateways do not all speak at the same moment."""
    await until_told(delay, stopping)
    await attend(ward, service, every, stopping, say)


async def _progress(wards: list[Ward], stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        await until_told(PROGRESS_EVERY, stopping)
        if not stopping.is_set():
            say(_state(wards))


def _state(wards: list[Ward]) -> str:
    waiting = sum(ward.waiting_since is not None for ward in wards)
    samples, aside = sum(ward.samples for ward in wards), sum(ward.quarantined for ward in wards)
    return f"wards: {samples} samples taken, {aside} quarantined, {waiting} of {len(wards)} gateways waiting"
