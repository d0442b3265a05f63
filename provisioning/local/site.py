"""The local stack as a site: where its servers listen now, its own secrets, and its own mailbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from provisioning.local.rows import Place
from provisioning.render.site import MAILBOX, Site

PAGES = {"tokens": ("issuer", "/token"), "runbooks": ("page", "/runbooks"), "grafana": ("grafana", "")}
"""Fields that are addresses of a row with something behind; a row that is not there leaves the field as it is."""


def rendered(stack: Path) -> Path:
    """Where the rendered tree of a stack in that directory lies."""
    return stack / "rendered"


def site(place: Place, keys: Path) -> Site:
    """Of the stack that `place` is in. Wants the ports of its servers."""
    there = {name: place.url("http", row) + path for name, (row, path) in PAGES.items() if row in place.ports}
    own = Site(
        service=place.url("http", "service"),
        prometheus=place.url("http", "prometheus"),
        alertmanager=place.url("http", "alertmanager"),
        mail=replace(MAILBOX, smarthost=place.address("smtp", "mailbox")) if "mailbox" in place.ports else MAILBOX,
        directory=str(rendered(place.directory.parent)),
        secrets=str(keys.absolute()),
    )
    return replace(own, **there)  # type: ignore[arg-type]
