"""Alertmanager: bare for whoever wants nobody told, or with who is told what as it is rendered for the stack."""

from __future__ import annotations

import json
from pathlib import Path

from provisioning.local import probes
from provisioning.local.programs import program, written
from provisioning.local.rows import Launch, Place, Row
from provisioning.local.site import rendered

BARE = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}


def row(*, with_routes: bool = False) -> Row:
    """With routes it reads the stack's rendered tree, which whoever starts the stack has written before."""

    def launch(place: Place) -> Launch:
        command = (
            program("prometheus-alertmanager"),
            f"--config.file={_rendered(place) if with_routes else _bare(place)}",
            f"--storage.path={place.directory / 'data'}",
            f"--web.listen-address={place.address('http')}",
            f"--web.external-url={place.url()}",
            "--cluster.listen-address=",  # alone: it would otherwise listen for others on every address
            "--log.level=warn",
        )
        return Launch(command=command, environment={"GOGC": "50", "NO_PROXY": "*", "no_proxy": "*"})

    return Row(name="alertmanager", ports={"http": 9093}, launch=launch, ready=probes.http("/-/ready"))


def _rendered(place: Place) -> Path:
    return rendered(place.directory.parent) / "alertmanager" / "alertmanager.yml"


def _bare(place: Place) -> Path:
    return written(place.directory / "alertmanager.yml", json.dumps(BARE, indent=2) + "\n")
