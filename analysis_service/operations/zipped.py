"""A ZIP file that is read while it is made: what was written is handed on, and nothing of it is kept."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Self

LARGE_BYTES = 64 * 1024
"""More is packed in a thread, so that others do not wait for it."""
DAY = (1980, 1, 1, 0, 0, 0)
"""The time of each file in it, which says nothing."""


class _Taken(io.RawIOBase):
    """What was written since it was taken last."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        self._held += memoryview(piece)  # type: ignore[arg-type] # whatever has bytes
        return len(memoryview(piece))  # type: ignore[arg-type] # the same

    def take(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


class Zipped:
    """Files one after the other: `async for piece in zipped.file(name, pieces)`, and `end()` after the last.

    Within a `with`, for who reads it may go before the end.
    """

    def __init__(self) -> None:
        self._taken = _Taken()
        self._zip = zipfile.ZipFile(self._taken, "w", zipfile.ZIP_DEFLATED, compresslevel=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.fp = None  # else it would write its end when it is collected, to where nobody is any more

    async def file(self, name: str, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The file `name` of `pieces`."""
        with self._zip.open(zipfile.ZipInfo(name, DAY), "w", force_zip64=True) as entry:
            async for piece in pieces:
                if len(piece) > LARGE_BYTES:
                    await asyncio.to_thread(entry.write, piece)
                else:
                    entry.write(piece)
                if packed := self._taken.take():
                    yield packed
        yield self._taken.take()

    def end(self) -> bytes:
        """What follows the last file. Without it, whoever opens the file sees that it was cut."""
        self._zip.close()
        return self._taken.take()
