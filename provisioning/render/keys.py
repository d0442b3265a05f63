"""The files of secrets that a site's configuration names: never rendered, and refused by name where one is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator

from provisioning.errors import BadSite
from provisioning.render import prometheus
from provisioning.render.site import Site


def secret_files(site: Site) -> Iterator[tuple[str, str]]:
    """Who reads it, and where it is."""
    for file in prometheus.secret_files(site):
        yield "Prometheus", file
    for path in site.channels.secret_files.values():
        yield "Alertmanager", str(path)


def require_secrets(site: Site) -> None:
    """Raises BadSite for the first that is not there, or is empty: Prometheus would find out at its first scrape."""
    for who, file in secret_files(site):
        if not os.path.isfile(file) or not os.path.getsize(file):
            made = f"make it with `python -m provisioning secrets {site.secrets}`"
            raise BadSite(f"{file}: expected a secret that {who} reads, found nothing; {made}", field=file)
