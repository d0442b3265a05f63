"""The one door that every request of a person goes through: its entry is on disk before its answer leaves."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analysis_service.answers import refusal
from analysis_service.asking import Asking, doing
from analysis_service.audit.entries import Entries
from analysis_service.clock import shown

NAME, GLASS = b"x-request-id", b"x-chevet-break-glass"
FAILED = 500

log = structlog.get_logger()


class Audited:
    """Belongs inside the lane of gateways' series, which are nobody's look."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. Where its entry cannot be kept, the answer is that, and no other."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope["app"].state
        asking = Asking(scope=scope, request=str(uuid.uuid4()), at=state.clock())
        answer = _Answer(scope, receive, send, asking)
        with doing(asking):
            try:
                await self.app(scope, receive, answer.send)
            except Exception:
                await answer.fail()
                raise


class _Answer:
    """What goes out, once the entry is kept."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, asking: Asking) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._asking = asking
        self._begun = self._withheld = False

    async def send(self, message: Message) -> None:
        """As ASGI has it."""
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif not self._withheld:
            await self._send(message)

    async def fail(self) -> None:
        """The service failed: that stands in the record where it can be written at all."""
        if self._begun:
            return
        try:
            await self._entries.answered(self._asking, FAILED)
        except SQLAlchemyError as error:
            log.error("an entry of the audit is not kept", error=str(getattr(error, "orig", error)))

    @property
    def _entries(self) -> Entries:
        entries: Entries = self._scope["app"].state.audit.entries
        return entries

    async def _begin(self, message: Message) -> None:
        self._begun = True
        try:
            await self._entries.answered(self._asking, message["status"])
        except SQLAlchemyError as error:
            self._withheld = True
            response = await refusal(Request(self._scope), error)
            await response(self._scope, self._receive, self._send)
            return
        if self._asking.kept is not None:  # by it a person can say which entry they mean
            message["headers"] = [*message.get("headers", ()), (NAME, self._asking.request.encode()), *self._glass()]
        await self._send(message)

    def _glass(self) -> Iterator[tuple[bytes, bytes]]:
        """What a screen shows above somebody who is not in the reader's care: until when they may look."""
        broken = self._asking.broken
        if broken:
            yield GLASS, shown(min(one.until for one in broken)).encode()
