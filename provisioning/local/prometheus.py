"""Prometheus: bare for whoever wants an empty receiver of remote write, or as it is rendered for the stack."""

from __future__ import annotations

from pathlib import Path

from provisioning.local import probes
from provisioning.local.programs import program, written
from provisioning.local.rows import Launch, Place, Row
from provisioning.local.site import rendered
from provisioning.render import prometheus
from provisioning.render.site import Site


def row(*, with_rules: bool = False, erasable: bool = False) -> Row:
    """With rules it reads the stack's rendered tree, which whoever starts the stack has written before.

    The stack's, as every erasable one, takes samples away when it is asked to: corrections of the past need that.
    """

    def launch(place: Place) -> Launch:
        folder = rendered(place.directory.parent) / "prometheus" if with_rules else _bare(place)
        command = (
            program("prometheus"),
            f"@{folder / 'flags'}",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--web.listen-address={place.address('http')}",
            f"--storage.tsdb.path={data(place)}",
            "--web.enable-lifecycle",  # who may reach loopback may end it anyway
            *(("--web.enable-admin-api",) if with_rules or erasable else ()),
            "--log.level=warn",
        )
        return Launch(command=command, environment={"GOGC": "50", "NO_PROXY": "*", "no_proxy": "*"})

    return Row(name="prometheus", ports={"http": 9090}, launch=launch, ready=probes.http("/-/ready"), stop_within=20.0)


def data(place: Place) -> Path:
    return place.directory / "data"


def _bare(place: Place) -> Path:
    written(place.directory / "flags", prometheus.flags(Site(prometheus=place.url())))
    return written(place.directory / "prometheus.yml", prometheus.written(prometheus.bare())).parent
