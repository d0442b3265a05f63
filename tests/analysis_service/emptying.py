"""A database of PostgreSQL as a test found it: its tables are the same still, nobody is in it, and no row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")
SHAPE = """
SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
  SELECT format('%s.%s %s %s', class.relname, attname, atttypid::regtype, attnotnull) AS line
    FROM pg_attribute JOIN pg_class AS class ON class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s %s %s', tgname, tgrelid::regclass, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT extname FROM pg_extension
  UNION ALL SELECT version_num FROM alembic_version
) AS lines
"""
ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY = """
DO $$
DECLARE one record;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT oid::regclass AS name, relkind FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') AND relname <> 'alembic_version'
  LOOP
    IF one.relkind = 'r' THEN EXECUTE format('DELETE FROM %s', one.name); ELSE PERFORM setval(one.name, 1, false);
    END IF;
  END LOOP;
END $$
"""


def apart(ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What it gives, where no loop of pytest's runs."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, ask()).result()


async def shape(url: str) -> str:
    """The same for two databases whose tables are alike."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return str(await connection.fetchval(SHAPE))
    finally:
        await connection.close()


async def emptied(url: str, wanted: str) -> bool:
    """Empty it where its tables are those that are wanted; whether it is of use now."""
    try:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    except (OSError, asyncpg.PostgresError):
        return False
    try:
        await connection.execute(ALONE)
        if await connection.fetchval(SHAPE) != wanted:
            return False
        await connection.execute(EMPTY)
    except asyncpg.PostgresError:
        return False
    finally:
        await connection.close()
    return True
