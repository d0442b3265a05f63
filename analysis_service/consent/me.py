"""Who the caller is: to themselves, and to those who let them see something."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from analysis_service.access.service import Caller, Person
from analysis_service.asking import about
from analysis_service.care.service import BrokenGlass
from analysis_service.consent.service import Consents
from analysis_service.problems import FORBIDDEN, UNAUTHORIZED, UNAVAILABLE, declared
from analysis_service.records.service import Oneself, Records
from analysis_service.wire import Milliseconds
from chevet.consent import ordered
from chevet.roles import Right, Role, may

router = APIRouter(prefix="/api/v1", tags=["consent"])


class Known(BaseModel):
    """A patient, by the name of their dossier."""

    patient: str
    name: str


class Granting(Known):
    """A patient who lets the caller see something now."""

    signals: tuple[str, ...] = Field(examples=[("heart_rate", "state")])


class OpenGlass(Known):
    """A patient whom the caller looks at in an emergency, and until when they may."""

    id: str
    reason: str
    until_ms: Milliseconds


class Me(BaseModel):
    """The caller. What belongs to a role that they have not is empty, whatever is on record."""

    subject: str
    name: str
    roles: tuple[Role, ...]
    dossier: Known | None = Field(description="the patient's own, once they claimed it")
    granted: tuple[Granting, ...] = Field(description="of a relative: who lets them see what")
    glass: tuple[OpenGlass, ...] = Field(description="of those who care: the glass that they broke and that is open")


@router.get("/me", responses=declared(UNAUTHORIZED, FORBIDDEN, UNAVAILABLE))
async def me(who: Person, request: Request) -> Me:
    """Who I am, and to whom I am what."""
    state = request.app.state
    own = await _own(who, state.oneself, state.records)
    granted = await _granted(who, state.consents, state.records)
    glass = await _glass(who, state.glass, state.records)
    about(*(one.patient for one in (*own, *granted, *glass)))
    return Me(
        subject=who.subject,
        name=who.name,
        roles=tuple(sorted(who.roles)),
        dossier=next(iter(own), None),
        granted=tuple(granted),
        glass=tuple(glass),
    )


async def _own(who: Caller, oneself: Oneself, records: Records) -> list[Known]:
    if Role.PATIENT not in who.roles:
        return []
    found = await records.named(await oneself.patients(who))
    return [Known(patient=one.patient, name=one.name) for one in found]


async def _granted(who: Caller, consents: Consents, records: Records) -> list[Granting]:
    if Role.RELATIVE not in who.roles:
        return []
    signals = await consents.granted(who)
    found = await records.named(signals)
    return [Granting(patient=one.patient, name=one.name, signals=ordered(signals[one.patient])) for one in found]


async def _glass(who: Caller, glass: BrokenGlass, records: Records) -> list[OpenGlass]:
    if not may(who.roles, Right.BREAK_GLASS):
        return []
    rows = await glass.open_of(who)
    names = {one.patient: one.name for one in await records.named({row.patient for row in rows})}
    return [
        OpenGlass(patient=row.patient, name=names[row.patient], id=row.id, reason=row.reason, until_ms=row.until_ms)
        for row in rows
        if row.patient in names
    ]
