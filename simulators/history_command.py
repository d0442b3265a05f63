"""Weeks of history for many patients as OpenMetrics text, for `promtool tsdb create-blocks-from openmetrics`.

  python -m simulators history --patients residents.json --days 14 --out history.om
  promtool tsdb create-blocks-from openmetrics --max-block-duration=480h history.om BLOCKS
  mv BLOCKS/* <the data directory of Prometheus>

residents.json: [{"gateway": "g03", "patient": "<pseudonym>", "seed": 3, "devices": ["oximeter", "cuff"]}, …];
without "devices" one of each. The same seed in `home` or `wards` goes on where this history ends.

The newest --fine of it has the catalogue's windows (60 s), what is older windows of --coarse: 30 patients for 14 days
are some 3.5 million samples then, and would be 13 million in windows of 60 s. Names and labels are ingest's own. It
ends --gap before --until, so that it does not overlap what Prometheus has already taken.

promtool reads the whole file once for each block: without --max-block-duration (a flag that it knows but hides)
fourteen days are 168 blocks of two hours, and 168 readings.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TextIO

from chevet.errors import expected
from simulators.durations import moment, seconds
from simulators.errors import BadOption
from simulators.history import Stretch, lines
from simulators.residents import Resident, residents
from simulators.stopping import say, stop_event

NAME = "history"
SUMMARY = "weeks of windows as OpenMetrics text, for promtool"
LONGEST_DAYS = 400


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `history`."""
    add = parser.add_argument
    add("--patients", type=Path, required=True, metavar="FILE", help="JSON: gateways, pseudonyms, seeds, devices")
    add("--days", type=float, default=14, metavar="N", help="how far back (default 14)")
    add("--out", type=Path, required=True, metavar="FILE", help="where to write; - is the standard output")
    add("--until", metavar="TIME", help="ISO 8601, UTC unless it says otherwise (default: now)")
    add("--gap", default="10m", metavar="LENGTH", help="end so long before --until (default 10m)")
    add("--fine", default="1d", metavar="LENGTH", help="so much of the end in the catalogue's windows (default 1d)")
    add("--coarse", default="5m", metavar="LENGTH", help="windows of what is older; whole minutes (default 5m)")


def stretches(chosen: argparse.Namespace, now: float) -> tuple[Stretch, ...]:
    """The coarse stretch and the fine one, cut at whole windows. Raises BadOption."""
    if not 0 < chosen.days <= LONGEST_DAYS:
        raise BadOption(expected("--days", f"a number above 0 and at most {LONGEST_DAYS}", chosen.days), field="--days")
    coarse = seconds("--coarse", chosen.coarse)
    if coarse < 60 or coarse % 60:
        raise BadOption(expected("--coarse", "whole minutes", chosen.coarse), field="--coarse")
    until = (moment("--until", chosen.until) if chosen.until else now) - seconds("--gap", chosen.gap)
    end = until // coarse * coarse
    begins = (until - chosen.days * 86400) // coarse * coarse
    turns = max(begins, end - seconds("--fine", chosen.fine) // coarse * coarse)
    parts = (Stretch(after=begins, until=turns, period=int(coarse)), Stretch(after=turns, until=end))
    return tuple(part for part in parts if part.until > part.after)


def run(chosen: argparse.Namespace) -> int:
    """Write the file; an interrupted one is taken away, for promtool would believe it."""
    parts = stretches(chosen, time.time())
    people = residents(chosen.patients)
    if str(chosen.out) == "-":
        return _write(people, parts, sys.stdout)
    unfinished = chosen.out.with_name(chosen.out.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8") as out:
            code = _write(people, parts, out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise BadOption(f"--out: expected a file that can be written, got {chosen.out}: {error.strerror}") from None
    if code:
        unfinished.unlink()
        return code
    unfinished.rename(chosen.out)
    return 0


def _write(people: tuple[Resident, ...], parts: tuple[Stretch, ...], out: TextIO) -> int:
    stopping, started, samples = stop_event(), time.monotonic(), 0
    for number, resident in enumerate(people, 1):
        if stopping.is_set():
            say("history: stopped, nothing is kept")
            return 130
        for line in lines(resident, parts):
            samples += line.values.size
            out.write(line.text())
        say(f"history: {number} of {len(people)} patients, {samples} samples, {time.monotonic() - started:.0f} s")
    out.write("# EOF\n")
    return 0
