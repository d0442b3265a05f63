"""How much a request's head may hold, before anything has been read of it: uvicorn's parser has no bound of its own."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from analysis_service.headers import ALWAYS, Headers
from analysis_service.problems import HEAD_TOO_LARGE, MEDIA_TYPE, body_of

MOST_BYTES = 64 * 2**10
"""Sixteen times what browsers and Keycloak's tokens need."""
LINGER_SECONDS = 2.0
SENTENCE = f"head: expected at most {MOST_BYTES} bytes of address and headers, got more"
BODY = body_of(HEAD_TOO_LARGE, SENTENCE, "head").model_dump_json().encode()
STATUS = b"HTTP/1.1 431 Request Header Fields Too Large"
HEADERS: Headers = (
    (b"content-type", MEDIA_TYPE.encode()),
    (b"content-length", str(len(BODY)).encode()),
    (b"connection", b"close"),
    (b"x-chevet", b"1"),
    *ALWAYS,
)
WHOLE = b"\r\n".join((STATUS, *(b": ".join(row) for row in HEADERS), b"", BODY))


class BoundedHead(HttpToolsProtocol):
    """Answers 431 and hangs up as soon as a head is too large, whether or not it ever ends.

    What may follow a body in pieces counts like a head, and is dropped: routes have read the headers by then.
    """

    _in_head = _refused = False
    _bytes = 0
    """That came since the last that is no head."""

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._bytes = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of a head; those behind a body are none."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole. One that came in one piece is looked at here."""
        self._in_head, self._bytes = False, 0
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > MOST_BYTES:
            self.app, self.url = _refuse, b"/"  # an address of 64 KiB is more than the parser can take apart
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body, which others bound."""
        self._bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing is left to come."""
        self._bytes = 0
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Count what belongs to the head, to within one piece: the rest of a piece may be body."""
        if self._refused:
            return
        self._bytes += len(data)
        super().data_received(data)
        if self._bytes > MOST_BYTES and not self.transport.is_closing():
            self._hang_up() if self._in_head else self.transport.close()

    def _hang_up(self) -> None:
        """Say it and read on for a moment: a client that is still sending would only see a broken connection."""
        self._refused = True
        self.transport.write(WHOLE)
        self.transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.close)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": HEAD_TOO_LARGE.status, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
