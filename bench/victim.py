"""A process of the gateway that can be told where to die: `python -m bench.victim --armed FILE intake`.

FILE names a step of `exporters.gateway.steps`. When the process passes that step it removes FILE and dies by SIGKILL,
as if the plug were pulled between the two acts. Without FILE it is `python -m exporters.gateway`. Between hand-over and
record it dies only while one SMS alone is there, so that a repeat is the work of one kill.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from bench.handovers import under_way
from bench.kills import HANDED
from exporters.gateway import __main__ as gateway
from exporters.gateway import steps


def dies_at(armed: Path) -> Callable[[str], None]:
    """A hook that dies where `armed` says; it is asked anew at every step."""

    def hook(step: str) -> None:
        try:
            asked = armed.read_text()
        except FileNotFoundError:
            return
        if asked == step and (step != HANDED or under_way(Path(os.environ["CHEVET_STATE_DIR"])) == 1):
            armed.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def main() -> int:
    """Run the gateway's own main with the hook in place."""
    parser = argparse.ArgumentParser(prog="python -m bench.victim", description=__doc__)
    parser.add_argument("--armed", type=Path, required=True, metavar="FILE")
    parser.add_argument("process")
    chosen = parser.parse_args()
    steps.hook = dies_at(chosen.armed)
    return gateway.main([chosen.process])


if __name__ == "__main__":
    sys.exit(main())
