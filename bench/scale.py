"""What patients cost: the same minutes of a tenth of them and of all, through the service on PostgreSQL.

Each patient wears every device of the catalogue's simulators. A gateway sends the windows it cut each minute and the
newest values (`_latest`) every 5 s, with its own token, by a connection of its own; one reading in 200 is late and
travels alone. Both loads are paced alike: time runs --speed times as fast, which spares waiting and nothing else but
the lookups of records that the service holds for 10 s. With --speed 1 there are as many of those as at work. Every
sample is read back from Prometheus, each value compared.

  python -m bench scale --patients 1000             ten minutes at four times their speed, twice: about 8 minutes
  python -m bench scale --patients 20 --minutes 1   a glance

The last line is JSON: `small` and `large`, each with
  patients, requests, samples, samples_per_s        what was sent (per second of the patients' time), as it was taken
  latest_per_patient_s                              newest values a second that each patient's gateway sends
  cpu_s, memory_mib                                 of service, postgresql, prometheus and generator: CPU seconds, peak
  cores                                             of each, the share of one core that this load needs in real time
  behind_s, again, wrong                            how late a request was at most; sent again; samples not read back
and `growth`: CPU seconds of the service for a patient of the large load by those of the small.

Ends with 1 where growth is above 1.1 or `wrong` is not 0.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.errors import BadOption, Unmeasured
from bench.pacing import Gateway, Pace, Sent
from bench.progress import Tell, progress
from bench.scaled import Samples, Scaled, gateway, stamped
from bench.shifts import Request, shift
from bench.usage import MIB, Usage, watched
from chevet import metrics

NAME = "scale"
SUMMARY = "CPU and memory for a thousand patients, beside those for a hundred"
MOST_GROWTH = 1.1
SMALLER = 10
WARM_UP = 180
"""Seconds between the end of the patients' time and now: nothing of it lies ahead."""


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `scale`."""
    add = parser.add_argument
    add("--patients", type=int, default=1000, metavar="N", help="of the large load (default: %(default)s)")
    add("--minutes", type=int, default=10, metavar="N", help="of their time (default: %(default)s)")
    add("--speed", type=float, default=4.0, metavar="X", help="how fast time runs (default: %(default)s)")
    add("--workers", type=int, default=1, metavar="N", help="processes of the service (default: %(default)s)")
    add("--directory", type=Path, metavar="DIR", help="where to run, and to leave everything")


def run(chosen: argparse.Namespace) -> int:
    """Measure, print the result, and say whether the bounds are kept."""
    for name, low in (("patients", SMALLER), ("minutes", 1), ("speed", 0.1), ("workers", 1)):
        if getattr(chosen, name) < low:
            raise BadOption(f"--{name}: expected at least {low}, got {getattr(chosen, name)}", field=f"--{name}")
    directory = chosen.directory or Path(tempfile.mkdtemp(prefix="chevet-scale-"))
    tell = progress()
    try:
        small, large = (
            asyncio.run(_measure(directory / name, patients, chosen, tell))
            for name, patients in (("small", chosen.patients // SMALLER), ("large", chosen.patients))
        )
    finally:
        if chosen.directory is None:
            shutil.rmtree(directory, ignore_errors=True)
    growth = grown(small, large)
    print(json.dumps({"small": small, "large": large, "speed": chosen.speed, "growth": growth}))
    return 1 if growth > MOST_GROWTH or small["wrong"] or large["wrong"] else 0


def grown(small: Mapping[str, Any], large: Mapping[str, Any]) -> float:
    """CPU seconds of the service for a patient of the large load by those of the small. Raises Unmeasured."""
    each: list[float] = [one["cpu_s"]["service"] / one["patients"] for one in (small, large)]
    if not all(each):
        raise Unmeasured(f"growth: expected loads that take CPU seconds, got {each} a patient; take more patients")
    return round(each[1] / each[0], 3)


async def _measure(directory: Path, patients: int, chosen: argparse.Namespace, tell: Tell) -> dict[str, Any]:
    seconds = chosen.minutes * 60
    tell(f"{patients} patients: the servers start, and what the gateways will send is made")
    async with Scaled.of(directory, chosen.workers, tell) as stack:
        await stack.register(patients)
        start = (time.time() - WARM_UP - seconds) // 60 * 60
        shifts = [await asyncio.to_thread(shift, gateway(number), number, start, seconds) for number in range(patients)]
        tell(f"{patients} patients: {chosen.minutes} min in {seconds / chosen.speed:.0f} s")
        sent, used, own = await _send(stack, shifts, start, chosen.speed)
        tell(f"{patients} patients: {sent.samples} samples were taken, and are read back")
        wrong = sum([await _wrong(stack, number, one, start, seconds) for number, one in enumerate(shifts)])
    return _result(patients, seconds, sent, used | {"generator": Usage(cpu=own, memory=_own_memory())}, wrong, shifts)


async def _send(
    stack: Scaled, shifts: Sequence[Sequence[Request]], start: float, speed: float
) -> tuple[Sent, dict[str, Usage], float]:
    """What was sent, what it cost each server, and what our own CPU seconds were."""
    sent = Sent()
    tokens = stack.tokens(len(shifts))
    known = [Gateway(gateway(number), token, stack.address, sent) for number, token in enumerate(tokens)]
    async with watched(stack.pids) as used:
        before, pace = time.process_time(), Pace(start, speed)
        async with asyncio.TaskGroup() as together:
            for one, own in zip(known, shifts, strict=True):
                together.create_task(one.work(own, pace))
        cost = time.process_time() - before
    return sent, used, cost


async def _wrong(stack: Scaled, number: int, requests: Sequence[Request], start: float, seconds: int) -> int:
    """Samples of a gateway that are missing, too many, or have another value."""
    wanted: defaultdict[tuple[tuple[str, str], ...], Samples] = defaultdict(dict)
    for request in requests:
        for one in request.series:
            wanted[stamped(one, number)] |= {at: float(value) for at, value in one.samples}
    there = await stack.stored(number, seconds + 2 * WARM_UP, start + seconds + WARM_UP)
    return sum(differences(wanted.get(key, {}), there.get(key, {})) for key in wanted.keys() | there.keys())


def differences(wanted: Samples, there: Samples) -> int:
    """By their text: NaN, a missing reading that was late, is equal to itself there."""
    return sum(repr(wanted.get(at)) != repr(there.get(at)) for at in wanted.keys() | there.keys())


def _own_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _result(
    patients: int,
    seconds: int,
    sent: Sent,
    used: dict[str, Usage],
    wrong: int,
    shifts: Sequence[Sequence[Request]],
) -> dict[str, Any]:
    latest = sum(
        len(one.samples)
        for requests in shifts
        for request in requests
        for one in request.series
        if one.name.endswith(metrics.LATEST)
    )
    return {
        "patients": patients,
        "requests": sent.requests,
        "samples": sent.samples,
        "samples_per_s": round(sent.samples / seconds, 1),
        "latest_per_patient_s": round(latest / seconds / patients, 3),
        "cpu_s": {name: round(one.cpu, 2) for name, one in used.items()},
        "memory_mib": {name: round(one.memory / MIB) for name, one in used.items()},
        "cores": {name: round(one.cpu / seconds, 3) for name, one in used.items()},
        "behind_s": round(sent.behind, 2),
        "again": sent.again,
        "wrong": wrong + sent.quarantined,
    }
