"""The local stack as a site: where its servers listen now, its own secrets, and its own mailbox."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from provisioning.local.chevet import ROOT
from provisioning.local.rows import Place
from provisioning.render.site import MAILBOX, Site

ADDRESSES = (
    ("service", "service", ""),
    ("portal", "service", ""),
    ("authorize", "issuer", "/authorize"),
    ("tokens", "issuer", "/token"),
    ("userinfo", "issuer", "/userinfo"),
    ("end_session", "issuer", "/end"),
    ("prometheus", "prometheus", ""),
    ("alertmanager", "alertmanager", ""),
    ("runbooks", "page", "/runbooks"),
    ("grafana", "page", "/boards"),  # says how to come by one
    ("grafana", "grafana", ""),
)
"""Field, row, and what stands behind the row's address. The last row that is there has it; without one the default."""


def home() -> Path:
    """The directory of the stack, where none is named."""
    return Path(os.environ.get("CHEVET_HOME") or ROOT / ".chevet")


def rendered(stack: Path) -> Path:
    """Where the rendered tree of a stack in that directory lies."""
    return stack / "rendered"


def site(place: Place, keys: Path) -> Site:
    """Of the stack that `place` is in, whose rows have their ports."""
    there = {name: place.url("http", row) + path for name, row, path in ADDRESSES if row in place.ports}
    return Site(
        **there,  # type: ignore[arg-type]
        mail=replace(MAILBOX, smarthost=place.address("smtp", "mailbox")) if "mailbox" in place.ports else MAILBOX,
        directory=str(rendered(place.directory.parent)),
        secrets=str(keys.absolute()),
    )
