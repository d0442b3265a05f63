"""`python -m simulators home | radio | wards | rounds | history | walk`: the commands and how they refuse."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from chevet.errors import ChevetError
from simulators import history_command, home_command, radio_command, rounds_command, wards_command
from simulators.walk import command as walk_command

COMMANDS = (home_command, radio_command, wards_command, rounds_command, history_command, walk_command)
"""Each has NAME, SUMMARY, `options(parser)` and `run(options) -> exit code`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 2 where an option is refused."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        own = commands.add_parser(
            command.NAME,
            help=command.SUMMARY,
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.options(own)
        own.set_defaults(run=command.run)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except ChevetError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
