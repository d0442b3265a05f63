"""Reports: their drafts, what is signed of them, and their versions; the door of this module for the others."""

from __future__ import annotations

from analysis_service.access.service import Relations
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.query.service import Upstream
from analysis_service.records.service import Dossiers
from analysis_service.reports.drafts import Drafts
from analysis_service.reports.measured import Measured, Prescribed
from analysis_service.reports.signing import Signing
from analysis_service.reports.versions import Versions


class Reports:
    """The three of them, on one database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        relations: Relations,
        dossiers: Dossiers,
        upstream: Upstream,
        prescribed: Prescribed,
    ) -> None:
        self.drafts = Drafts(database, clock)
        self.signing = Signing(database, clock, dossiers, Measured(upstream, prescribed))
        self.versions = Versions(database, clock, relations)
