"""The page's HTTP door: one document, its events, the phone that SMS arrive at, and the buttons."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from sse_starlette import EventSourceResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from chevet.errors import ChevetError, expected
from exporters.gateway import addresses
from provisioning.page import boards, mails, runbooks
from provisioning.page.link import Link
from provisioning.page.phone import Phone
from provisioning.page.settings import PageSettings
from provisioning.page.watch import EVERY, Watch

STATIC = Path(__file__).parent / "static"
BUTTON = "X-Chevet-Page"
"""A header that a foreign page cannot send without asking: what presses a button carries it."""

HOSTS = ("127.0.0.1", "localhost")
"""A name of another's choice may lead to loopback too: a page under it would read and press what it likes."""
LONGEST_SMS = 10_000

POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def create(settings: PageSettings) -> FastAPI:
    """The page's application."""
    link, phone = Link(addresses.split(settings.server_url.partition("//")[2])), Phone()
    watch = Watch(settings, link, phone)
    app = FastAPI(lifespan=lambda _: _running(settings, link, watch), openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)
    app.mount("/static", StaticFiles(directory=STATIC))
    _add_document(app, watch)
    _add_phone(app, phone)
    _add_papers(app, watch)
    _add_buttons(app, link, watch)
    return app


@contextlib.asynccontextmanager
async def _running(settings: PageSettings, link: Link, watch: Watch) -> AsyncIterator[None]:
    await link.restore(addresses.split(settings.link_address)[1])
    looking = asyncio.create_task(watch.run())
    yield
    looking.cancel()
    watch.hang.end()
    await link.cut()


def _add_document(app: FastAPI, watch: Watch) -> None:
    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(STATIC / "page.html", headers=POLICY)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/snapshot")
    async def snapshot() -> dict[str, Any]:
        return watch.snapshot()

    @app.get("/events")
    async def events() -> EventSourceResponse:
        return EventSourceResponse(_snapshots(watch))


async def _snapshots(watch: Watch) -> AsyncIterator[dict[str, str]]:
    while True:
        yield {"data": json.dumps(watch.snapshot(), ensure_ascii=False)}
        await asyncio.sleep(EVERY)


def _add_phone(app: FastAPI, phone: Phone) -> None:
    @app.post("/sms")
    async def sms(request: Request) -> JSONResponse:
        try:
            phone.receive(await _sent(request))
        except (ValueError, RecursionError, ChevetError) as error:
            return JSONResponse({"said": str(error)}, status_code=422)
        return JSONResponse({"said": "received"})


async def _sent(request: Request) -> object:
    """The JSON of a sender. Raises ChevetError: what is not declared as JSON a foreign page can send without asking."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json":
        raise ChevetError(expected("Content-Type", "application/json", declared), field="Content-Type")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_SMS:
            raise ChevetError(f"body: expected at most {LONGEST_SMS} bytes, got more", field="body")
    content: object = json.loads(body)
    return content


def _add_papers(app: FastAPI, watch: Watch) -> None:
    """What can be read: a mail, and the runbook that it points at."""

    @app.get("/mails/{name}")
    async def mail(name: str) -> HTMLResponse:
        found = watch.mailbox.mail(name)
        if found is None:
            return HTMLResponse("No such mail is kept.", 404, mails.POLICY)
        return HTMLResponse(mails.document(found), headers=mails.POLICY)

    @app.get("/runbooks")
    async def runbook() -> HTMLResponse:
        return HTMLResponse(runbooks.document(), headers=POLICY)

    @app.get("/boards/d/{uid}")
    async def board(request: Request, uid: str) -> HTMLResponse:
        asked = dict(request.query_params)
        return HTMLResponse(boards.document(uid, asked, watch.settings.query_url), headers=POLICY)


def _add_buttons(app: FastAPI, link: Link, watch: Watch) -> None:
    @app.post("/actions/cut-link")
    async def cut_link(request: Request) -> JSONResponse:
        return await _pressed(request, link.cut(), "The link is cut: SMS go on, readings wait at home.")

    @app.post("/actions/restore-link")
    async def restore_link(request: Request) -> JSONResponse:
        return await _pressed(request, link.restore(), "The link is back: watch what is on the way go down to nothing.")

    @app.post("/actions/service/{action}")
    async def service(request: Request, action: str) -> JSONResponse:
        return await _pressed(request, watch.tell_service(action))

    @app.post("/actions/take/{alert}")
    async def take(request: Request, alert: str) -> JSONResponse:
        return await _pressed(request, watch.take(alert))

    @app.post("/actions/homes/{gateway}/{action}/{name}")
    async def home(request: Request, gateway: str, action: str, name: str) -> JSONResponse:
        return await _pressed(request, watch.tell_home(gateway, action, name))


async def _pressed(request: Request, act: Coroutine[Any, Any, str | None], said: str = "") -> JSONResponse:
    if BUTTON not in request.headers:
        act.close()
        return JSONResponse({"said": f"{BUTTON}: expected this header, which the page's buttons send"}, status_code=403)
    try:
        return JSONResponse({"said": await act or said})
    except ChevetError as error:
        return JSONResponse({"said": str(error)}, status_code=502)
