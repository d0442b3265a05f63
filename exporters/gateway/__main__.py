"""`python -m exporters.gateway {intake,radio,urgent,uplink,exporter,agent}`: each is one process of a gateway.

And `enrol`, by which a new box gets its credentials first of all.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from dataclasses import dataclass

from chevet.errors import ChevetError
from exporters.gateway import enrolling, process, settings, telemetry


@dataclass(frozen=True, slots=True)
class Process:
    """A package whose `main` has `async def run(settings) -> None`; it is imported only when it is asked for."""

    name: str
    duty: str
    settings: type[settings.GatewaySettings]


PROCESSES = (
    Process("intake", "takes the sensors' messages and publishes them as readings", settings.IntakeSettings),
    Process("radio", "takes what sensors send to our own stick, and publishes it as readings", settings.RadioSettings),
    Process("urgent", "detects what cannot wait and hands over the SMS", settings.UrgentSettings),
    Process("uplink", "brings readings and alerts to the service", settings.UplinkSettings),
    Process("exporter", "shows a gateway to the Prometheus that scrapes it", settings.ExporterSettings),
    Process("agent", "tells the service each minute how the gateway is", settings.AgentSettings),
)

ENROL = "enrol"


def main(arguments: list[str] | None = None) -> int:
    """Parse, refuse wrong settings, run until a signal. Returns the exit code."""
    given = _parser().parse_args(arguments)
    asked: Process | None = given.process
    if asked is None:
        return _enrolled(given)
    telemetry.log_as_json(asked.name)
    try:
        read = settings.read(asked.settings)
    except ChevetError as error:
        return process.refuse(error)
    module = importlib.import_module(f"exporters.gateway.{asked.name}.main")
    return process.run(module.run(read))


def _enrolled(given: argparse.Namespace) -> int:
    try:
        return enrolling.run(given)
    except ChevetError as error:
        return process.refuse(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m exporters.gateway", description=__doc__)
    commands = parser.add_subparsers(
        required=True, metavar="{" + ",".join((*(row.name for row in PROCESSES), ENROL)) + "}"
    )
    for row in PROCESSES:
        command = commands.add_parser(
            row.name,
            help=row.duty,
            description=f"{row.name} {row.duty}.",
            epilog=_environment(row.settings),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(process=row)
    enrol = commands.add_parser(ENROL, help="gets this gateway its credentials", description=enrolling.__doc__)
    enrolling.add_arguments(enrol)
    enrol.set_defaults(process=None)
    return parser


def _environment(kind: type[settings.GatewaySettings]) -> str:
    lines = ["settings, from the environment:"]
    for name, field in kind.model_fields.items():
        usual = field.default if field.default_factory is None else f"a share of {settings.PREFIX}DISK_BYTES"
        default = "required" if field.is_required() else f"default {usual}"
        lines.append(f"  {settings.PREFIX}{name.upper():<22} {field.description} ({default})")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
