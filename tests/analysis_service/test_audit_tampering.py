"""A thousand tamperings with the rows themselves, by whoever can write to the database: each is found."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from analysis_service import migrations
from analysis_service.audit.rows import columns_of, entry_of, row_of, seal_of
from analysis_service.audit.service import Audit
from analysis_service.audit.tables import AuditEntryRow, AuditSealRow
from analysis_service.database import Database
from chevet.audit import code_of, digest, entry
from tests.analysis_service.recorded import looked, record

TAMPERINGS, SOME = 1000, 140
SEED = 20_260_301
BATCHES, UNSEALED = (3, 1, 4, 2, 3, 2), 3
SEALED = sum(BATCHES)
OTHER_KEY = bytes(32)
ENTRIES: Table = AuditEntryRow.__table__  # type: ignore[assignment]
SEALS: Table = AuditSealRow.__table__  # type: ignore[assignment]
Rows = dict[str, Any]


def other(chance: random.Random, value: object) -> object:
    """Another value of the same kind."""
    if isinstance(value, int):
        return value + chance.choice([-1, 1, 1000])
    return chance.choice(["", "x", str(value)[:-1], str(value) + "0", str(value).upper() + "é"])


def change_an_entry(chance: random.Random, there: Connection) -> None:
    row = chance.choice(rows(there, ENTRIES))
    change(chance, there, ENTRIES, "id", row, chance.choice(list(row)))


def change_a_seal(chance: random.Random, there: Connection) -> None:
    row = chance.choice(rows(there, SEALS))
    change(chance, there, SEALS, "number", row, chance.choice(list(row)))


def change(chance: random.Random, there: Connection, table: Table, key: str, row: Rows, column: str) -> None:
    taken = {one[key] for one in rows(there, table)}
    value = row[column]
    while value == row[column] or (column == key and value in taken):
        value = other(chance, row[column])
    there.execute(update(table).where(table.c[key] == row[key]).values({column: value}))


def remove_entries(chance: random.Random, there: Connection) -> None:
    first = chance.randint(1, SEALED)
    remove(there, ENTRIES, "id", range(first, min(SEALED, first + chance.randint(0, 3)) + 1))


def remove_an_unsealed_entry(chance: random.Random, there: Connection) -> None:
    remove(there, ENTRIES, "id", [chance.randrange(SEALED + 1, SEALED + UNSEALED)])


def remove_and_close_the_gap(chance: random.Random, there: Connection) -> None:
    gone = chance.randint(1, SEALED + UNSEALED - 1)
    remove(there, ENTRIES, "id", [gone])
    for number in range(gone + 1, SEALED + UNSEALED + 1):
        there.execute(update(ENTRIES).where(ENTRIES.c.id == number).values(id=number - 1))


def remove_a_seal(chance: random.Random, there: Connection) -> None:
    remove(there, SEALS, "number", [chance.randint(1, len(BATCHES))])


def remove_a_seal_and_its_entries(chance: random.Random, there: Connection) -> None:
    gone = chance.choice(rows(there, SEALS))
    remove(there, SEALS, "number", [gone["number"]])
    remove(there, ENTRIES, "id", range(gone["first"], gone["last"] + 1))


def cut_the_end_of_entries(chance: random.Random, there: Connection) -> None:
    there.execute(delete(ENTRIES).where(ENTRIES.c.id >= chance.randint(1, SEALED)))


def cut_the_end_of_seals(chance: random.Random, there: Connection) -> None:
    there.execute(delete(SEALS).where(SEALS.c.number >= chance.randint(1, len(BATCHES))))


def cut_the_end_of_both(chance: random.Random, there: Connection) -> None:
    left = chance.randrange(len(BATCHES))
    there.execute(delete(SEALS).where(SEALS.c.number > left))
    there.execute(delete(ENTRIES).where(ENTRIES.c.id > sum(BATCHES[:left])))


def add_an_entry(chance: random.Random, there: Connection) -> None:
    copied = dict(chance.choice(rows(there, ENTRIES)))
    number = chance.choice([-1, 0, SEALED + UNSEALED + 1, SEALED + UNSEALED + 2])
    there.execute(insert(ENTRIES).values(**(copied | {"id": number})))


def add_an_entry_of_another_key(chance: random.Random, there: Connection) -> None:
    look = entry_of(AuditEntryRow(**chance.choice(rows(there, ENTRIES)))).look
    forged = entry(OTHER_KEY, SEALED + UNSEALED + 1, replace(look, subject="nobody"))
    there.execute(insert(ENTRIES).values(**columns_of(forged)))


def exchange_two(chance: random.Random, there: Connection) -> None:
    one, two = chance.sample(rows(there, ENTRIES), 2)
    for row, number in ((one, two["id"]), (two, one["id"])):
        content = {name: value for name, value in row.items() if name != "id"}
        there.execute(update(ENTRIES).where(ENTRIES.c.id == number).values(**content))


def forge_from_an_entry_on(chance: random.Random, there: Connection) -> None:
    """The whole chain behind a changed entry written anew, with a key that is not ours."""
    chosen = chance.randint(1, SEALED)
    look = replace(entry_of(AuditEntryRow(**row(there, ENTRIES.c.id, chosen))).look, subject="nobody")
    forged = columns_of(entry(OTHER_KEY, chosen, look))
    there.execute(update(ENTRIES).where(ENTRIES.c.id == chosen).values(**forged))
    previous = None
    for found in [seal_of(AuditSealRow(**one)) for one in rows(there, SEALS)]:
        if found.last >= chosen:
            under = [entry_of(AuditEntryRow(**one)) for one in rows(there, ENTRIES)]
            anew = replace(
                found,
                digest=digest(one for one in under if found.first <= one.id <= found.last),
                previous=previous or found.previous,
            )
            anew = replace(anew, code=code_of(OTHER_KEY, anew))
            previous = anew.code
            there.execute(update(SEALS).where(SEALS.c.number == found.number).values(**seal_columns(anew)))


KINDS: tuple[Callable[[random.Random, Connection], None], ...] = (
    change_an_entry,
    change_a_seal,
    remove_entries,
    remove_an_unsealed_entry,
    remove_and_close_the_gap,
    remove_a_seal,
    remove_a_seal_and_its_entries,
    cut_the_end_of_entries,
    cut_the_end_of_seals,
    cut_the_end_of_both,
    add_an_entry,
    add_an_entry_of_another_key,
    exchange_two,
    forge_from_an_entry_on,
)


def rows(there: Connection, table: Table) -> list[Rows]:
    return [dict(one) for one in there.execute(select(table).order_by(table.c[0])).mappings()]


def row(there: Connection, column: Any, value: object) -> Rows:
    return dict(there.execute(select(column.table).where(column == value)).mappings().one())


def seal_columns(seal: Any) -> Mapping[str, object]:
    made = row_of(seal)
    return {column.name: getattr(made, column.name) for column in SEALS.columns}


def remove(there: Connection, table: Table, key: str, numbers: Any) -> None:
    there.execute(delete(table).where(table.c[key].in_(list(numbers))))


async def restored(session: AsyncSession, kept: Mapping[Table, list[Rows]]) -> AsyncConnection:
    """The rows as they were."""
    for table, content in kept.items():
        await session.execute(delete(table))
        await session.execute(insert(table), content)
    return await session.connection()


@asynccontextmanager
async def sealed(url: str, tmp_path: Path) -> AsyncIterator[tuple[Audit, Database, Mapping[Table, list[Rows]]]]:
    """The audit of some batches that are sealed and some entries that are not, and its rows."""
    await migrations.upgrade(url)
    tampering = Database(url)
    async with record(url, tmp_path / "anchor") as audit:
        for number, batch in enumerate(BATCHES):
            await looked(audit, *(f"n{number}-{n}" for n in range(batch)))
            await audit.sealing.round()
        await looked(audit, *(f"last-{n}" for n in range(UNSEALED)))
        async with tampering.reading() as session:
            there = await session.connection()
            kept = {table: await there.run_sync(rows, table) for table in (ENTRIES, SEALS)}
        yield audit, tampering, kept
    await tampering.close()


async def test_a_thousand_tamperings_are_found_every_one(database_url: str, tmp_path: Path) -> None:
    """On PostgreSQL some of each kind: what is done to the rows and what is made of them is the same."""
    many = TAMPERINGS if database_url.startswith("sqlite") else SOME
    chance, found = random.Random(SEED), Counter[str]()
    async with sealed(database_url, tmp_path) as (audit, tampering, kept):
        for number in range(many):
            kind = KINDS[number % len(KINDS)]
            async with tampering.writing() as session:
                there = await restored(session, kept)
                await there.run_sync(lambda there, kind=kind: kind(chance, there))
            fault = (await audit.verify()).fault
            assert fault is not None, f"{kind.__name__}, the one numbered {number}"
            found[kind.__name__] += 1
        async with tampering.writing() as session:
            await restored(session, kept)
        assert (await audit.verify()).fault is None
    assert found.total() == many
    assert set(found) == {kind.__name__ for kind in KINDS}
