"""A request for each route such as somebody with the right would send, about something made for it alone."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import cramjam

from analysis_service.fleet.schemas import EXAMPLE as HEARTBEAT
from chevet.remote_write import encode, series
from tests.analysis_service.rights.world import (
    DAY,
    DRAFT,
    LIMIT,
    MEASURED,
    REASON,
    SIGNALS,
    World,
    alert_of,
)
from tests.analysis_service.told import batch

_numbers = itertools.count(1)
Made = dict[str, str]
"""What stands in the address."""
Maker = Callable[[World], Awaitable[Made]]
WRITTEN = {"Content-Encoding": "snappy", "X-Chevet-Batch": "b1", "Content-Type": "application/x-protobuf"}


async def limit(world: World) -> Made:
    body = LIMIT | {"until_ms": world.service.clock() + DAY, "hours": None}
    return {"id": (await world.made("doctor", f"{world.own}/limits", body))["id"]}


async def limit_in_force(world: World) -> Made:
    """There can be but one: the one of before ends."""
    listed = (await world.ask("doctor", "GET", f"{world.own}/limits")).json()
    for old in (*listed["in_force"], *listed["to_come"]):
        path = f"{world.own}/limits/{old['id']}"
        await world.made("doctor", f"{path}/end", {"reason": "over"}, **{"If-Match": f'"{old["version"]}"'})
    one = await limit(world)
    await world.made("doctor", f"{world.own}/limits/{one['id']}/sign", None, **{"If-Match": '"1"'})
    return one


async def limit_to_sign(world: World) -> Made:
    await limit_in_force(world)
    listed = (await world.ask("doctor", "GET", f"{world.own}/limits")).json()
    (old,) = listed["in_force"]
    path = f"{world.own}/limits/{old['id']}/end"
    await world.made("doctor", path, {"reason": "over"}, **{"If-Match": f'"{old["version"]}"'})
    return await limit(world)


async def measurement(world: World) -> Made:
    body = MEASURED | {"measured_ms": world.service.clock() - next(_numbers) * 1_000}
    return {"id": (await world.made("doctor", f"{world.own}/measurements", body))["id"]}


async def consent(world: World) -> Made:
    body = {"relative": "another", "signals": SIGNALS}
    return {"id": (await world.made("own", f"{world.own}/consents", body))["consent"]["id"]}


async def feeling(world: World) -> Made:
    return {"id": (await world.made("own", f"{world.own}/feelings", {"word": "better"}))["id"]}


async def draft(world: World) -> Made:
    return {"draft": (await world.made("doctor", f"{world.own}/report-drafts", DRAFT))["id"]}


async def report(world: World) -> Made:
    one = await draft(world)
    path = f"{world.own}/report-drafts/{one['draft']}/sign"
    signed = await world.made("doctor", path, None, **{"If-Match": '"1"'})
    return {"report": signed["report"], "number": str(signed["number"])}


async def alert(world: World) -> Made:
    body = alert_of(world.service, next(_numbers)).to_dict()
    return {"id": (await world.made("gateway", "/api/v1/alerts", body))["id"]}


async def free_gateway(world: World) -> Made:
    name = f"{world.ids['gateway']}-free-{next(_numbers)}"
    await world.ask("sre", "PUT", f"/api/v1/gateways/{name}", {"mode": "push"})
    return {"gateway": name}


async def assignment(world: World) -> Made:
    free = await free_gateway(world)
    path = f"/api/v1/gateways/{free['gateway']}/assignments"
    made = await world.made("doctor", path, {"patient": world.ids["patient"]})
    return free | {"id": made["id"]}


async def correction(world: World) -> Made:
    free = await free_gateway(world)
    path = f"/api/v1/gateways/{free['gateway']}/corrections"
    return free | {"id": (await world.made("doctor", path, correction_body(world)))["id"]}


def correction_body(world: World) -> dict[str, Any]:
    """A minute of the past, in which the gateway stood with nobody else."""
    now = world.service.clock()
    return {"patient": world.ids["patient"], "from_ms": now - 60_000, "until_ms": now - 1_000, "reason": "exchanged"}


async def team(world: World) -> Made:
    return {"team": (await world.made("doctor", "/api/v1/teams", {"name": "Nuit"}))["id"]}


async def member(world: World) -> Made:
    body = {"subject": f"m{next(_numbers)}", "name": "Zoé"}
    made = await world.made("doctor", f"/api/v1/teams/{world.ids['team']}/members", body)
    return {"id": made["id"]}


async def care(world: World) -> Made:
    one = await team(world)
    body = {"patient": world.ids["patient"]}
    made = await world.made("doctor", f"/api/v1/teams/{one['team']}/patients", body)
    return one | {"id": made["id"]}


async def ward(world: World) -> Made:
    return {"ward": (await world.made("doctor", "/api/v1/wards", {"name": "Urgences"}))["id"]}


async def stay(world: World) -> Made:
    """One at a time: the one of before ends."""
    for one in (await world.ask("doctor", "GET", f"{world.own}/stays")).json():
        if one["until_ms"] is None:
            await world.made("doctor", f"{world.own}/stays/{one['id']}/end")
    return {"id": (await world.made("doctor", f"{world.own}/stays", {"ward": world.ids["ward"]}))["id"]}


async def no_stay(world: World) -> Made:
    one = await stay(world)
    await world.made("doctor", f"{world.own}/stays/{one['id']}/end")
    return {}


async def glass(world: World) -> Made:
    """Broken by a nurse of another team, who is done with the one of before."""
    for one in (await world.ask("own", "GET", f"{world.own}/break-glass")).json():
        if one["subject"] in ("nurse2", "doctor2") and one["until_ms"] > world.service.clock():
            await world.made(one["subject"], f"{world.own}/break-glass/{one['id']}/end")
    return {"id": (await world.made("nurse2", f"{world.own}/break-glass", REASON))["id"]}


async def no_glass(world: World) -> Made:
    one = await glass(world)
    await world.made("nurse2", f"{world.own}/break-glass/{one['id']}/end")
    return {}


async def patient(world: World) -> Made:
    """Whom the same people are the same to: for what ends a dossier."""
    made = await world.made("doctor", "/api/v1/patients", {"name": "Paul"})
    await world.made("glass", f"/api/v1/patients/{made['patient']}/break-glass", REASON)
    return {"patient": made["patient"]}


P, G, T, W = "/patients/{patient}", "/gateways/{gateway}", "/teams/{team}", "/wards/{ward}"
MAKERS: tuple[tuple[str, Maker], ...] = (
    (f"POST /api/v1{P}/limits/{{id}}/end", limit_in_force),
    (f"POST /api/v1{P}/limits/{{id}}/sign", limit_to_sign),
    (f"{P}/limits/{{id}}", limit),
    (f"{P}/measurements/{{id}}", measurement),
    (f"{P}/consents/{{id}}", consent),
    (f"{P}/feelings/{{id}}", feeling),
    (f"{P}/report-drafts/{{draft}}", draft),
    (f"{P}/reports/{{report}}", report),
    (f"{P}/stays/{{id}}", stay),
    (f"POST /api/v1{P}/stays", no_stay),
    (f"{P}/break-glass/{{id}}", glass),
    (f"POST /api/v1{P}/break-glass", no_glass),
    (f"POST /api/v1{P}/end", patient),
    (f"POST /api/v1{P}/invitation", patient),
    ("/alerts/{id}", alert),
    (f"{G}/assignments/{{id}}", assignment),
    (f"POST /api/v1{G}/assignments", free_gateway),
    (f"POST /api/v1{G}/corrections", free_gateway),
    (f"{G}/corrections/{{id}}", correction),
    (f"{T}/members/{{id}}", member),
    (f"{T}/patients/{{id}}", care),
    (f"POST /api/v1{T}/patients", team),
    (f"POST /api/v1{T}/end", team),
    (f"POST /api/v1{W}/end", ward),
)
FIXED = {"session": "0f3a", "vital": "heart_rate", "name": "patient", "id": "0f3a"}
BODIES: dict[str, Callable[[World], Any]] = {
    f"PUT /api/v1{P}": lambda world: {"name": "Marie"},
    f"POST /api/v1{P}/end": lambda world: {"reason": "went to live with the son"},
    "POST /api/v1/patients": lambda world: {"name": "Paul"},
    f"PUT /api/v1{P}/contacts": lambda world: {"contacts": []},
    f"POST /api/v1{G}/assignments": lambda world: {"patient": world.ids["patient"]},
    f"POST /api/v1{G}/corrections": correction_body,
    f"PUT /api/v1{G}/devices": lambda world: {"devices": {"oximeter": ["heart_rate"]}},
    f"PUT /api/v1{G}": lambda world: {"mode": "push"},
    f"POST /api/v1{G}/heartbeat": lambda world: HEARTBEAT,
    "POST /api/v1/teams": lambda world: {"name": "Jour"},
    f"PUT /api/v1{T}": lambda world: {"name": "Jour"},
    f"POST /api/v1{T}/members": lambda world: {"subject": f"m{next(_numbers)}", "name": "Zoé"},
    f"POST /api/v1{T}/patients": lambda world: {"patient": world.ids["patient"]},
    "POST /api/v1/wards": lambda world: {"name": "Urgences"},
    f"PUT /api/v1{W}": lambda world: {"name": "Cardiologie 2"},
    f"POST /api/v1{P}/stays": lambda world: {"ward": world.ids["ward"]},
    f"POST /api/v1{P}/break-glass": lambda world: REASON,
    f"POST /api/v1{P}/break-glass/{{id}}/review": lambda world: {"verdict": "justified", "note": "an emergency"},
    f"POST /api/v1{P}/observations": lambda world: {"kind": "oxygen", "value": "air"},
    f"POST /api/v1{P}/measurements": lambda world: MEASURED,
    f"POST /api/v1{P}/measurements/{{id}}/strike": lambda world: {"reason": "of the patient next door"},
    f"POST /api/v1{P}/limits": lambda world: LIMIT | {"until_ms": world.service.clock() + DAY},
    f"PUT /api/v1{P}/limits/{{id}}": lambda world: LIMIT | {"until_ms": world.service.clock() + DAY},
    f"POST /api/v1{P}/limits/{{id}}/reject": lambda world: {"reason": "not needed"},
    f"POST /api/v1{P}/limits/{{id}}/end": lambda world: {"reason": "not needed"},
    f"POST /api/v1{P}/consents": lambda world: {"relative": "Zoé", "signals": ["heart_rate"]},
    f"PUT /api/v1{P}/consents/{{id}}": lambda world: {"signals": ["heart_rate"]},
    "POST /api/v1/claims": lambda world: {"code": "7K3M-9QXR-2HTW"},
    f"POST /api/v1{P}/feelings": lambda world: {"word": "better"},
    f"POST /api/v1{P}/report-drafts": lambda world: DRAFT,
    f"PUT /api/v1{P}/report-drafts/{{draft}}": lambda world: DRAFT,
    f"POST /api/v1{P}/reports/{{report}}/versions/{{number}}/amend": lambda world: {"reason": "a word was wrong"},
    f"POST /api/v1{P}/reports/{{report}}/versions/{{number}}/recall": lambda world: {"reason": "a word was wrong"},
    "POST /api/v1/alerts": lambda world: alert_of(world.service, next(_numbers)).to_dict(),
    "POST /api/v1/alertmanager": lambda world: batch(),
    "POST /api/v1/enrolments": lambda world: {"code": "7K3M-9QXR-2HTW"},
}


SEEN = {"sre": "up"}
"""What a role may ask for: of patients, where nothing else is said."""


def parameters(path: str, actor: str) -> dict[str, str]:
    """What stands in the address of a question to Prometheus, after the path."""
    name = SEEN.get(actor, "chevet_vital_heart_rate_per_minute")
    if path.endswith("/series"):
        return {"match[]": name}
    if "/query" not in path:
        return {}
    stretch = {"start": "1900000000", "end": "1900000060", "step": "15"}
    return {"query": name} | (stretch if path.endswith("/query_range") else {})


async def made_for(world: World, route: str) -> Made:
    """What the address names, made now where it has to be new."""
    maker = next((maker for part, maker in MAKERS if route == part or (part[0] == "/" and part in route)), None)
    return FIXED | world.ids | (await maker(world) if maker else {})


def write_of(world: World, gateway: str) -> bytes:
    """What a gateway's writer sends."""
    sample = (world.service.clock(), 70.0 + next(_numbers))
    body = series("chevet_vital_heart_rate_per_minute", {"gateway": gateway, "device": "d1"}, sample)
    return bytes(cramjam.snappy.compress_raw(encode([body])))
