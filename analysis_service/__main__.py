"""The commands of the service: `serve`, `migrate`, `audit`, `hand-over` and those of operations."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from analysis_service import logs, migrations, settings, workers
from analysis_service.app import create_app
from analysis_service.audit import command as audit
from analysis_service.care import command as care
from analysis_service.operations import command as operations
from analysis_service.settings import BadSettings, Settings

SETTINGS_HELP = "Settings are CHEVET_* variables; a wrong one is refused with a sentence that names it:\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    given = _parser().parse_args(arguments)
    os.umask(0o077)  # the database holds names and numbers
    try:
        if given.command in operations.COMMANDS:
            return operations.run(operations.COMMANDS[given.command], given)
        chosen = settings.load()
        if given.command in WITH_ARGUMENTS:
            return WITH_ARGUMENTS[given.command](chosen, given)
        return COMMANDS[given.command](chosen)
    except BadSettings as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201 - the person who starts it reads this, not a log
        return 2


def serve(chosen: Settings) -> int:
    """Serve until SIGTERM or SIGINT; what was begun is finished first."""
    logs.install()
    create_app(chosen)  # what is wrong is said before anything begins, and once
    listening = _listening(chosen)
    migrate(chosen)
    return workers.alone(chosen, listening) if chosen.workers == 1 else workers.together(chosen, listening)


def migrate(chosen: Settings) -> int:
    """Bring the database to the newest schema."""
    logs.install()
    try:
        asyncio.run(migrations.upgrade(chosen.database))
    except (SQLAlchemyError, OSError) as error:
        reason = getattr(error, "orig", error)
        raise BadSettings(f"CHEVET_DATABASE_URL: expected a database that can be written, got {reason}") from None
    return 0


COMMANDS: dict[str, Callable[[Settings], int]] = {"serve": serve, "migrate": migrate}
AUDIT, HAND_OVER = "audit", "hand-over"
WITH_ARGUMENTS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {AUDIT: audit.run, HAND_OVER: care.run}


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {settings.PREFIX}{name.upper()}" for name in Settings.model_fields)
    parser = argparse.ArgumentParser(
        prog="python -m analysis_service",
        description="The service in the data centre.",
        epilog=SETTINGS_HELP + names,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__, description=command.__doc__)
    for operation in operations.COMMANDS.values():
        operation.add_arguments(
            commands.add_parser(operation.name, help=operation.summary, description=operation.summary)
        )
    audit.add_arguments(commands.add_parser(AUDIT, help=audit.__doc__, description=audit.__doc__))
    care.add_arguments(commands.add_parser(HAND_OVER, help=care.__doc__, description=care.__doc__))
    return parser


def _listening(chosen: Settings) -> socket.socket:
    """The socket, taken before anything else begins. Raises BadSettings where it cannot be had."""
    host, port = chosen.host_and_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise BadSettings(
            f"CHEVET_LISTEN: expected an address that is free, got {chosen.listen}: {error.strerror}"
        ) from None
    return listening


if __name__ == "__main__":
    sys.exit(main())
