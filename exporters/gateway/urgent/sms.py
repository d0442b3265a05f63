"""The channels by which an SMS leaves, in the order of the settings: a modem in the house, or a sender's URL."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from chevet.errors import ChevetError
from exporters.gateway.urgent import modem, webhooks
from exporters.gateway.urgent.modem import BadModem, Handover, Smsd

PATIENCE = 10.0
"""Seconds after which a provider that does not answer counts as failed."""


class BadSender(ChevetError):
    """A URL of the setting is none that messages can be sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to send: its name in records, and the URL, which is a secret, or the modem behind it."""

    name: str
    url: str
    smsd: Smsd | None = None

    @property
    def in_the_house(self) -> bool:
        """Whether it works without the house's internet."""
        return self.smsd is not None or webhooks.is_in_the_house(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An SMS. `key` is the same whenever it is handed over again, and no other message's."""

    number: str
    text: str
    key: str = ""


def channels(urls: Sequence[str]) -> tuple[Channel, ...]:
    """The channels of the setting SMS_URLS, named for their place and scheme: «1 json». Raises BadSender."""
    return tuple(_channel(place, url) for place, url in enumerate(urls, start=1))


def _channel(place: int, url: str) -> Channel:
    parts = urlsplit(url)
    name = f"{place} {parts.scheme}"
    if parts.scheme == modem.SCHEME:
        try:
            return Channel(name=name, url=url, smsd=modem.smsd(unquote(parts.path)))
        except BadModem as refusal:
            raise BadSender(f"CHEVET_SMS_URLS: at place {place}, {url}: {refusal}") from None
    if not webhooks.is_known(url):
        raise BadSender(
            f"CHEVET_SMS_URLS: expected URLs that Apprise knows or {modem.SCHEME}:///path, "
            f"got one of {parts.scheme or 'no scheme'} at place {place}"
        )
    return Channel(name=name, url=url)


async def hand_over(
    channel: Channel, message: Message, patience: float | None = None, *, in_trouble: bool = False
) -> Handover:
    """What became of it. Never raises, never takes longer than `patience`, or what the channel itself needs.

    It runs in a thread of its own, which a provider may hang without holding up detection, other calls or the end of
    the process. `in_trouble` says that the modem is known not to be ready.
    """
    if channel.smsd is not None:
        within = patience or (modem.PATIENCE_IN_TROUBLE if in_trouble else modem.PATIENCE)
        return await _in_a_thread(channel, message, within, grace=PATIENCE)
    return await _in_a_thread(channel, message, patience or PATIENCE, grace=0)


async def _in_a_thread(channel: Channel, message: Message, within: float, grace: float) -> Handover:
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Handover] = loop.create_future()

    def settle(handover: Handover) -> None:
        if not outcome.done():
            outcome.set_result(handover)

    def send() -> None:
        handover = _send(channel, message, within)
        with contextlib.suppress(RuntimeError):  # the process ended before the sender answered
            loop.call_soon_threadsafe(settle, handover)

    threading.Thread(target=send, name=f"SMS {channel.name}", daemon=True).start()
    try:
        async with asyncio.timeout(within + grace):
            return await outcome
    except TimeoutError:
        return Handover(failure=f"no answer within {within:g} s")


def _send(channel: Channel, message: Message, within: float) -> Handover:
    if channel.smsd is None:
        return Handover(failure=webhooks.send(channel.url, message.number, message.text))
    try:
        if not channel.smsd.runs() and channel.smsd.find(message.key) is not modem.Place.SENT:
            channel.smsd.take_back(message.key)
            return Handover(failure="gammu-smsd is not running")
        return channel.smsd.hand_over(message.number, message.text, message.key, within)
    except OSError as error:
        return Handover(failure=f"the folders of gammu-smsd take nothing ({error.strerror})")
