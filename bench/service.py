"""Five hundred people at work at the same time: how long each waits for an answer, and what it costs.

Doctors, nurses, patients, relatives and those who run it, each with a connection and a token of their own, look and
write as they would: an act, a pause to read (on average --pause seconds), the next. Everybody sees their own patients
only, every look is put on record before its answer leaves, and everything is kept in PostgreSQL. An answer that is not
the one expected of the act is an error; so is a write that is not there at the end, counted by an account of its own.

  python -m bench service                          500 people for a minute: about two minutes
  python -m bench service --users 20 --seconds 5   a glance

The last line is JSON: users, requests, writes, and of their answers p50_s, p95_s, p99_s, longest_s and errors; cpu_s of
service, postgresql and prometheus together, and of each; by_act, the slowest acts by their p95_s.
Ends with 1 where there was an error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from bench.crowd import Answered, Crowd
from bench.errors import BadOption, Unmeasured
from bench.hospital import Hospital, missing
from bench.progress import Tell, progress
from bench.scaled import Scaled
from bench.usage import Usage, watched

NAME = "service"
SUMMARY = "how long five hundred people at work wait for the service"
SLOWEST = 5


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `service`."""
    add = parser.add_argument
    add("--users", type=int, default=500, metavar="N", help="at the same time (default: %(default)s)")
    add("--seconds", type=int, default=60, metavar="N", help="at work (default: %(default)s)")
    add("--pause", type=float, default=10.0, metavar="X", help="seconds between two acts (default: %(default)s)")
    add("--workers", type=int, default=1, metavar="N", help="processes of the service (default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of what they do (default: %(default)s)")
    add("--directory", type=Path, metavar="DIR", help="where to run, and to leave everything")


def run(chosen: argparse.Namespace) -> int:
    """Measure, print the result, and say whether every answer was right."""
    for name, low in (("users", 20), ("seconds", 1), ("pause", 0.0), ("workers", 1)):
        if getattr(chosen, name) < low:
            raise BadOption(f"--{name}: expected at least {low}, got {getattr(chosen, name)}", field=f"--{name}")
    directory = chosen.directory or Path(tempfile.mkdtemp(prefix="chevet-service-"))
    try:
        result = asyncio.run(_measure(directory, chosen, progress()))
    finally:
        if chosen.directory is None:
            shutil.rmtree(directory, ignore_errors=True)
    print(json.dumps(result))
    return 1 if result["errors"] else 0


async def _measure(directory: Path, chosen: argparse.Namespace, tell: Tell) -> dict[str, Any]:
    tell("the servers start")
    async with Scaled.of(directory, chosen.workers, tell) as stack:
        hospital = Hospital.of(chosen.users)
        await hospital.open(stack)
        tell(f"{chosen.users} people, {len(hospital.patients)} patients: {chosen.seconds} s of work")
        crowd = Crowd(hospital, stack, chosen.pause, chosen.seed, tell)
        async with watched(stack.pids) as used:
            await crowd.work(chosen.seconds)
        lost = await missing(stack.database_url, crowd.written)
    if lost:
        tell(f"{lost} writes were answered with success and are not there")
    if not crowd.answered:
        raise Unmeasured("requests: expected some to be answered, none was; let them work for longer")
    return {"users": chosen.users, **summary(crowd.answered, lost), **cost(used)}


def summary(answered: list[Answered], lost: int) -> dict[str, Any]:
    """Of all answers."""
    took = sorted(one.seconds for one in answered)
    return {
        "requests": len(took),
        "writes": sum(one.act.writes for one in answered),
        "p50_s": _share(took, 50),
        "p95_s": _share(took, 95),
        "p99_s": _share(took, 99),
        "longest_s": round(took[-1], 3),
        "errors": sum(not one.right for one in answered) + lost,
        "by_act": _slowest(answered),
    }


def cost(used: dict[str, Usage]) -> dict[str, Any]:
    """CPU seconds, of all and of each."""
    each = {name: round(one.cpu, 1) for name, one in used.items()}
    return {"cpu_s": round(sum(each.values()), 1), "cpu_s_of": each}


def _slowest(answered: list[Answered]) -> dict[str, float]:
    acts: dict[str, list[float]] = {}
    for one in answered:
        acts.setdefault(f"{one.act.role}: {one.act.what}", []).append(one.seconds)
    found = {what: _share(sorted(took), 95) for what, took in acts.items()}
    return dict(sorted(found.items(), key=lambda pair: -pair[1])[:SLOWEST])


def _share(took: list[float], percent: int) -> float:
    """Seconds within which so many of a hundred were answered."""
    if len(took) == 1:
        return round(took[0], 3)
    return round(statistics.quantiles(took, n=100, method="inclusive")[percent - 1], 3)
