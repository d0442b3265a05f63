"""The addresses of reports: drafts for their author, versions for those who care, what is released for the patient."""

from __future__ import annotations

from fastapi import APIRouter

from analysis_service.reports import tables as tables

router = APIRouter(prefix="/api/v1/patients", tags=["reports"])
