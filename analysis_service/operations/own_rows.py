"""A patient's rows of one table, in pages: between them no transaction waits for whoever reads them slowly."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Select, literal, select, tuple_

from analysis_service.database import Database
from analysis_service.operations.personal import Holding

PAGE = 100


async def pages(database: Database, holding: Holding, patient: str, columns: Sequence[str]) -> AsyncIterator[list[Any]]:
    """The values of `columns` behind those of the key, by the key."""
    last: tuple[Any, ...] | None = None
    keys = list(holding.of.primary_key.columns)
    while True:
        async with database.reading() as session:
            page = [tuple(row) for row in await session.execute(_page(holding, patient, columns, last))]
        if not page:
            return
        yield page
        last = page[-1][: len(keys)]


def _page(holding: Holding, patient: str, columns: Sequence[str], last: tuple[Any, ...] | None) -> Select[Any]:
    keys = list(holding.of.primary_key.columns)
    query = select(*keys, *(holding.of.c[name].label(f"shown_{name}") for name in columns))
    query = query.where(holding.rows_of(patient)).order_by(*keys).limit(PAGE if not holding.files else 1)
    if holding.given is not None:
        query = query.where(holding.given())
    if last is None:
        return query
    values = [literal(value, key.type) for key, value in zip(keys, last, strict=True)]
    return query.where(tuple_(*keys) > tuple_(*values))


async def as_json(database: Database, holding: Holding, patient: str) -> AsyncIterator[bytes]:
    """All of them, but what are files of their own, as one array of objects."""
    names = [name for name in holding.shown.split() if name not in holding.files]
    keys = len(holding.of.primary_key.columns)
    before = b"[\n"
    async for page in pages(database, holding, patient, names):
        for row in page:
            yield before + json.dumps(dict(zip(names, row[keys:], strict=True)), ensure_ascii=False).encode()
            before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


async def as_files(database: Database, holding: Holding, patient: str) -> AsyncIterator[tuple[str, bytes]]:
    """Those columns, each by the name that its row's key gives it."""
    keys = len(holding.of.primary_key.columns)
    async for page in pages(database, holding, patient, list(holding.files)):
        for row in page:
            name = "-".join(str(value) for value in row[:keys])
            for ending, content in zip(holding.files.values(), row[keys:], strict=True):
                yield f"{holding.name}/{name}.{ending}", content if isinstance(content, bytes) else content.encode()
