"""Connections to RabbitMQ that open again by themselves, and channels to be awaited. Alone in importing pika."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import structlog
from pika import BasicProperties, URLParameters, exceptions
from pika.adapters.asyncio_connection import AsyncioConnection

from chevet.errors import ChevetError
from exporters.gateway.backoff import pauses

log = structlog.get_logger()
logging.getLogger("pika").propagate = False  # what it says in ten lines is said here in a sentence
logging.getLogger("pika").addHandler(logging.NullHandler())  # without any, Python would print it, and not as JSON

_HEARTBEAT = 30
_PERSISTENT = 2
_PATIENCE = 2.0
"""Seconds that a closing connection may take to say goodbye."""

_REFUSALS = (
    ("ACCESS_REFUSED", "the broker refused user {user}, expected that user's password"),
    ("NOT_ALLOWED", "the broker refused user {user} at vhost {vhost}, expected a vhost that exists and is this user's"),
)


class BusDown(ChevetError):
    """The connection is not there, or went before the broker answered."""


class BrokerRefused(ChevetError):
    """The broker answers, and will not have us."""


class ChannelClosed(BusDown):
    """The broker closed the channel; `code` is AMQP's, 0 where the connection itself went."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(f"the broker closed the channel ({reason})")
        self.code: int = getattr(reason, "reply_code", 0)


class Channel:
    """One channel. `ended` becomes the reason when it is closed."""

    def __init__(self, pika: Any) -> None:
        self.pika = pika
        self.ended: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        pika.add_on_close_callback(lambda _, reason: settle(self.ended, reason))

    @property
    def is_open(self) -> bool:
        """Whether anything can be sent on it."""
        return bool(self.pika.is_open)

    async def ask(self, question: str, *arguments: Any, **named: Any) -> Any:
        """The broker's answer to a method of pika's channel, by its name. Raises BusDown where the channel closes."""
        answer = asyncio.get_running_loop().create_future()
        try:
            getattr(self.pika, question)(*arguments, callback=partial(settle, answer), **named)
        except exceptions.AMQPError as error:
            raise BusDown(f"the broker's channel is closed ({error!r})") from None
        await asyncio.wait({answer, self.ended}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ChannelClosed(self.ended.result())
        return answer.result()

    def publish(self, exchange: str, key: str, body: bytes, headers: Mapping[str, Any] | None, tag: int) -> None:
        """Send a persistent message that comes back if no queue takes it."""
        properties = BasicProperties(
            delivery_mode=_PERSISTENT, headers=dict(headers) if headers else None, message_id=str(tag)
        )
        self.pika.basic_publish(exchange, key, body, properties, mandatory=True)

    def close(self) -> None:
        """Give it up; what it delivered and was not acknowledged goes back to its queue."""
        if self.is_open:
            self.pika.close()


class Line:
    """One connection, opened again with backoff whenever it goes. `prepare` readies it before it counts as up."""

    def __init__(self, url: str, name: str, prepare: Callable[[], Awaitable[None]]) -> None:
        self.up = asyncio.Event()
        self.blocked = False
        self._name, self._prepare = name, prepare
        self._parameters = URLParameters(url)
        self._parameters.heartbeat = _HEARTBEAT
        self._parameters.client_properties = {"connection_name": name}
        self._connection: Any = None
        self._ended: asyncio.Future[BaseException]

    @property
    def version(self) -> str | None:
        """The broker's own, as it said when it took the connection; None while there is none."""
        said = getattr(self._connection, "server_properties", None) or {}
        version = said.get("version")
        return version.decode(errors="replace") if isinstance(version, bytes) else version

    async def run(self) -> None:
        """Until cancelled. Raises BrokerRefused where the broker refuses us before it ever had us."""
        waits, accepted = pauses(), False
        while True:
            try:
                await self._connect()
                accepted = True
                await self._prepare()
                self.up.set()
                waits = pauses()
                log.info("the broker is connected", line=self._name)
                raise BusDown(f"the broker's connection is gone ({await asyncio.shield(self._ended)!r})")
            except BrokerRefused as error:
                if not accepted:
                    raise
                log.error(str(error), line=self._name)
            except BusDown as error:
                log.warning(str(error), line=self._name)
            finally:
                self.up.clear()
                await self._close()
            await asyncio.sleep(next(waits))

    async def channel(self, *, lasting: bool = True) -> Channel:
        """A new channel. Where the broker closes a `lasting` one, the whole line is opened anew. Raises BusDown."""
        if self._connection is None or not self._connection.is_open:
            raise BusDown("the broker is not connected")
        opened = asyncio.get_running_loop().create_future()
        channel = Channel(self._connection.channel(on_open_callback=partial(settle, opened)))
        await asyncio.wait({opened, channel.ended, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        if not opened.done():
            raise BusDown("the broker did not open a channel")
        if lasting:
            channel.pika.add_on_close_callback(self._lost)
            channel.pika.add_on_cancel_callback(self._drop)
        return channel

    def _lost(self, _: object, reason: BaseException) -> None:
        if not isinstance(reason, exceptions.ChannelClosedByClient):
            self._drop(reason)

    def _drop(self, reason: object) -> None:
        if self._connection is not None and self._connection.is_open:
            log.warning("the broker ended a channel", line=self._name, reason=str(reason))
            self._connection.close()

    async def _connect(self) -> None:
        opened: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        self._ended = ended = asyncio.get_running_loop().create_future()
        self.blocked = False
        connection: Any = AsyncioConnection(
            self._parameters,
            on_open_callback=lambda _: settle(opened, None),
            on_open_error_callback=lambda _, error: settle(opened, error),
            on_close_callback=lambda _, reason: settle(ended, reason),
        )
        connection.add_on_connection_blocked_callback(lambda *_: self._block(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._block(False))
        error = await opened
        if error is not None:
            raise self._refusal(error)
        self._connection = connection

    def _refusal(self, error: BaseException) -> ChevetError:
        user, vhost = self._parameters.credentials.username, self._parameters.virtual_host
        for code, sentence in _REFUSALS:
            if code in str(error):
                return BrokerRefused(
                    f"CHEVET_BROKER_URL: {sentence.format(user=user, vhost=vhost)}", field="broker_url"
                )
        return BusDown(f"the broker at {self._parameters.host}:{self._parameters.port} does not answer ({error})")

    def _block(self, blocked: bool) -> None:
        self.blocked = blocked
        log.warning("the broker is short of disk or memory and takes nothing" if blocked else "the broker takes again")

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed:
            if connection.is_open:
                connection.close()
            await asyncio.wait({self._ended}, timeout=_PATIENCE)


def settle(future: asyncio.Future[Any], value: object) -> None:
    """Give `future` its value unless it has one or is no longer awaited."""
    if not future.done():
        future.set_result(value)
