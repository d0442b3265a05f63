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
    """Answers 431 and hangs up as soon as a head is too large, whether or not it ever ends."""

    _in_head = _refused = False
    _head_bytes = 0

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole. One that came in one piece is looked at here."""
        self._in_head = False
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > MOST_BYTES:
            self.app, self.url = _refuse, b"/"  # an address of 64 KiB is more than the parser can take apart
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Count what belongs to the head, to within one piece."""
        if self._refused:
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_BYTES:
                self._hang_up()
                return
        super().data_received(data)

    def _hang_up(self) -> None:
        """Say it and read on for a moment: a client that is still sending would only see a broken connection."""
        self._refused = True
        self.transport.write(WHOLE)
        self.transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.close)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": HEAD_TOO_LARGE.status, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
