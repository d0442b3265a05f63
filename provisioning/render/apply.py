"""`python -m provisioning apply`: what runs reads what is rendered now; what it refuses leaves everything as it was."""

from __future__ import annotations

import argparse
from pathlib import Path

from chevet.errors import ChevetError
from provisioning.errors import DidNotStart, Refused
from provisioning.local import record
from provisioning.local.rows import Place
from provisioning.local.site import home, site
from provisioning.render import command, files, reload, verdict
from provisioning.render.site import Site

READERS = ("prometheus", "alertmanager")
"""The rows that read what is rendered while they run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home",
        type=Path,
        default=home(),
        metavar="DIR",
        help="of the local stack that runs (CHEVET_HOME; %(default)s)",
    )
    command.add_site(parser)
    parser.description = f"{parser.description}; with --site, in its `directory`, and its own servers reload"


def run(given: argparse.Namespace) -> int:
    """Checks first, writes then, has both servers reload, and asks each whether it did."""
    asked = running(given.home) if given.site is None else command.site_of(given)
    for line in verdict.of_site(asked):
        print(line)
    directory = Path(asked.directory)
    before = files.read(directory)
    try:
        command.render(asked, directory)
        for line in reload.both(asked):
            print(line)
    except BaseException as problem:  # of Ctrl-C, too
        files.write(directory, before)
        reload.try_both(asked)
        if isinstance(problem, ChevetError):
            raise Refused(f"{problem}; the old files are back, and what ran goes on") from None
        raise
    return 0


def running(directory: Path) -> Site:
    """The stack that runs in `directory`. Raises DidNotStart where none does, or one that has only begun to."""
    if not record.is_held(directory):
        raise DidNotStart(f"{directory}: expected a stack that runs here, found none; start it with `make demo`")
    noted = record.read(directory)["processes"]
    ports = {name: one["ports"] for name, one in noted.items()}
    missing = next((name for name in READERS if name not in ports), None)
    if missing:  # at its default port somebody else may listen
        raise DidNotStart(f"{directory}: expected {missing} to run here, found none; wait until the stack is ready")
    return site(Place(row="page", directory=directory.absolute() / "page", ports=ports), directory / "secrets")
