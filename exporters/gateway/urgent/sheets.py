"""The sheet: polled from the service, its signature checked, kept on disk. Refused ones leave the old one in force."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chevet.errors import BadSheet, ChevetError, expected
from chevet.sheet import Sheet
from exporters.gateway.server import Answer, Server
from exporters.gateway.urgent import counters
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.state import StoredSheet

log = structlog.get_logger()

EVERY = 20.0
"""Seconds between two polls: fewer than the 30 by which the end of an assignment is saved ahead, so that the gateway
knows of it in time and calls nobody about a stranger."""

PATIENCE = 2.0
"""Seconds that a call waits for the service when there is no sheet at all."""

_NOT_FOUND = 404
_UNCHANGED = 304


class BadKey(ChevetError):
    """The key with which sheets are checked cannot be read."""


def read_key(path: Path) -> Ed25519PublicKey:
    """The service's public key. Raises BadKey."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        key, why = None, f"{error}"
    else:
        why = type(key).__name__
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey(
            f"CHEVET_SHEET_KEY_FILE: expected an Ed25519 public key in PEM in {path}, got {why}", field="sheet_key_file"
        )
    return key


def opened(token: str, key: Ed25519PublicKey, gateway: str) -> Sheet:
    """The sheet in a signed token. Raises BadSheet where the signature is not the service's or the sheet not ours."""
    try:
        fields = jwt.decode(token, key, algorithms=["EdDSA"], options={"verify_aud": False})
    except jwt.InvalidTokenError as error:
        raise BadSheet(f"sheet: expected the service's signature, got {error}", field="sheet") from None
    sheet = Sheet.from_dict(fields)
    if sheet.gateway != gateway:
        raise BadSheet(expected("gateway", gateway, sheet.gateway), field="gateway")
    return sheet


def from_disk(stored: StoredSheet | None, key: Ed25519PublicKey, gateway: str) -> Sheet | None:
    """The sheet that is kept, checked again: whoever changed the file has not changed whom we call."""
    if stored is None:
        return None
    try:
        return _ended(opened(stored.token, key, gateway), stored.ended)
    except BadSheet as error:
        log.error(f"the sheet on disk is not used: {error}")
        return None


class Sheets:
    """Polls for as long as it runs. `ask` may be called by whoever needs a sheet now."""

    def __init__(
        self, bedside: Bedside, server: Server, key: Ed25519PublicKey, gateway: str, stored: StoredSheet | None
    ) -> None:
        self._bedside, self._server, self._key, self._gateway = bedside, server, key, gateway
        self._stored = stored

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.poll()
            await asyncio.sleep(EVERY)

    async def ask(self) -> None:
        """Poll once, within PATIENCE."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.poll()
        except TimeoutError:
            log.warning("the service gave no sheet in time, the local number is called")

    async def poll(self) -> None:
        """Ask for the sheet and live by it. Nothing is raised: what goes wrong leaves the old one in force."""
        answer = await self._server.ask("GET", f"/api/v1/gateways/{self._gateway}/sheet", headers=self._condition())
        outcome = self._take(answer)
        counters.POLLS.labels(outcome=outcome).inc()
        if outcome not in ("failed", "refused"):
            counters.CONFIRMED.set(time.time())

    def _condition(self) -> dict[str, str]:
        stored = self._stored
        usable = stored is not None and stored.ended is None and stored.etag and self._bedside.sheet is not None
        return {"If-None-Match": stored.etag} if stored is not None and usable else {}

    def _take(self, answer: Answer) -> str:
        if answer.ours and answer.status == _UNCHANGED:
            return "unchanged"
        if answer.ours and answer.status == _NOT_FOUND:
            return self._end()
        if not answer.succeeded:
            log.info("the sheet cannot be had", status=answer.status, failure=answer.failure)
            return "failed"
        try:
            token = _token(answer)
            sheet = opened(token, self._key, self._gateway)
        except BadSheet as error:
            log.error(f"a sheet is refused and the old one stays: {error}")
            return "refused"
        self._adopt(sheet, StoredSheet(assignment=sheet.assignment, token=token, etag=answer.headers.get("etag", "")))
        return "taken"

    def _end(self) -> str:
        """The gateway stands with nobody: from now on nobody of the old sheet is called."""
        if self._stored is None or self._stored.ended is not None or self._bedside.sheet is None:
            return "none"
        now = time.time_ns() // 1_000_000
        self._adopt(_ended(self._bedside.sheet, now), replace(self._stored, ended=now))
        return "ended"

    def _adopt(self, sheet: Sheet, stored: StoredSheet) -> None:
        self._bedside.adopt(sheet, stored, time.time_ns() // 1_000_000)
        self._stored = stored
        log.info("the gateway lives by a sheet", assignment=sheet.assignment, until=sheet.until_ms)


def _token(answer: Answer) -> str:
    content = answer.json()
    token = content.get("sheet") if isinstance(content, dict) else None
    if not isinstance(token, str):
        raise BadSheet(expected("sheet", "a signed token", token), field="sheet")
    return token


def _ended(sheet: Sheet, ended: int | None) -> Sheet:
    if ended is None or not sheet.holds(ended):
        return sheet
    return replace(sheet, until_ms=max(ended, sheet.from_ms + 1))
