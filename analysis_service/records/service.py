"""Patients, contacts and assignments: what may be saved, and the door of the records for other modules."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.access.service import Caller
from analysis_service.asking import about
from analysis_service.care.service import Care
from analysis_service.clock import Clock, shown
from analysis_service.database import Database
from analysis_service.problems import CONFLICT, INVALID, NOT_FOUND, Problem
from analysis_service.records.accounts import Oneself as Oneself
from analysis_service.records.assignments import Assignment as Assignment
from analysis_service.records.assignments import cache_life, refusal_of_time
from analysis_service.records.assignments import in_force as in_force
from analysis_service.records.expectations import Expectation as Expectation
from analysis_service.records.expectations import Expectations as Expectations
from analysis_service.records.expectations import standing_at as standing_at
from analysis_service.records.homes import time_zones as time_zones
from analysis_service.records.schemas import ContactView, Patient
from analysis_service.records.sheets import SheetSigner, Signed
from analysis_service.records.tables import AssignmentRow, ContactRow, PatientRow
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

    def __init__(self, database: Database, clock: Clock, lead_seconds: float, signer: SheetSigner, care: Care) -> None:
        self.of_numbers: OfNumbers = _named_no_number
        self.of_limits: OfLimits = _prescribed_none
        self._database = database
        self._signer = signer
        self._care = care
        self._clock = clock
        self._lead_ms = round(lead_seconds * 1000)
        self._held_at: int | None = None
        self._held: dict[str, tuple[Assignment, ...]] = {}
        self._holding = asyncio.Lock()

    async def add_patient(self, name: str, who: Caller) -> Patient:
        """A new patient under a random pseudonym, whom the teams of `who` look after."""
        row = PatientRow(patient=f"p{secrets.token_hex(8)}", name=name, created_ms=self._clock())
        async with self._database.writing() as session:
            session.add(row)
            await session.flush()
            await self._care.begin(session, row.patient, who)
            about(row.patient)
        return Patient(patient=row.patient, name=row.name)

    async def require_patient(self, patient: str) -> None:
        """Raises Problem 404 where nobody has this pseudonym."""
        async with self._database.reading() as session:
            await _require_patient(session, patient)

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
        self, gateway: str, patient: str, from_ms: int | None, until_ms: int | None, saved_by: str
    ) -> Assignment:
        """`gateway` will stand with `patient`. Raises Problem where another assignment stands in its way."""
        about(patient)
        async with self._database.writing() as session:
            await _require_patient(session, patient)
            now = self._clock()
            begins = now + self._lead_ms if from_ms is None else from_ms
            self._require_time("from_ms", begins, now)
            if until_ms is not None and until_ms <= begins:
                raise Problem(INVALID, f"until_ms: expected later than {shown(begins)}, got {shown(until_ms)}")
            for other in await _assignments(session, gateway):
                if other.overlaps(begins, until_ms):
                    raise Problem(
                        CONFLICT,
                        f"from_ms: {gateway} is assigned from {shown(other.from_ms)}; end that first",
                        field="from_ms",
                    )
            row = AssignmentRow(
                id=str(uuid.uuid4()),
                gateway=gateway,
                patient=patient,
                from_ms=begins,
                until_ms=until_ms,
                saved_ms=now,
                saved_by=saved_by,
            )
            session.add(row)
        return _assignment(row)

    async def end_assignment(self, gateway: str, id: str, until_ms: int | None) -> Assignment:
        """The assignment with its end. One that has not begun cannot end before it begins."""
        async with self._database.writing() as session:
            row = await session.get(AssignmentRow, id)
            if row is None or row.gateway != gateway:
                raise Problem(NOT_FOUND, f"id: expected an assignment of {gateway}, found none", field="id")
            about(row.patient)
            now = self._clock()
            if row.until_ms is not None and row.until_ms <= now + self._lead_ms:
                raise Problem(CONFLICT, f"id: this assignment ends at {shown(row.until_ms)} already", field="id")
            ends = max(now + self._lead_ms, row.from_ms + 1) if until_ms is None else until_ms
            self._require_time("until_ms", ends, now)
            if ends <= row.from_ms:
                raise Problem(INVALID, f"until_ms: expected later than {shown(row.from_ms)}", field="until_ms")
            if row.until_ms is not None and ends > row.until_ms:
                raise Problem(CONFLICT, f"until_ms: expected {shown(row.until_ms)} or earlier", field="until_ms")
            row.until_ms = ends
        return _assignment(row)

    def _require_time(self, field: str, at: int, now: int) -> None:
        sentence = refusal_of_time(field, at, now, self._lead_ms)
        if sentence:
            raise Problem(INVALID, sentence, field=field)

    async def assignments(self, gateway: str) -> tuple[Assignment, ...]:
        """All assignments of `gateway`, oldest first."""
        async with self._database.reading() as session:
            return await _assignments(session, gateway)

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
        late = or_(AssignmentRow.until_ms.is_(None), AssignmentRow.until_ms > now - OUTLIVED_MS)
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
            return [_assignment(row) for row in rows]

    async def standing_with(self, gateway: str) -> Assignment | None:
        """The assignment of `gateway` in force now."""
        now = self._clock()
        return in_force(await self.assignments(gateway), now, now)

    async def contacts(self, patient: str) -> tuple[ContactView, ...]:
        """Whom to call about `patient`, in order."""
        async with self._database.reading() as session:
            await _require_patient(session, patient)
            query = select(ContactRow).where(ContactRow.patient == patient).order_by(ContactRow.position)
            return tuple(_contact(row) for row in await session.scalars(query))

    async def put_contacts(self, patient: str, contacts: Iterable[ContactView]) -> None:
        """Replace whom to call about `patient`."""
        async with self._database.writing() as session:
            await _require_patient(session, patient)
            await session.execute(delete(ContactRow).where(ContactRow.patient == patient))
            session.add_all(
                ContactRow(
                    patient=patient,
                    position=contact.order,
                    number=contact.number,
                    language=contact.language,
                    signals=list(contact.signals),
                )
                for contact in contacts
            )

    async def signed_sheet(self, gateway: str) -> Signed:
        """The sheet of the assignment in force now. Raises Problem 404 where there is none."""
        standing = await self.standing_with(gateway)
        if standing is None:
            raise Problem(
                NOT_FOUND, f"gateway: expected an assignment of {gateway} in force, found none", field="gateway"
            )
        contacts = await self.contacts(standing.patient)
        told = await self.of_numbers(standing.patient)
        return self._signer.sign(
            Sheet(
                gateway=gateway,
                assignment=standing.id,
                from_ms=standing.from_ms,
                until_ms=standing.until_ms,
                contacts=tuple(_called(contact, told.get(contact.number)) for contact in contacts),
                limits=await self.of_limits(standing.patient),
            )
        )


async def _require_patient(session: AsyncSession, patient: str) -> None:
    if await session.get(PatientRow, patient) is None:
        raise Problem(
            NOT_FOUND, f"patient: expected the pseudonym of a patient, found none called {patient!r}", field="patient"
        )


async def _assignments(session: AsyncSession, gateway: str) -> tuple[Assignment, ...]:
    query = select(AssignmentRow).where(AssignmentRow.gateway == gateway).order_by(AssignmentRow.from_ms)
    return tuple(_assignment(row) for row in await session.scalars(query))


def _assignment(row: AssignmentRow) -> Assignment:
    return Assignment(id=row.id, gateway=row.gateway, patient=row.patient, from_ms=row.from_ms, until_ms=row.until_ms)


def _called(contact: ContactView, told: frozenset[str] | None) -> Contact:
    """The contact as the gateway is to know them: where the patient named the number, told no more than granted."""
    signals = tuple(signal for signal in contact.signals if told is None or signal in told)
    return Contact(**contact.model_dump() | {"signals": signals})


def _contact(row: ContactRow) -> ContactView:
    return ContactView(
        number=row.number,
        language="fr" if row.language == "fr" else "en",
        order=row.position,
        signals=tuple(row.signals),
    )
