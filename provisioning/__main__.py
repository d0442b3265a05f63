"""`python -m provisioning COMMAND`: keys, the demo's issuer, Keycloak, the local stack, a modem, what is rendered."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from chevet.errors import ChevetError
from provisioning.errors import NotInstalled


@dataclass(frozen=True, slots=True)
class Command:
    """A module with `add_arguments` and `run`, imported when it is asked for: rendering needs no server's libraries.

    `extra` is the part of our optional dependencies with which it runs.
    """

    name: str
    module: str
    summary: str
    extra: str = "local"


RENDERING = "rules,dashboards"
COMMANDS = (
    Command("secrets", "provisioning.secrets", "make the keys and credentials of one installation"),
    Command("issuer", "provisioning.issuer.command", "sign people of the demo in and issue tokens, on loopback"),
    Command("mailbox", "provisioning.mailbox.command", "take the demo's mails to on-call people, on loopback"),
    Command("local", "provisioning.local.command", "run the whole stack on this machine, with simulated patients"),
    Command("keycloak", "provisioning.keycloak.command", "fetch Keycloak, where it is not there yet"),
    Command("smsdrc", "provisioning.smsdrc", "render the settings of gammu-smsd for a gateway's modem"),
    Command(
        "render",
        "provisioning.render.command",
        "render every configuration file, or check those that are there",
        RENDERING,
    ),
    Command("rules", "provisioning.render.rules", "render, and have promtool and amtool check all of it", RENDERING),
    Command("apply", "provisioning.render.apply", "render for what runs, have it reload, and see that it did"),
    Command("readme", "provisioning.readme", "render the README's table of vitals from the catalogue"),
)


def main(arguments: list[str]) -> int:
    try:
        given = _parsed(arguments)  # a row that cannot be refuses itself when its module is imported
        return int(given.run(given))
    except ChevetError as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m provisioning", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = arguments[0] if arguments else ""
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.name, help=command.summary, description=command.summary)
        if command.name == asked:
            module = _imported(command)
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    return parser.parse_args(arguments)


def _imported(command: Command) -> ModuleType:
    """Raises NotInstalled for a library that is not in this environment."""
    try:
        return import_module(command.module)
    except ModuleNotFoundError as missing:
        wanted = f"pip install 'chevet[{command.extra}]'"
        raise NotInstalled(f"{command.name}: needs {missing.name}, which is not here; {wanted}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
