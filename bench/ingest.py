"""How fast samples come through the guard, beside the same Prometheus without it.

A thousand gateways in turn send what uplink makes: bodies of 50 and of 500 samples, up to 48 series of one gateway,
windows one minute after the other, so that no sample is sent twice. Guard and bare Prometheus take turns in one run;
wrk sends each body once by 64 connections and waits for every answer, so that nothing is under way at the end; then
every sample is read back from Prometheus, those through the guard under the patient of their gateway. The same load
goes into an nginx that answers 204 and does nothing: so it is known that the generator is not what is measured.

  python -m bench ingest                about 3 minutes
  python -m bench ingest --rounds 1 --seconds 1

The last line is JSON; rates are requests a second, the median of the rounds:
  guard_50, direct_50, ratio_50         bodies of 50 samples
  guard_500, direct_500, ratio_500      bodies of 500 samples
  null_50, null_500                     the generator alone
  errors                                requests that were not answered 204, and series that were not read back

Ends with 1 where ratio_500 is below 0.5, the generator is not three times as fast as what it measures, or `errors` is
not 0.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from bench.errors import BadOption
from bench.guarded import Guarded
from bench.progress import progress
from bench.rates import Measurement

NAME = "ingest"
SUMMARY = "requests a second through the guard, beside Prometheus without it"


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `ingest`."""
    add = parser.add_argument
    add("--rounds", type=int, default=5, metavar="N", help="of each kind (default: %(default)s)")
    add("--seconds", type=float, default=4.0, metavar="S", help="about so long is a round (default: %(default)s)")
    add("--workers", type=int, default=1, metavar="N", help="processes of the service (default: %(default)s)")
    add("--directory", type=Path, metavar="DIR", help="where to run, and to leave everything")


def run(chosen: argparse.Namespace) -> int:
    """Measure, print the result, and say whether the bounds are kept."""
    for name, low in (("rounds", 1), ("seconds", 0.2), ("workers", 1)):
        if getattr(chosen, name) < low:
            raise BadOption(f"--{name}: expected at least {low}, got {getattr(chosen, name)}", field=f"--{name}")
    directory = chosen.directory or Path(tempfile.mkdtemp(prefix="chevet-ingest-"))
    tell = progress()
    try:
        with Guarded(directory, chosen.workers, tell) as stack:
            measured = Measurement(stack, tell)
            measured.measure(chosen.rounds, chosen.seconds)
    finally:
        if chosen.directory is None:
            shutil.rmtree(directory, ignore_errors=True)
    shortfalls = measured.shortfalls()
    for sentence in shortfalls:
        tell(sentence)
    print(json.dumps(measured.result()))
    return 1 if shortfalls else 0
