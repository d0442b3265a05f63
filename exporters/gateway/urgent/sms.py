"""Hands one SMS to the sender that the settings name, by Apprise. Alone in importing it; no number reaches a log.

A URL's `{number}` is replaced by the contact's number. For a web page of one's own, Apprise's JSON sends the text as
`message` and each `:name=` as a field: `json://127.0.0.1:8080/sms?:to={number}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import apprise

from chevet.errors import ChevetError

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings carry the URL, and so the number

PATIENCE = 10.0
"""Seconds after which a provider that does not answer counts as failed."""


_NOBODY = "+33600000000"
"""A number that stands for any while a URL is examined."""


class BadSender(ChevetError):
    """A URL of the setting is none that messages can be sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to send: its name in records, and the URL, which is a secret."""

    name: str
    url: str


def channels(urls: Sequence[str]) -> tuple[Channel, ...]:
    """The channels of the setting SMS_URLS, named for their place and scheme: «1 json». Raises BadSender.

    Each is tried as far as Apprise can without sending, which also spares the first SMS the loading of its plugin.
    """
    for place, url in enumerate(urls, start=1):
        try:
            known = _sender(_addressed(url, _NOBODY)) is not None
        except Exception:  # a plugin's own way to refuse a URL, whatever its kind
            known = False
        if not known:
            scheme = urlsplit(url).scheme or "no scheme"
            raise BadSender(f"CHEVET_SMS_URLS: expected URLs that Apprise knows, got one of {scheme} at place {place}")
    return tuple(Channel(name=f"{place} {urlsplit(url).scheme}", url=url) for place, url in enumerate(urls, start=1))


async def hand_over(channel: Channel, number: str, text: str, patience: float = PATIENCE) -> str:
    """Nothing when the sender took it, otherwise why it failed. Never raises, never takes longer than `patience`.

    It runs in a thread of its own, which a provider may hang without holding up detection, other calls or the end of
    the process.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[str] = loop.create_future()

    def settle(failure: str) -> None:
        if not outcome.done():
            outcome.set_result(failure)

    def send() -> None:
        failure = _send(_addressed(channel.url, number), text)
        with contextlib.suppress(RuntimeError):  # the process ended before the sender answered
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=send, name=f"SMS {channel.name}", daemon=True).start()
    try:
        return await asyncio.wait_for(outcome, patience)
    except TimeoutError:
        return f"no answer within {patience:g} s"


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


def _send(url: str, text: str) -> str:
    sender = apprise.Apprise()
    try:
        sender.add(_sender(url))
        return "" if sender.notify(body=text, body_format=apprise.NotifyFormat.TEXT) else "the sender refused it"
    except Exception as error:  # a sender's own fault is one more failed attempt, whatever its kind
        return f"the sender failed ({type(error).__name__})"
