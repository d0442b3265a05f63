"""The inputs of a version: everything that its document says, as one text that is the same for the same content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from analysis_service.access.service import Caller
from analysis_service.reports.measured import offsets_of
from analysis_service.reports.tables import DraftRow
from chevet.roles import Role

FORMAT = 1
_WRITERS = (Role.DOCTOR, Role.NURSE)


class Dossier(Protocol):
    """Whom a report is about, as their dossier says it at that time."""

    patient: str
    name: str
    birth_date: str | None
    record_number: str | None
    time_zone: str


def canonical(content: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no blanks, and every letter as itself."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def inputs_of(
    draft: DraftRow, report: str, dossier: Dossier, who: Caller, charts: Sequence[Mapping[str, Any]], now: int
) -> dict[str, Any]:
    """What `who` signs at `now`. `charts` are what was measured."""
    zone = ZoneInfo(dossier.time_zone)
    return {
        "v": FORMAT,
        "report": report,
        "number": (draft.amends or 0) + 1,
        "amends": draft.amends,
        "reason": draft.reason,
        "patient": {
            "patient": dossier.patient,
            "name": dossier.name,
            "birth_date": dossier.birth_date,
            "record_number": dossier.record_number,
        },
        "author": {
            "subject": who.subject,
            "name": who.name,
            "role": next(role.value for role in _WRITERS if role in who.roles),
        },
        "signed_ms": now,
        "time_zone": dossier.time_zone,
        "offsets": offsets_of(zone, now, now),
        "language": draft.language,
        "title": draft.title,
        "sections": draft.sections,
        "charts": list(charts),
    }
