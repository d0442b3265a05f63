"""`python -m bench MEASUREMENT`: progress goes to standard error; the last line of output is JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench import detection, ingest, ledger, proxy, replay, rules, scale, service, urgent
from chevet.errors import ChevetError

COMMANDS = (detection, ingest, ledger, proxy, replay, rules, scale, service, urgent)
"""Each has NAME, SUMMARY, `options(parser)` and `run(chosen) -> exit code`; its docstring is its help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one measurement; 1 where the bound is not kept, 2 where an option is refused or nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="MEASUREMENT")
    for command in COMMANDS:
        own = commands.add_parser(
            command.NAME,
            help=command.SUMMARY,
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.options(own)
        own.set_defaults(run=command.run)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ChevetError as refusal:
        return _refuse(refusal)
    except BaseExceptionGroup as group:  # of what went on at the same time, something did
        refusals, others = group.split(ChevetError)
        if others is not None or refusals is None:
            raise
        return _refuse(*refusals.exceptions)


def _refuse(*refusals: BaseException) -> int:
    for refusal in refusals:
        print(refusal, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
