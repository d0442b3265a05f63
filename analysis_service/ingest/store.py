"""The store of series, spoken to by remote write 1.0: it takes, it refuses the samples, or it is away."""

from __future__ import annotations

import asyncio

import httpx2

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
PACKED_AT_ONCE = 512 * 1024
"""More bytes are packed in a thread, so that others do not wait for it."""


class StoreRefuses(ChevetError):
    """The store will never take these samples; it kept none of them. `of_time` where it speaks of their time."""

    def __init__(self, sentence: str, *, of_time: bool) -> None:
        super().__init__(sentence)
        self.of_time = of_time


class StoreAway(ChevetError):
    """The store may take the same samples later."""


async def _body(encoded: bytes) -> bytes:
    if len(encoded) <= PACKED_AT_ONCE:
        return packed(encoded)
    return await asyncio.to_thread(packed, encoded)


class Store:
    """One store of series."""

    def __init__(self, client: httpx2.AsyncClient, write_url: str, query_url: str) -> None:
        self._client = client
        self._write_url = write_url
        self._query_url = query_url

    async def write(self, encoded: bytes) -> None:
        """Hand over the series of a WriteRequest, all or none. Raises StoreRefuses or StoreAway."""
        try:
            answer = await self._client.post(self._write_url, content=await _body(encoded), headers=HEADERS)
        except httpx2.HTTPError as error:
            raise StoreAway(f"store: expected an answer, got {type(error).__name__}") from None
        if answer.is_success:
            return
        said = " ".join(answer.text.split())[:SHOWN]
        about_samples = any(phrase in said for phrase in ABOUT_SAMPLES)
        if answer.status_code in (400, 422) or (answer.status_code == 500 and about_samples):
            of_time = any(phrase in said for phrase in ABOUT_TIME)
            raise StoreRefuses(
                f"store: expected to take the sample, said {answer.status_code} {said!r}", of_time=of_time
            )
        raise StoreAway(f"store: expected 204, got {answer.status_code}")

    async def ping(self) -> None:
        """Raises StoreAway unless the store answers a question."""
        try:
            answer = await self._client.get(f"{self._query_url}/api/v1/status/buildinfo", timeout=2.0)
        except httpx2.HTTPError as error:
            raise StoreAway(f"store: expected an answer, got {type(error).__name__}") from None
        if not answer.is_success:
            raise StoreAway(f"store: expected 200, got {answer.status_code}")
