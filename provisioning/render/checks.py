"""What a field of a site may say: each check returns what it was given, or refuses it by the field's name."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from chevet.errors import expected
from provisioning.errors import BadSite

_DURATION = re.compile(r"[1-9][0-9]*[hdwy]")
_URL = re.compile(r"[A-Za-z0-9._~:/?%@!&()*+,;=\[\]-]+")
"""The signs of an address, but for `#` and those that a shell or a quotation would read."""
_READ_IN_PATHS = "*?[]$\\"
"""Signs that Prometheus takes for a pattern, or Grafana for a variable."""


def require(good: bool, name: str, wanted: str, got: object) -> None:
    """Raises BadSite where it is not good."""
    if not good:
        raise BadSite(expected(name, wanted, got), field=name)


def text(name: str, value: Any) -> str:
    """One line, and none that a template language would read."""
    good = isinstance(value, str) and value.isprintable() and "{{" not in value
    require(good, name, "text on one line", value)
    return str(value)


def url(name: str, value: Any, *, bare: bool = False) -> str:
    """An address without a slash at its end; `bare` is a host and its port alone."""
    parts = _split(text(name, value))
    if parts and "@" in parts.netloc:  # not shown: what stands before it may be a secret
        raise BadSite(f"{name}: expected an address without user or password, for it is written down", field=name)
    if not parts or parts.scheme not in ("http", "https") or not parts.hostname or not _URL.fullmatch(value):
        raise BadSite(expected(name, "http:// or https:// and a host", value), field=name)
    require(not value.endswith("/"), name, "no slash at the end", value)
    require(not bare or not (parts.path or parts.query), name, "a host with its port and no path", value)
    return str(value)


def _split(value: str) -> SplitResult | None:
    """None for brackets without their partner, or a port that is none."""
    try:
        parts = urlsplit(value)
        return None if parts.port == 0 else parts
    except ValueError:
        return None


def prefix(name: str, value: Any) -> str:
    """An address behind which more is written."""
    require("?" not in url(name, value), name, "an address without ?", value)
    return str(value)


def folder(name: str, value: Any) -> str:
    """An absolute path."""
    require(text(name, value).startswith("/"), name, "an absolute path", value)
    wanted = f"a path without any of {' '.join(_READ_IN_PATHS)}"
    require(not set(value) & set(_READ_IN_PATHS), name, wanted, value)
    return str(value)


def flag(name: str, value: Any) -> bool:
    """So or not."""
    require(isinstance(value, bool), name, "true or false", value)
    return bool(value)


def duration(name: str, value: Any) -> str:
    """A time as Prometheus's flags want it."""
    require(bool(_DURATION.fullmatch(text(name, value))), name, "a time such as 400d", value)
    return str(value)
