"""The store of series, spoken to by remote write 1.0: it takes, it refuses the samples, or it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import aiohttp

from analysis_service.ingest.batches import packed
from chevet.errors import ChevetError

HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": "chevet-ingest",
}
ABOUT_TIME = ("out of bounds", "out of order", "too old", "too far in the future")
ABOUT_SAMPLES = (*ABOUT_TIME, "duplicate sample", "label")
"""What a 500 speaks of where it means the samples: Prometheus 2.42 answers "too old sample" with a 500."""
SHOWN = 200
PING = aiohttp.ClientTimeout(total=2.0)
PACKED_AT_ONCE = 512 * 1024
"""More bytes are packed in a thread, so that others do not wait for it."""


class StoreRefuses(ChevetError):
    """The store will never take these samples; it kept none of them. `of_time` where it speaks of their time."""

    def __init__(self, sentence: str, *, of_time: bool) -> None:
        super().__init__(sentence)
        self.of_time = of_time


class StoreAway(ChevetError):
    """The store may take the same samples later."""


def session(timeout: float, told: Iterable[aiohttp.TraceConfig] = ()) -> aiohttp.ClientSession:
    """What speaks to a store, with an answer within `timeout` seconds or none; asked for where a loop runs.

    Every sample goes this way, and of the clients this one takes the least time of the loop that others wait for.
    """
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=timeout), cookie_jar=aiohttp.DummyCookieJar(), trace_configs=list(told)
    )


async def _body(encoded: bytes) -> bytes:
    if len(encoded) <= PACKED_AT_ONCE:
        return packed(encoded)
    return await asyncio.to_thread(packed, encoded)


class Store:
    """One store of series."""

    def __init__(self, session: aiohttp.ClientSession, write_url: str, query_url: str) -> None:
        self._session = session
        self._write_url = write_url
        self._build_url = f"{query_url}/api/v1/status/buildinfo"

    async def write(self, encoded: bytes) -> None:
        """Hand over the series of a WriteRequest, all or none. Raises StoreRefuses or StoreAway."""
        body = await _body(encoded)
        try:
            async with self._session.post(self._write_url, data=body, headers=HEADERS, allow_redirects=False) as answer:
                status = answer.status
                said = "" if answer.ok else " ".join((await answer.text("utf-8", "replace")).split())[:SHOWN]
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _away(error) from None
        if 200 <= status < 300:
            return
        about_samples = any(phrase in said for phrase in ABOUT_SAMPLES)
        if status in (400, 422) or (status == 500 and about_samples):
            of_time = any(phrase in said for phrase in ABOUT_TIME)
            raise StoreRefuses(f"store: expected to take the sample, said {status} {said!r}", of_time=of_time)
        raise StoreAway(f"store: expected 204, got {status}")

    async def ping(self) -> None:
        """Raises StoreAway unless the store answers a question."""
        try:
            async with self._session.get(self._build_url, timeout=PING, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _away(error) from None
        if status != 200:
            raise StoreAway(f"store: expected 200, got {status}")


def _away(error: Exception) -> StoreAway:
    return StoreAway(f"store: expected an answer, got {type(error).__name__}")
