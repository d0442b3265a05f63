"""A ZIP file is handed on while it is made, and one that was cut is seen to be."""

from __future__ import annotations

import gc
import io
import os
import zipfile
from collections.abc import AsyncIterator

import pytest

from analysis_service.operations.zipped import Zipped

PIECE = 200_000


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield os.urandom(PIECE)


async def test_what_was_written_is_handed_on_at_once_and_opens_as_it_was() -> None:
    taken = bytearray()
    with Zipped() as zipped:
        for name in ("a.json", "b.csv"):
            async for piece in zipped.file(name, pieces(50)):
                assert len(piece) < 3 * PIECE, "no more than a few of them are held"
                taken += piece
        whole = bytes(taken) + zipped.end()
    opened = zipfile.ZipFile(io.BytesIO(whole))
    assert opened.testzip() is None
    assert [one.file_size for one in opened.infolist()] == [50 * PIECE] * 2
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(bytes(taken)))


async def test_whoever_goes_before_the_end_leaves_nothing_behind() -> None:
    """What a file that was not ended writes when it is collected would go to where nobody is any more."""
    with Zipped() as zipped:
        reading = zipped.file("a.json", pieces(50))
        await anext(reading)
        await reading.aclose()
    del zipped
    gc.collect()
