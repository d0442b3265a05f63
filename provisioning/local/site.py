"""The local stack as a site: where its servers listen now, its own secrets, and its own mailbox."""

from __future__ import annotations

from pathlib import Path

from provisioning.local.rows import Place
from provisioning.render.site import Mail, Site

GRAFANA = "grafana"


def rendered(stack: Path) -> Path:
    """Where the rendered tree of a stack in that directory lies."""
    return stack / "rendered"


def site(place: Place, keys: Path) -> Site:
    """Wants the ports of every server and of the page; Grafana's is the usual one where none was found."""
    there = {GRAFANA: place.url("http", GRAFANA)} if GRAFANA in place.ports else {}
    return Site(
        service=place.url("http", "service"),
        tokens=f"{place.url('http', 'issuer')}/token",
        prometheus=place.url("http", "prometheus"),
        alertmanager=place.url("http", "alertmanager"),
        runbooks=f"{place.url('http', 'page')}/runbooks",
        directory=str(rendered(place.directory.parent)),
        secrets=str(keys.absolute()),
        mail=Mail(server=place.address("smtp", "mailbox")),
        **there,
    )
