"""How long each table's rows are kept, and why; and removing those whose time is over, never what a person edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, delete, func, select, tuple_

from analysis_service.clock import Clock
from analysis_service.database import Database, Row

DAY_MS = 24 * 3600 * 1000
AT_ONCE = 1_000
"""Rows of one transaction: others want to write meanwhile."""

LEAST = "kept no longer than its purpose wants (GDPR, article 5, 1 e)"
RECORD = (
    "part of the medical record: twenty years after the last stay (Code de la santé publique, R1112-7); "
    "`erase` knows when that is over"
)
AUDIT = (
    "each entry is sealed with the one before: if the oldest went, nothing after them could be verified. "
    "For that the anchor would have to say where the chain begins, which it does not yet"
)
SETUP = "kept while it is in use: ended, never removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A table's. Without `days` its rows stay; `since` is the first of its columns that has a time, else the next."""

    table: str
    why: str
    days: int | None = None
    since: tuple[str, ...] = ()

    @property
    def of(self) -> Table:
        """The table itself."""
        return Row.metadata.tables[self.table]

    def over(self, now: int) -> ColumnElement[bool]:
        """Which rows' time is over."""
        assert self.days is not None  # noqa: S101 - asked of those that are removed
        began = [self.of.c[name] for name in self.since]
        return (func.coalesce(*began) if len(began) > 1 else began[0]) < now - self.days * DAY_MS


def _kept(why: str, *tables: str) -> tuple[Term, ...]:
    return tuple(Term(table=table, why=why) for table in tables)


TERMS: tuple[Term, ...] = (
    Term(table="quarantine", days=90, since=("received_ms",), why=f"{LEAST}: an SRE had a quarter to correct it"),
    Term(table="refused_alerts", days=400, since=("last_ms",), why=f"{LEAST}: as long as series"),
    Term(table="heartbeats", days=400, since=("received_ms",), why=f"{LEAST}: of gateways that are gone, as series"),
    Term(table="sessions", days=90, since=("ended_ms", "seen_ms"), why=f"{LEAST}: who signed in where"),
    Term(table="invitations", days=30, since=("expires_ms",), why=f"{LEAST}: their code opens nothing any more"),
    Term(table="wrong_codes", days=30, since=("last_ms",), why=f"{LEAST}: they slow nobody down any more"),
    Term(table="claim_codes", days=30, since=("expires_ms",), why=f"{LEAST}: they enrol nothing any more"),
    *_kept(
        RECORD,
        "patients",
        "contacts",
        "record_editions",
        "assignments",
        "corrections",
        "stays",
        "cared_for",
        "broken_glass",
        "alerts",
        "alert_events",
        "alert_attempts",
        "observations",
        "measurements",
        "measured_values",
        "prescriptions",
        "prescription_events",
        "feelings",
        "feeling_reads",
        "report_drafts",
        "report_versions",
        "report_releases",
        "consents",
        "consent_editions",
    ),
    *_kept(AUDIT, "audit_entries", "audit_seals", "audit_looks", "people"),
    *_kept(
        SETUP,
        "wards",
        "care_teams",
        "care_team_members",
        "care_editions",
        "gateways",
        "device_vitals",
        "revocations",
        "watchdog",
    ),
)
REMOVED = tuple(term for term in TERMS if term.days is not None)


class Retention:
    """Of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def due(self) -> Mapping[str, int]:
        """How many rows of each table have their time over."""
        now = self._clock()
        async with self._database.reading() as session:
            return {
                term.table: await session.scalar(select(func.count()).select_from(term.of).where(term.over(now))) or 0
                for term in REMOVED
            }

    async def retain(self) -> Mapping[str, int]:
        """Remove them; how many of each table."""
        now = self._clock()
        return {term.table: await self._remove(term, now) for term in REMOVED}

    async def _remove(self, term: Term, now: int) -> int:
        keys = tuple(term.of.primary_key.columns)
        gone = 0
        while True:
            oldest = select(*keys).where(term.over(now)).limit(AT_ONCE)
            async with self._database.writing() as session:
                rows = [tuple(row) for row in await session.execute(oldest)]
                if rows:
                    await session.execute(delete(term.of).where(tuple_(*keys).in_(rows)))
            gone += len(rows)
            if len(rows) < AT_ONCE:
                return gone
