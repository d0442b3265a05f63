"""Seven people who do not exist sign in and live one story: a dossier, a limit, an emergency, consent, and the record.

  make demo                                                       in another terminal
  python -m simulators walk --service http://127.0.0.1:8000

Each step is printed with the service's answer, the refusals too: they are part of the care. It may be walked again.
Ends with 1 where an answer is another than the story has. People sign in by the page of the demo's identity provider.
"""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AsyncExitStack

import httpx2
from rich.console import Console

from simulators.errors import NotAsTold
from simulators.service import require_address
from simulators.walk import care, people
from simulators.walk.browser import Browser
from simulators.walk.steps import PEOPLE, Walk

NAME = "walk"
SUMMARY = "seven people who sign in and live one story through the service"
SERVICE = "http://127.0.0.1:8000"


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `walk`."""
    parser.add_argument("--service", default=SERVICE, metavar="URL", help="the analysis service (%(default)s)")


def run(chosen: argparse.Namespace) -> int:
    """Walk once; 1 where an answer was not as told."""
    require_address(chosen.service)
    console = Console(highlight=False)
    try:
        walk = asyncio.run(_walked(chosen.service, console))
    except httpx2.HTTPError as error:
        raise NotAsTold(
            f"--service: expected the service at {chosen.service}, got {type(error).__name__}: {error}"
        ) from None
    console.print(f"\n{walk.steps} steps, {walk.wrong} not as told")
    return 1 if walk.wrong else 0


async def _walked(service: str, console: Console) -> Walk:
    async with AsyncExitStack() as windows:
        browsers = {role: Browser(service, person) for role, person in PEOPLE.items()}
        for one in browsers.values():
            windows.push_async_callback(one.close)
        walk = Walk(people=browsers, console=console)
        try:
            await _told(walk)
        except NotAsTold as stop:
            walk.wrong = max(walk.wrong, 1)
            console.print(f"[red]{stop}[/red]")
        return walk


async def _told(walk: Walk) -> None:
    walk.chapter("Seven people sign in")
    for role, person in walk.people.items():
        session = await person.sign_in()
        walk.console.print(f"     {session['name']}: {', '.join(session['roles'])}")
        if session["roles"] != [role]:
            raise NotAsTold(f"sign in: expected {role}, got {session['roles']}")
    patient = await care.dossier(walk)
    own = await care.team(walk, patient)
    await care.gateway(walk, patient)
    await care.limit(walk, patient)
    await care.emergency(walk, patient, own)
    await care.bedside(walk, patient)
    await people.report(walk, patient)
    await people.feelings(walk, patient)
    await people.consent(walk, patient)
    await people.panels(walk, patient)
    await people.record(walk, patient)
