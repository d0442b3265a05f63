"""Alertmanager with one receiver that tells nobody: who is paged, and by what way, is not its business yet."""

from __future__ import annotations

import json

from provisioning.local import probes
from provisioning.local.programs import program, written
from provisioning.local.rows import Launch, Place, Row

CONFIG = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}


def launch(place: Place) -> Launch:
    file = written(place.directory / "alertmanager.yml", json.dumps(CONFIG, indent=2) + "\n")
    command = (
        program("prometheus-alertmanager"),
        f"--config.file={file}",
        f"--storage.path={place.directory / 'data'}",
        f"--web.listen-address={place.address('http')}",
        "--cluster.listen-address=",  # alone: it would otherwise listen for others on every address
        "--log.level=warn",
    )
    return Launch(command=command, environment={"GOGC": "50", "NO_PROXY": "*", "no_proxy": "*"})


ALERTMANAGER = Row(name="alertmanager", ports={"http": 9093}, launch=launch, ready=probes.http("/-/ready"))
