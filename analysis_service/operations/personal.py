"""What each table holds of a patient, by law for how long, and what becomes of it when they ask to be forgotten.

Every column of every table stands in one row at least. A medical record is kept for twenty years after the last stay
(Code de la santé publique, R1112-7), and that goes before the right to be forgotten (GDPR, article 17, 3 b and c).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_, select

from analysis_service.database import Row

Belongs = Callable[[Table, str], ColumnElement[bool]]
"""Which rows of a table are of the patient with a pseudonym."""


class Fate(StrEnum):
    """What an erasure does with a row."""

    AT_ONCE = "erased at once"
    RECORD = "part of the medical record: erased once law keeps it no more"
    PROOF = "kept as long as the medical record, to prove what was lawful; whom it names is erased at once"
    SEALED = "never changed; without its dossier the pseudonym is nobody's"
    NOBODY = "says nothing of a patient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One table. `shown` columns go into an export, `hidden` ones never; `blank` ones are emptied at once.

    `only` is for a table that holds different things: the column that says which, and what it says. An export has the
    rows that are `given`, or none because of what `left_out` says; columns of `files` are files of their own there.
    """

    table: str
    fate: Fate
    en: str
    fr: str
    shown: str
    hidden: str = ""
    blank: str = ""
    belongs: Belongs | None = None
    only: tuple[str, str] | None = None
    given: Callable[[], ColumnElement[bool]] | None = None
    left_out: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def of(self) -> Table:
        """The table itself."""
        return Row.metadata.tables[self.table]

    def rows_of(self, patient: str) -> ColumnElement[bool]:
        """The patient's rows. Of a table that is nobody's there are none to ask for."""
        assert self.belongs is not None  # noqa: S101 - asked of those that belong to somebody
        own = self.belongs(self.of, patient)
        return own if self.only is None else and_(own, self.of.c[self.only[0]] == self.only[1])

    @property
    def name(self) -> str:
        """What its file in an export is called."""
        return self.table if self.only is None else f"{self.table}_{self.only[1]}"


def by(column: str) -> Belongs:
    """The column is the pseudonym."""
    return lambda table, patient: table.c[column] == patient


def by_account(column: str) -> Belongs:
    """The column is the subject of the patient's own tokens."""

    def belongs(table: Table, patient: str) -> ColumnElement[bool]:
        patients = Row.metadata.tables["patients"]
        account = select(patients.c.account).where(patients.c.patient == patient, patients.c.account.is_not(None))
        return table.c[column].in_(account)

    return belongs


def through(column: str, parent: str, key: str, whose: Belongs | None = None) -> Belongs:
    """The column names a row of `parent` that is the patient's."""

    def belongs(table: Table, patient: str) -> ColumnElement[bool]:
        other = Row.metadata.tables[parent]
        return table.c[column].in_(select(other.c[key]).where((whose or by("patient"))(other, patient)))

    return belongs


def while_assigned(gateway: str, at: str) -> Belongs:
    """The gateway stood with the patient at that time."""

    def belongs(table: Table, patient: str) -> ColumnElement[bool]:
        stood: Any = Row.metadata.tables["assignments"]
        then = and_(
            stood.c.patient == patient,
            stood.c.gateway == table.c[gateway],
            stood.c.withdrawn_ms.is_(None),  # else it would be somebody else's
            stood.c.from_ms <= table.c[at],
            or_(stood.c.until_ms.is_(None), stood.c.until_ms > table.c[at]),
        )
        return select(stood.c.gateway).where(then).exists()

    return belongs


def released() -> ColumnElement[bool]:
    """The version of a report that its patient may read."""
    versions, releases = Row.metadata.tables["report_versions"], Row.metadata.tables["report_releases"]
    same = and_(releases.c.report == versions.c.report, releases.c.number == versions.c.number)
    return select(releases.c.id).where(same, releases.c.recalled_ms.is_(None)).exists()
