"""Sends an SMS by a provider's or a web page's URL, with Apprise. Alone in importing it; no number reaches a log.

A URL's `{number}` is replaced by the contact's number. For a web page of one's own, Apprise's JSON sends the text as
`message` and each `:name=` as a field: `json://127.0.0.1:8080/sms?:to={number}`.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import apprise

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings carry the URL, and so the number

_NOBODY = "+33600000000"
"""A number that stands for any while a URL is examined."""

_HOUSE_NAMES = ("localhost", ".localhost", ".local", ".lan", ".home.arpa")


def is_known(url: str) -> bool:
    """Whether `url` can be sent to, as far as can be told without sending: that spares the first SMS the loading."""
    try:
        return _sender(_addressed(url, _NOBODY)) is not None
    except Exception:  # a plugin's own way to refuse a URL, whatever its kind
        return False


def is_in_the_house(url: str) -> bool:
    """Whether `url` leads to an address that is reached without the internet: loopback, private, of the link.

    What stands there may itself be a telephone or a modem. A provider's name, or what looks like none, is outside.
    """
    host = urlsplit(url.replace("{number}", "")).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith(_HOUSE_NAMES)
    return address.is_private or address.is_loopback or address.is_link_local


def send(url: str, number: str, text: str) -> str:
    """Nothing when the sender took it, otherwise why it failed. Never raises."""
    sender = apprise.Apprise()
    try:
        sender.add(_sender(_addressed(url, number)))
        return "" if sender.notify(body=text, body_format=apprise.NotifyFormat.TEXT) else "the sender refused it"
    except Exception as error:  # a sender's own fault is one more failed attempt, whatever its kind
        return f"the sender failed ({type(error).__name__})"


def _addressed(url: str, number: str) -> str:
    return url.replace("{number}", quote(number, safe=""))


def _sender(url: str) -> Any:
    """What sends by `url`, None where Apprise knows nothing.

    Apprise imports all its plugins, 130 and more, to find one. That is most of a second, longer on a small computer, by
    which the first SMS after a restart would come later: so first only those modules that name the scheme.
    """
    scheme = urlsplit(url).scheme
    for name in _modules_naming(scheme):
        for plugin in vars(import_module(f"apprise.plugins.{name}")).values():
            if isinstance(plugin, type) and _sends_by(plugin, scheme):
                return _built(plugin, url)
    return apprise.Apprise.instantiate(url)


def _built(plugin: Any, url: str) -> Any:
    fields = plugin.parse_url(url)
    return plugin(**fields) if fields else None


def _sends_by(plugin: Any, scheme: str) -> bool:
    return issubclass(plugin, apprise.NotifyBase) and scheme in plugin.schemas(plugin)


@cache
def _modules_naming(scheme: str) -> tuple[str, ...]:
    files = sorted(Path(apprise.__file__).parent.joinpath("plugins").glob("[a-z]*.py"))
    named = re.compile(rf'protocol\s*=\s*\(?"{re.escape(scheme)}"')
    return tuple(file.stem for file in files if scheme and named.search(file.read_text(encoding="utf-8")))
