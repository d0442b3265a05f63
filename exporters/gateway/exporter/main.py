"""exporter: shows a gateway to the Prometheus that scrapes it.

It is not for a gateway that pushes: of such a one it shows how its processes are and no vital, so that none comes to
the store by two ways. Nor does it replay: what closed between two scrapes is gone, and a straggler is never shown.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from prometheus_client import CollectorRegistry

from chevet.errors import ChevetError
from exporters.gateway.exporter import page
from exporters.gateway.exporter.newest import Span
from exporters.gateway.exporter.parts import Composite, of_processes, of_vitals
from exporters.gateway.settings import ExporterSettings


class BadToken(ChevetError):
    """The token file holds no token."""


async def run(settings: ExporterSettings) -> None:
    """The process. Raises ChevetError where it cannot begin."""
    token = read_token(settings.exporter_token_file)
    processes = of_processes(settings.gateway, settings.processes)

    def speaking(span: Span) -> CollectorRegistry:
        vitals = of_vitals(settings.state_dir, span) if settings.mode == "pull" else ()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Composite(settings.gateway, (*vitals, *processes)))
        return registry

    with page.serving(settings.exporter_address, page.application(speaking, token)):
        await asyncio.Event().wait()


def read_token(path: Path) -> str:
    """The bearer token in a file. Raises BadToken."""
    setting = "CHEVET_EXPORTER_TOKEN_FILE"
    try:
        token = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadToken(f"{setting}: expected a readable file, got {error}", field=setting) from None
    if not token or not token.isascii() or not token.isprintable():
        raise BadToken(f"{setting}: expected a token in one line of {path}, got {len(token)} characters", field=setting)
    return token
