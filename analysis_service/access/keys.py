"""The issuer's public keys: cached, refreshed in good time, and kept while the issuer is away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

import httpx2
import jwt
import structlog

from analysis_service.clock import Clock

LIFE_MS = 5 * 60 * 1000
"""Keys older than this are asked for again."""
PAUSE_MS = 5 * 1000
"""At most one question to the issuer in this time, whatever key ids tokens name."""
TIMEOUT_SECONDS = 2.0

log = structlog.get_logger()


class KeyRing:
    """Keys by their id. One question to the issuer at a time; a failed one changes nothing."""

    def __init__(self, url: str, client: httpx2.AsyncClient, clock: Clock) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._keys: Mapping[str, jwt.PyJWK] = MappingProxyType({})
        self._fetched: int | None = None
        self._asked: int | None = None
        self._asking = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """The key called `kid`. Only an unknown one makes the caller wait for the issuer."""
        if kid not in self._keys:
            await self._refresh()
        elif self._stale and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(self._refresh())
        return self._keys.get(kid)

    @property
    def known(self) -> bool:
        """Whether any key was ever had."""
        return bool(self._keys)

    @property
    def _stale(self) -> bool:
        return self._fetched is None or not 0 <= self._clock() - self._fetched <= LIFE_MS

    async def _refresh(self) -> None:
        async with self._asking:
            now = self._clock()
            if self._asked is not None and abs(now - self._asked) < PAUSE_MS:
                return
            self._asked = now
            try:
                keys = _rs256_keys(await self._fetch())
            except (
                httpx2.HTTPError,
                OSError,
                ValueError,
                TypeError,
                LookupError,
                AttributeError,
                jwt.PyJWTError,
            ) as error:
                log.warning("the issuer's keys cannot be had; the old ones stay", error=str(error))
                return
            self._keys, self._fetched = keys, now

    async def _fetch(self) -> str:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return await asyncio.to_thread(Path(unquote(parts.path)).read_text, "utf-8")
        answer = await self._client.get(self._url, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.text


def _rs256_keys(text: str) -> Mapping[str, jwt.PyJWK]:
    """RSA keys only: a symmetric key in a published set would be no secret."""
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_json(text).keys if key.key_type == "RSA" and key.key_id}
    return MappingProxyType(keys)
