"""Patients, contacts and assignments: what may be saved, and the door of the records for other modules."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import NOT_FOUND, Problem
from analysis_service.records.accounts import Oneself as Oneself
from analysis_service.records.accounts import everybody as everybody
from analysis_service.records.assigning import Assigning, assignment, assignments_of, require_assignment, rewrite
from analysis_service.records.assignments import Assignment as Assignment
from analysis_service.records.assignments import cache_life
from analysis_service.records.assignments import in_force as in_force
from analysis_service.records.contacts import contacts_of, put_contacts
from analysis_service.records.dossiers import Dossiers as Dossiers
from analysis_service.records.dossiers import require_patient, require_stay
from analysis_service.records.expectations import Expectation as Expectation
from analysis_service.records.expectations import Expectations as Expectations
from analysis_service.records.expectations import gateways_beside as gateways_beside
from analysis_service.records.expectations import standing_at as standing_at
from analysis_service.records.expectations import standing_beside as standing_beside
from analysis_service.records.history import Author as Author
from analysis_service.records.history import What, author, history, version_of, versions_of
from analysis_service.records.homes import time_zones as time_zones
from analysis_service.records.rewriting import taken_from
from analysis_service.records.schemas import ContactView, EditionView, Patient
from analysis_service.records.sheets import SheetSigner, Signed
from analysis_service.records.tables import AssignmentRow, PatientRow
from chevet.sheet import Contact, PatientLimit, Sheet

OUTLIVED_MS = 30 * 24 * 3600 * 1000
"""So long after its end an assignment is of no use to who judges what comes: eight days are the oldest that may."""
MOST_ASKED = 1_000
"""Of one statement: a database takes only so many parameters."""
_COLUMNS = (
    AssignmentRow.id,
    AssignmentRow.gateway,
    AssignmentRow.patient,
    AssignmentRow.from_ms,
    AssignmentRow.until_ms,
)

OfNumbers = Callable[[str], Awaitable[Mapping[str, frozenset[str]]]]
"""Of a patient: the numbers that they named in a consent, each with what may be told there now."""


OfLimits = Callable[[str], Awaitable[tuple[PatientLimit, ...]]]
"""Of a patient: what the gateway judges by in place of the catalogue's limits."""


async def _prescribed_none(_: str) -> tuple[PatientLimit, ...]:
    return ()


async def _named_no_number(_: str) -> Mapping[str, frozenset[str]]:
    return {}


class Records:
    """The records. What ingest asks for each request is held for a short while; everything else is read.

    `of_numbers` is what consent knows, `of_limits` what is prescribed: both stand above the records, and are put in.
    """

    def __init__(self, database: Database, clock: Clock, lead_seconds: float, signer: SheetSigner) -> None:
        self.of_numbers: OfNumbers = _named_no_number
        self.of_limits: OfLimits = _prescribed_none
        self._database = database
        self._signer = signer
        self._clock = clock
        self.assigning = Assigning(clock, lead_seconds)
        self._lead_ms = round(lead_seconds * 1000)
        self._held_at: int | None = None
        self._held: dict[str, tuple[Assignment, ...]] = {}
        self._holding = asyncio.Lock()

    async def require_patient(self, patient: str) -> None:
        """Raises Problem 404 where nobody has this pseudonym."""
        async with self._database.reading() as session:
            await require_patient(session, patient)

    async def named(self, patients: Collection[str]) -> list[Patient]:
        """Those of `patients` who have a dossier, by name."""
        found: list[Patient] = []
        wanted = sorted(patients)
        async with self._database.reading() as session:
            for start in range(0, len(wanted), MOST_ASKED):
                query = select(PatientRow).where(PatientRow.patient.in_(wanted[start : start + MOST_ASKED]))
                found += [Patient(patient=row.patient, name=row.name) for row in await session.scalars(query)]
        return sorted(found, key=lambda one: (one.name, one.patient))

    async def assign(
        self, gateway: str, patient: str, times: tuple[int | None, int | None], who: Caller
    ) -> tuple[Assignment, int]:
        """`gateway` will stand with `patient`; with its edition. Raises Problem where another stands in its way."""
        async with self._database.writing() as session:
            require_stay(await require_patient(session, patient))
            made = await self.assigning.assign(session, gateway, patient, times, author(who))
            return made, await version_of(session, What.ASSIGNMENT, made.id)

    async def assignment(self, gateway: str, id: str) -> Assignment:
        """One of them. Raises Problem 404."""
        async with self._database.reading() as session:
            return assignment(await require_assignment(session, gateway, id))

    async def end_assignment(
        self, gateway: str, id: str, until_ms: int | None, edition: int, who: Caller
    ) -> tuple[Assignment, int]:
        """The assignment with its end, and its edition. Raises Problem."""
        async with self._database.writing() as session:
            row = await require_assignment(session, gateway, id)
            ended = await self.assigning.end(session, row, until_ms, edition, author(who))
            return ended, await version_of(session, What.ASSIGNMENT, id)

    async def assignments(self, gateway: str) -> tuple[Assignment, ...]:
        """All assignments of `gateway`, oldest first."""
        async with self._database.reading() as session:
            return await assignments_of(session, gateway)

    async def versions(self, assignments: Collection[Assignment]) -> dict[str, int]:
        """The newest edition of each, by its id."""
        async with self._database.reading() as session:
            return await versions_of(session, What.ASSIGNMENT, [one.id for one in assignments])

    async def taken_from(self, gateway: str, patient: str, from_ms: int, until_ms: int) -> tuple[str, ...]:
        """The others with whom `gateway` is recorded to have stood then."""
        return taken_from(await self.assignments(gateway), patient, from_ms, until_ms)

    async def rewrite(
        self, session: AsyncSession, gateway: str, patient: str, times: tuple[int, int], by: Author
    ) -> tuple[str, ...]:
        """`gateway` stood with `patient` within `times`, whatever was recorded; from whom that was taken."""
        return await rewrite(session, gateway, patient, times, by, self._clock())

    async def taken(self) -> frozenset[str]:
        """The gateways that stand with somebody, or will."""
        query = select(AssignmentRow.gateway).where(AssignmentRow.withdrawn_ms.is_(None), _not_over(self._clock()))
        async with self._database.reading() as session:
            return frozenset(await session.scalars(query))

    async def held_assignments(self, gateway: str) -> tuple[Assignment, ...]:
        """Those that readings may still come of, for whoever asks often: older by less than any assignment's lead.

        They are read for all gateways at once: each by itself comes too seldom to find what was held for it.
        """
        if cache_life(self._lead_ms) == 0:
            return await self.assignments(gateway)
        if self._stale:
            async with self._holding:
                if self._stale:
                    await self._hold()
        return self._held.get(gateway, ())

    @property
    def _stale(self) -> bool:
        return self._held_at is None or not 0 <= self._clock() - self._held_at < cache_life(self._lead_ms)

    async def _hold(self) -> None:
        now = self._clock()
        late = and_(AssignmentRow.withdrawn_ms.is_(None), _not_over(now - OUTLIVED_MS))
        held: defaultdict[str, list[Assignment]] = defaultdict(list)
        async with self._database.reading() as session:
            for row in await session.execute(select(*_COLUMNS).where(late).order_by(AssignmentRow.from_ms)):
                held[row.gateway].append(Assignment(**row._mapping))
        self._held = {gateway: tuple(own) for gateway, own in held.items()}
        self._held_at = now

    async def standing(self) -> list[Assignment]:
        """Every assignment in force now."""
        now = self._clock()
        async with self._database.reading() as session:
            rows = await session.scalars(standing_at(now).order_by(AssignmentRow.gateway))
            return [assignment(row) for row in rows]

    async def standing_with(self, gateway: str) -> Assignment | None:
        """The assignment of `gateway` in force now."""
        now = self._clock()
        return in_force(await self.assignments(gateway), now, now)

    async def next_standing(self, gateway: str) -> Assignment | None:
        """The assignment of `gateway` in force now; else the next one."""
        now = self._clock()
        going_on = (one for one in await self.assignments(gateway) if one.until_ms is None or one.until_ms > now)
        return next(going_on, None)

    async def contacts(self, patient: str) -> tuple[ContactView, ...]:
        """Whom to call about `patient`, in order."""
        return (await self.contacts_edition(patient))[0]

    async def contacts_edition(self, patient: str) -> tuple[tuple[ContactView, ...], int]:
        """The same, and which edition it is. Raises Problem 404."""
        async with self._database.reading() as session:
            await require_patient(session, patient)
            return await contacts_of(session, patient), await version_of(session, What.CONTACTS, patient)

    async def put_contacts(self, patient: str, contacts: Sequence[ContactView], edition: int, who: Caller) -> int:
        """Replace whom to call about `patient`; the new edition. Raises Problem."""
        async with self._database.writing() as session:
            await require_patient(session, patient)
            return await put_contacts(session, patient, contacts, edition, author(who), self._clock())

    async def contacts_history(self, patient: str) -> list[EditionView]:
        """Every edition of whom to call. Raises Problem 404."""
        async with self._database.reading() as session:
            await require_patient(session, patient)
            return await history(session, What.CONTACTS, patient)

    async def signed_sheet(self, gateway: str) -> Signed:
        """The sheet of the assignment in force now. Raises Problem 404 where there is none."""
        standing = await self.standing_with(gateway)
        if standing is None:
            raise Problem(
                NOT_FOUND, f"gateway: expected an assignment of {gateway} in force, found none", field="gateway"
            )
        contacts = await self.contacts(standing.patient)
        told = await self.of_numbers(standing.patient)
        async with self._database.reading() as session:
            zones = await time_zones(session, (standing.patient,))
        return self._signer.sign(
            Sheet(
                gateway=gateway,
                assignment=standing.id,
                from_ms=standing.from_ms,
                until_ms=standing.until_ms,
                contacts=tuple(_called(contact, told.get(contact.number)) for contact in contacts),
                limits=await self.of_limits(standing.patient),
                time_zone=zones[standing.patient].key,
            )
        )


def _not_over(at: int) -> ColumnElement[bool]:
    return or_(AssignmentRow.until_ms.is_(None), AssignmentRow.until_ms > at)


def _called(contact: ContactView, told: frozenset[str] | None) -> Contact:
    """The contact as the gateway is to know them: where the patient named the number, told no more than granted."""
    signals = tuple(signal for signal in contact.signals if told is None or signal in told)
    return Contact(**contact.model_dump() | {"signals": signals})
