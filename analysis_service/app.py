"""The service put together: its parts, their order, and the routes of each module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import httpx2
from fastapi import FastAPI
from starlette.datastructures import State
from starlette.routing import BaseRoute

from analysis_service import answers, description, health, traces
from analysis_service.access import routes as access_routes
from analysis_service.access.keys import KeyRing
from analysis_service.access.service import Access, Relations, doorkeeper, require_whole, signing_in
from analysis_service.alerts import alertmanager_routes, per_day_routes
from analysis_service.alerts import routes as alerts_routes
from analysis_service.alerts.alertmanager import Alertmanager
from analysis_service.alerts.counted import AlertCounts
from analysis_service.alerts.per_day import AlertsPerDay
from analysis_service.alerts.reattributed import Reattribution
from analysis_service.alerts.service import Alerts, PatientAlerts
from analysis_service.audit import routes as audit_routes
from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.doors import Audited
from analysis_service.audit.service import Audit, key_of
from analysis_service.bodies import Legible
from analysis_service.care import glass_routes, ward_routes
from analysis_service.care import routes as care_routes
from analysis_service.care.service import BrokenGlass, Care, HandingOver, Members, Stays, Teams, Wards
from analysis_service.clock import Clock, system_clock
from analysis_service.consent import me
from analysis_service.consent import routes as consent_routes
from analysis_service.consent.service import Claims, Consents
from analysis_service.corrections import routes as corrections_routes
from analysis_service.corrections.service import Corrections
from analysis_service.corrections.steps import Steps
from analysis_service.database import Database
from analysis_service.feelings import routes as feelings_routes
from analysis_service.feelings.service import Feelings
from analysis_service.figures import Figures
from analysis_service.fleet import enrolment_routes
from analysis_service.fleet import routes as fleet_routes
from analysis_service.fleet.service import Enrolments, Fleet, enroller_of
from analysis_service.headers import headers_for
from analysis_service.ingest import routes as ingest_routes
from analysis_service.ingest.quarantine import Quarantine
from analysis_service.ingest.restamping import Restamping
from analysis_service.ingest.service import Ingest
from analysis_service.ingest.store import Store, session
from analysis_service.ingest.stored import Stored
from analysis_service.lane import Lane
from analysis_service.limits import routes as limits_routes
from analysis_service.limits.service import Limits
from analysis_service.measurements import routes as measurements_routes
from analysis_service.measurements.service import Measurements
from analysis_service.observations import routes as observations_routes
from analysis_service.observations.service import Observations
from analysis_service.operations import routes as operations_routes
from analysis_service.operations.export import Exports
from analysis_service.problems import INVALID, TOO_LARGE, TOO_MANY, declared
from analysis_service.query import routes as query_routes
from analysis_service.query.service import Query
from analysis_service.query.upstream import Upstream
from analysis_service.records import gateway_routes as records_gateway_routes
from analysis_service.records import routes as records_routes
from analysis_service.records.service import Dossiers, Expectations, Oneself, Records
from analysis_service.records.sheets import SheetSigner
from analysis_service.reports import routes as reports_routes
from analysis_service.reports.service import Reports
from analysis_service.settings import Settings
from analysis_service.telemetry import Telemetry
from analysis_service.values import routes as values_routes
from analysis_service.values.service import PatientSeries, Values
from chevet.roles import Reach

ROUTERS = (
    health.router,
    ingest_routes.router,
    records_routes.router,
    records_gateway_routes.router,
    corrections_routes.router,
    care_routes.router,
    ward_routes.router,
    glass_routes.router,
    per_day_routes.router,
    alerts_routes.router,
    alertmanager_routes.router,
    observations_routes.router,
    limits_routes.router,
    measurements_routes.router,
    consent_routes.router,
    me.router,
    values_routes.router,
    feelings_routes.router,
    reports_routes.router,
    fleet_routes.router,
    enrolment_routes.router,
    query_routes.router,
    audit_routes.router,
    access_routes.router,
    operations_routes.router,
)


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """All of them, put together once: FastAPI makes each anew for every application that includes it."""
    whole = FastAPI(openapi_url=None, generate_unique_id_function=description.operation_id)
    for router in ROUTERS:
        whole.include_router(router, responses=declared(INVALID, TOO_LARGE, TOO_MANY))
    return tuple(whole.router.routes)


def create_app(settings: Settings, clock: Clock = system_clock) -> FastAPI:
    """The application, for a database that has the newest schema. Raises BadSettings."""
    provider = traces.provider_for(settings.traces_url)
    app = FastAPI(
        title="Chevet",
        version="1",
        description="Guards what gateways send, keeps records, registers alerts.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=description.operation_id,
        telemetry=traces.of_requests(provider),
    )
    app.state.traced = provider
    app.state.settings = settings
    app.state.clock = clock
    app.state.signer = SheetSigner(settings.sheet_signing_key_file)
    app.state.audit_key = key_of(settings)
    AnchorFile(settings.audit_anchor_file).require_room()
    require_whole(settings)
    enroller_of(settings)
    app.add_middleware(Legible, piecewise=(alertmanager_routes.router.prefix,))
    app.add_middleware(Audited)
    app.add_middleware(Lane, route=ingest_routes.WRITE)
    answers.install(app, settings.compressed_bytes, headers_for(settings.public_url))
    app.router.routes.extend(_routes())
    description.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database = Database(settings.database)
    traces.of_statements(database.engine, app.state.traced)
    async with (
        traces.client(app.state.traced, settings.store_timeout_seconds) as client,
        session(settings.store_timeout_seconds, traces.of_session(app.state.traced)) as to_store,
    ):
        try:
            app.state.store = Store(to_store, settings.remote_write_url, settings.query_url)
            _put_together(app, settings, database, client)
            async with (
                app.state.audit.running(),
                app.state.measurements.sending.running(),
                app.state.corrections.running(),
            ):
                yield
        finally:
            await database.close()
            await traces.told(app.state.traced)


def _put_together(app: FastAPI, settings: Settings, database: Database, client: httpx2.AsyncClient) -> None:
    state, clock = app.state, app.state.clock
    state.database = database
    state.audit = Audit(database, clock, state.audit_key, AnchorFile(settings.audit_anchor_file))
    database.recording = state.audit.entries.with_change
    state.telemetry = Telemetry()
    state.upstream = Upstream(client, settings.query_url)
    keys = KeyRing(settings.jwks_url, client, clock)
    state.access = Access(keys, settings.token_issuer, settings.token_audience, clock)
    state.doorkeeper = doorkeeper(settings)
    state.signing_in = signing_in(settings, database, clock, state.access, keys)
    _know_who_is_what(state, settings, database)
    _keep_records(state, settings, database)
    _move_series(state, settings, database, client)


def _know_who_is_what(state: State, settings: Settings, database: Database) -> None:
    """Who cares for whom, whose dossier it is, and who was granted what."""
    clock = state.clock
    state.care, state.glass = Care(database, clock), BrokenGlass(database, clock)
    state.wards, state.stays = Wards(database, clock), Stays(database, clock)
    state.teams, state.members = Teams(database, clock), Members(database, clock)
    state.handing_over = HandingOver(database, clock)
    state.records = Records(database, clock, settings.assignment_lead_seconds, state.signer)
    state.dossiers = Dossiers(database, clock, state.care, state.records.assigning)
    state.consents, state.oneself = Consents(database, clock), Oneself(database)
    state.claims = Claims(database, clock, state.oneself)
    state.records.of_numbers = state.consents.of_numbers
    state.relations = Relations(
        {Reach.CARE: state.care, Reach.OWN: state.oneself, Reach.GRANTED: state.consents}, state.records.require_patient
    )


def _keep_records(state: State, settings: Settings, database: Database) -> None:
    """What people enter and read."""
    clock = state.clock
    state.expectations = Expectations(database, clock)
    state.limits = Limits(database, clock)
    state.records.of_limits = state.limits.for_sheet
    state.observations = Observations(database, clock, state.records, state.limits)
    state.feelings = Feelings(database, clock, state.relations)
    state.alerts = Alerts(database, clock, state.records, state.telemetry)
    state.alert_counts = AlertCounts(database)
    state.alerts_per_day = AlertsPerDay(database, clock)
    state.alertmanager = Alertmanager(database, clock, state.records, state.telemetry)
    state.fleet = Fleet(database, clock, state.records)
    state.enrolments = Enrolments(database, clock, enroller_of(settings))
    state.query = Query(state.upstream, state.records, state.relations, clock)
    state.exports = Exports(database, state.upstream, clock)
    state.values = Values(
        PatientSeries(state.upstream, clock),
        state.relations,
        state.consents,
        PatientAlerts(database),
        state.expectations,
        clock,
    )
    state.reports = Reports(database, clock, state.relations, state.dossiers, state.upstream, state.limits.signed)
    state.figures = Figures(state)


def _move_series(state: State, settings: Settings, database: Database, client: httpx2.AsyncClient) -> None:
    """What goes to Prometheus, and what puts it right there."""
    clock = state.clock
    quarantine = Quarantine(database, clock, settings.quarantine_bytes_per_gateway)
    state.restamping = Restamping(state.store, Stored(client, settings.query_url), quarantine)
    reattribute = Reattribution(database, clock).reattribute
    steps = Steps(database, clock, state.records, reattribute, state.restamping)
    state.corrections = Corrections(database, clock, steps)
    state.ingest = Ingest(
        settings,
        clock,
        state.records,
        state.expectations,
        state.store,
        quarantine,
        state.fleet,
        state.telemetry,
    )
    state.measurements = Measurements(database, clock, state.ingest)
