"""What differs between the databases that the service may stand on: a row for each, and nothing of it anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, event, func, inspect, make_url, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

STATEMENT_SECONDS = 5
"""How long a statement may take, waiting for the write lock included."""
WRITE_LOCK = 0x63686576
"""The number of the advisory lock that every writing transaction of ours takes on PostgreSQL."""

PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"busy_timeout = {STATEMENT_SECONDS * 1000}",
)

OUR_MISTAKES = (IntegrityError, DataError, ProgrammingError)
OUR_MISTAKES_OF_POSTGRESQL = ("22", "23", "42")
"""Classes of SQLSTATE: a value that cannot be, a constraint, a statement that is wrong. The driver names not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One database. `opened` sees each new connection of the driver, `begun` each transaction."""

    options: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    unhurried: Mapping[str, Any] = field(default_factory=dict)
    opened: Callable[[Any, object], None] | None = None
    begun: Callable[[Connection], None]
    by_bytes: str | None = None
    """The collation that compares text byte by byte, where that is not what the database does by itself."""
    load: Callable[[Connection], Callable[[], None]]


def engine(url: str | URL, *, unhurried: bool = False) -> AsyncEngine:
    """The engine for `url`. An unhurried one, for migrations, waits as long as a statement takes."""
    parsed = make_url(url)
    kind = KINDS[parsed.get_backend_name()]
    # Without hiding, an error would carry names and numbers into the log.
    made = create_async_engine(parsed, hide_parameters=True, **(kind.unhurried if unhurried else kind.options))
    if kind.opened is not None:
        event.listen(made.sync_engine, "connect", kind.opened)
    event.listen(made.sync_engine, "begin", kind.begun)
    event.listen(made.sync_engine, "handle_error", _without_details)
    return made


def for_reading(made: AsyncEngine) -> AsyncEngine:
    """The same engine, for transactions that see one state of the database from their first statement to their last."""
    return made.execution_options(**KINDS[made.dialect.name].reading)


def for_writing(made: AsyncEngine) -> AsyncEngine:
    """The same engine, for transactions that take the write lock at once."""
    return made.execution_options(writes=True)


def by_bytes(made: Connection | Engine) -> str | None:
    """The collation by which texts stand in the same order in every database; None where it is the database's own."""
    return KINDS[made.dialect.name].by_bytes


def load(connection: Connection) -> Callable[[], None]:
    """From now on rows may come before those that they refer to, and bring numbers of their own, until it is called."""
    return KINDS[connection.dialect.name].load(connection)


def is_our_mistake(error: Exception) -> bool:
    """Whether the database speaks of a statement or a value, not of itself: asking again would not help."""
    if isinstance(error, OUR_MISTAKES):
        return True
    said = error.orig if isinstance(error, DBAPIError) else None
    never_sent = said is not None and isinstance(said.__cause__, ValueError)  # asyncpg could not encode a value
    return never_sent or str(getattr(said, "sqlstate", ""))[:2] in OUR_MISTAKES_OF_POSTGRESQL


def _without_details(context: ExceptionContext) -> None:
    """PostgreSQL adds the whole row that broke a constraint, and the log would show whose it is."""
    cause = context.original_exception.__cause__
    if getattr(cause, "detail", None):
        cause.detail = None  # type: ignore[union-attr] # the driver's errors have it, and no type that it exports


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes", False))


def _open_sqlite(connection: Any, _: object) -> None:
    """Pragmas are each connection's own; the driver must not open transactions of its own accord."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """One writer at a time, as on SQLite.

    Serializable transactions would have to be run again when they meet, and rows that do not exist yet, such as an
    assignment that overlaps, cannot be locked. Writes are few: series do not come here. The lock is taken in a
    statement of its own under READ COMMITTED, so what is read behind it is what the writer before left.
    """
    if _writes(connection):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def _load_sqlite(connection: Connection) -> Callable[[], None]:
    """The end of the transaction is what looks at foreign keys, and the numbers follow by themselves."""
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    return lambda: None


def _load_postgresql(connection: Connection) -> Callable[[], None]:
    """A foreign key is looked at with each row unless it says that it may wait; numbers are given by sequences."""
    quoted = connection.dialect.identifier_preparer.quote
    look = inspect(connection)
    tables = look.get_table_names()
    keys = [
        f"ALTER TABLE {quoted(table)} ALTER CONSTRAINT {quoted(key['name'] or '')}"
        for table in tables
        for key in look.get_foreign_keys(table)
        if not key["options"].get("deferrable")
    ]
    for key in keys:
        connection.exec_driver_sql(f"{key} DEFERRABLE INITIALLY DEFERRED")

    def end() -> None:
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        for key in keys:
            connection.exec_driver_sql(f"{key} NOT DEFERRABLE")
        for table in tables:
            _continue_numbers(connection, table, look.get_pk_constraint(table)["constrained_columns"])

    return end


def _continue_numbers(connection: Connection, table: str, columns: Sequence[str]) -> None:
    """The next number is the one after the newest."""
    quoted = connection.dialect.identifier_preparer.quote
    for column in columns:
        numbers = connection.execute(select(func.pg_get_serial_sequence(quoted(table), column))).scalar()
        if numbers is not None:
            newest = f"SELECT max({quoted(column)}) FROM {quoted(table)}"  # noqa: S608 - names out of the schema
            connection.exec_driver_sql(f"SELECT setval('{numbers}', ({newest})) WHERE ({newest}) IS NOT NULL")


KINDS: Mapping[str, Kind] = {
    "sqlite": Kind(opened=_open_sqlite, begun=_begin_sqlite, load=_load_sqlite),
    "postgresql": Kind(
        begun=_begin_postgresql,
        by_bytes="C",
        load=_load_postgresql,
        # On SQLite a reading transaction sees one state by itself.
        reading={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        options={
            "pool_size": 5,
            "max_overflow": 10,
            "pool_timeout": STATEMENT_SECONDS,
            "pool_pre_ping": True,  # after a restart of the server the connections held are found dead before use
            "connect_args": {
                "timeout": STATEMENT_SECONDS,
                "command_timeout": STATEMENT_SECONDS + 2,  # where nobody is there any more to keep the other one
                "server_settings": {
                    "application_name": "chevet",
                    "statement_timeout": str(STATEMENT_SECONDS * 1000),
                    "idle_in_transaction_session_timeout": "60000",
                },
            },
        },
        unhurried={
            "connect_args": {"timeout": STATEMENT_SECONDS, "server_settings": {"application_name": "chevet migrate"}}
        },
    ),
}
