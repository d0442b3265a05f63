"""Whom to call about a patient: the newest edition in rows of its own, all of them in the history."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.records.history import Author, What, save
from analysis_service.records.schemas import ContactView
from analysis_service.records.tables import ContactRow


async def contacts_of(session: AsyncSession, patient: str) -> tuple[ContactView, ...]:
    """Whom to call about `patient`, in order."""
    query = select(ContactRow).where(ContactRow.patient == patient).order_by(ContactRow.position)
    return tuple(_contact(row) for row in await session.scalars(query))


async def put_contacts(
    session: AsyncSession, patient: str, contacts: Sequence[ContactView], edition: int, by: Author, now: int
) -> int:
    """Replace whom to call about `patient`; the new edition. Raises Problem 412."""
    content = {"contacts": [one.model_dump(mode="json") for one in contacts]}
    saved = await save(session, What.CONTACTS, patient, content, by, now, edition)
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
    return saved


def _contact(row: ContactRow) -> ContactView:
    return ContactView(
        number=row.number,
        language="fr" if row.language == "fr" else "en",
        order=row.position,
        signals=tuple(row.signals),
    )
