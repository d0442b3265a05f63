"""The addresses of consent: codes for people to join by, and what a patient lets whom see."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from analysis_service.access.service import ConsentGiverFor, ConsentReaderFor, PatientInviterFor, Person
from analysis_service.consent.schemas import (
    Claim,
    Claimed,
    ConsentView,
    GrantedConsent,
    Invitation,
    NewConsent,
    NewSignals,
)
from analysis_service.consent.service import Claims, Consents
from analysis_service.editions import EDITED, Edition, mark
from analysis_service.problems import (
    CONFLICT,
    FORBIDDEN,
    GONE,
    INVALID,
    NOT_FOUND,
    TOO_MANY,
    UNAUTHORIZED,
    UNAVAILABLE,
    declared,
)
from analysis_service.wire import Name, PatientName

router = APIRouter(prefix="/api/v1", tags=["consent"])
USUAL = (UNAUTHORIZED, FORBIDDEN, NOT_FOUND, INVALID, UNAVAILABLE)


def _consents(request: Request) -> Consents:
    consents: Consents = request.app.state.consents
    return consents


def _claims(request: Request) -> Claims:
    claims: Claims = request.app.state.claims
    return claims


Granted = Annotated[Consents, Depends(_consents)]
Codes = Annotated[Claims, Depends(_claims)]


@router.post("/patients/{patient}/invitation", status_code=201, responses=declared(*USUAL, CONFLICT))
async def invite(who: PatientInviterFor, codes: Codes, patient: PatientName) -> Invitation:
    """A code by which the patient takes their own dossier, once. An older one that nobody used is good no more."""
    return await codes.invite(patient, who)


@router.post("/claims", responses=declared(*USUAL, CONFLICT, GONE, TOO_MANY))
async def claim(who: Person, codes: Codes, body: Claim) -> Claimed:
    """Redeem a code: a patient takes their dossier, a relative what a patient lets them see."""
    return await codes.claim(body.code, who)


@router.post("/patients/{patient}/consents", status_code=201, responses=declared(*USUAL))
async def grant(
    who: ConsentGiverFor, consents: Granted, patient: PatientName, body: NewConsent, response: Response
) -> GrantedConsent:
    """Let a relative see something. They redeem the code; where a number is named, SMS say as much from now on."""
    made = await consents.grant(patient, body, who)
    mark(response, made.consent.version)
    return made


@router.get("/patients/{patient}/consents", responses=declared(*USUAL))
async def consents(who: ConsentReaderFor, consents: Granted, patient: PatientName) -> list[ConsentView]:
    """All that the patient ever granted, from when until when, the newest first."""
    return await consents.listed(patient)


@router.get("/patients/{patient}/consents/{id}", responses=declared(*USUAL))
async def consent(
    who: ConsentReaderFor, consents: Granted, patient: PatientName, id: Name, response: Response
) -> ConsentView:
    """One consent, and its history."""
    found = await consents.one(patient, id)
    mark(response, found.version)
    return found


@router.put("/patients/{patient}/consents/{id}", responses=declared(*USUAL, GONE, *EDITED))
async def change(
    who: ConsentGiverFor,
    consents: Granted,
    patient: PatientName,
    id: Name,
    body: NewSignals,
    edition: Edition,
    response: Response,
) -> ConsentView:
    """What the relative may see from the next request on, in place of what they could."""
    changed = await consents.change(patient, id, edition, body.signals, who)
    mark(response, changed.version)
    return changed


@router.post("/patients/{patient}/consents/{id}/revoke", responses=declared(*USUAL))
async def revoke(
    who: ConsentGiverFor, consents: Granted, patient: PatientName, id: Name, response: Response
) -> ConsentView:
    """Nothing is seen by it from the next request on. It asks for no If-Match: who withdraws need not look again."""
    revoked = await consents.revoke(patient, id, who)
    mark(response, revoked.version)
    return revoked
