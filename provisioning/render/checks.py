"""What a field of a site may say: each check returns what it was given, or refuses it by the field's name."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from chevet.errors import expected
from provisioning.errors import BadSite

_MAILBOX = re.compile(r"[^@\s<>]+@[^@\s<>]+")
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}")
_DURATION = re.compile(r"[1-9][0-9]*[hdwy]")


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
    parts = urlsplit(text(name, value))
    good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment and not parts.username
    require(good and _port_is_good(value), name, "http:// or https:// and a host", value)
    require(not value.endswith("/"), name, "no slash at the end", value)
    require(not bare or not (parts.path or parts.query), name, "a host with its port and no path", value)
    return str(value)


def _port_is_good(value: str) -> bool:
    try:
        return urlsplit(value).port != 0
    except ValueError:
        return False


def folder(name: str, value: Any) -> str:
    """An absolute path."""
    require(text(name, value).startswith("/"), name, "an absolute path", value)
    return str(value)


def mailbox(name: str, value: Any) -> str:
    """Where mail goes, or comes from."""
    require(bool(_MAILBOX.fullmatch(text(name, value))), name, "name@host", value)
    return str(value)


def host_and_port(name: str, value: Any) -> str:
    """A server that is not spoken to by HTTP."""
    require(bool(_HOST_AND_PORT.fullmatch(text(name, value))), name, "host:port", value)
    return str(value)


def duration(name: str, value: Any) -> str:
    """A time as Prometheus's flags want it."""
    require(bool(_DURATION.fullmatch(text(name, value))), name, "a time such as 400d", value)
    return str(value)
