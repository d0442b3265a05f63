"""The service put together: its parts, their order, and the routes of each module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from analysis_service import answers, health, migrations
from analysis_service.access.keys import KeyRing
from analysis_service.access.service import Access
from analysis_service.clock import Clock, system_clock
from analysis_service.database import Database
from analysis_service.ingest import routes as ingest_routes
from analysis_service.ingest.quarantine import Quarantine
from analysis_service.ingest.service import Ingest
from analysis_service.ingest.store import Store
from analysis_service.records import routes as records_routes
from analysis_service.records.service import Records
from analysis_service.records.sheets import SheetSigner
from analysis_service.settings import Settings
from analysis_service.telemetry import Telemetry

ROUTERS = (health.router, ingest_routes.router, records_routes.router)


def create_app(settings: Settings, clock: Clock = system_clock) -> FastAPI:
    """The application. Its parts begin with its lifespan; the database is brought to the newest schema first."""
    app = FastAPI(
        title="Chevet",
        version="1",
        description="Guards what gateways send, keeps records, registers alerts.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.clock = clock
    answers.install(app, settings.compressed_bytes)
    for router in ROUTERS:
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    await migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    async with httpx2.AsyncClient(timeout=settings.store_timeout_seconds) as client:
        try:
            _put_together(app, settings, database, client)
            yield
        finally:
            await database.close()


def _put_together(app: FastAPI, settings: Settings, database: Database, client: httpx2.AsyncClient) -> None:
    state, clock = app.state, app.state.clock
    signer = SheetSigner(settings.sheet_signing_key_file)
    state.database = database
    state.telemetry = Telemetry()
    state.store = Store(client, settings.remote_write_url, settings.query_url)
    state.access = Access(
        KeyRing(settings.jwks_url, client, clock), settings.token_issuer, settings.token_audience, clock
    )
    state.records = Records(database, clock, settings.assignment_lead_seconds, signer)
    state.ingest = Ingest(settings, clock, state.records, state.store, Quarantine(database, clock), state.telemetry)
