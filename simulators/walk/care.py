"""Chapters about care: a dossier and its gateway, a limit, an emergency, the bedside."""

from __future__ import annotations

import time
from typing import Any

from simulators.walk import shown
from simulators.walk.shown import count, field
from simulators.walk.steps import Walk

API = "/api/v1"
GATEWAY = "g03"
DAY_MS = 24 * 3600 * 1000
REASON = "fell in the corridor and does not answer"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def dossier(walk: Walk) -> str:
    """The patient's own, made and claimed where there is none: its pseudonym."""
    walk.chapter("A dossier, a team and a gateway")
    me = await walk.step("patient", "asks who they are", "GET", f"{API}/me", shows=shown.whose)
    if me.json()["dossier"]:
        return str(me.json()["dossier"]["patient"])
    content = {"name": walk.people["patient"].name, "birth_date": "1951-03-14", "language": "fr"}
    made = await walk.step(
        "doctor", "creates a dossier", "POST", f"{API}/patients", body=content, expect=201, shows=field("patient")
    )
    patient = str(made.json()["patient"])
    path = f"{API}/patients/{patient}"
    code = await walk.step(
        "doctor", "hands the patient a code", "POST", f"{path}/invitation", expect=201, shows=lambda _: "a code, once"
    )
    claim = {"code": code.json()["code"]}
    await walk.step("patient", "takes the dossier with it", "POST", f"{API}/claims", body=claim, shows=field("what"))
    await walk.step("relative", "tries the same code", "POST", f"{API}/claims", body=claim, expect=410)
    return patient


async def team(walk: Walk, patient: str) -> str:
    """A team of the doctor alone looks after the patient from now on: its id."""
    path = f"{API}/patients/{patient}/teams"
    standing = (
        await walk.step("doctor", "asks who cares", "GET", path, shows=count("teams, of now and before"))
    ).json()
    now = [one for one in standing if one["until_ms"] is None]
    own = next((one["team"] for one in now if one["name"].startswith("Équipe de ")), None)
    if own is None:
        body = {"name": f"Équipe de {walk.people['patient'].name}"}
        made = await walk.step(
            "doctor", "founds a team", "POST", f"{API}/teams", body=body, expect=201, shows=field("name")
        )
        own = made.json()["id"]
        handed = {"patient": patient}
        await walk.step(
            "doctor", "hands the patient over to it", "POST", f"{API}/teams/{own}/patients", body=handed, expect=201
        )
    for one in now:
        if one["team"] != own:
            ending = f"{API}/teams/{one['team']}/patients/{one['id']}/end"
            await walk.step("doctor", f"relieves the team {one['name']}", "POST", ending)
    return str(own)


async def gateway(walk: Walk, patient: str) -> None:
    """A box that stands with nobody, then with the patient."""
    await walk.step(
        "sre", f"registers the gateway {GATEWAY}", "PUT", f"{API}/gateways/{GATEWAY}", body={"mode": "push"}
    )
    free = await walk.step(
        "doctor", "looks for a gateway", "GET", f"{API}/gateways/unassigned", shows=count("stand with nobody")
    )
    if GATEWAY not in [one["gateway"] for one in free.json()]:
        return
    body = {"patient": patient}
    path = f"{API}/gateways/{GATEWAY}/assignments"
    await walk.step(
        "doctor", "gives it to the patient", "POST", path, body=body, expect=201, shows=lambda _: "in half a minute"
    )


async def limit(walk: Walk, patient: str) -> None:
    """One of their own, proposed by one person and signed by another who may."""
    walk.chapter("A limit of the patient's own")
    path = f"{API}/patients/{patient}/limits"
    listed = (await walk.step("doctor", "sees what is prescribed", "GET", path, shows=shown.prescribed)).json()
    for old in (*listed["in_force"], *listed["to_come"]):
        found = await walk.step("doctor", "opens the old one", "GET", f"{path}/{old['id']}")
        why, edition = {"reason": "replaced"}, found.headers["ETag"]
        await walk.step("doctor", "ends it", "POST", f"{path}/{old['id']}/end", body=why, edition=edition)
    body: dict[str, Any] = {"vital": "oxygen_saturation", "side": "low", "severity": "high", "value": 84.0}
    body |= {"until_ms": now_ms() + 90 * DAY_MS, "reason": "COPD with a target of 88 to 92 %"}
    made = await walk.step(
        "doctor", "proposes SpO2 below 84 % as high", "POST", path, body=body, expect=201, shows=field("state")
    )
    one = f"{path}/{made.json()['id']}"
    await walk.step("nurse", "would sign it", "POST", f"{one}/sign", edition=made.headers["ETag"], expect=403)
    await walk.step(
        "doctor", "signs it, having seen an older edition", "POST", f"{one}/sign", edition='"99"', expect=412
    )
    await walk.step("doctor", "signs it", "POST", f"{one}/sign", edition=made.headers["ETag"], shows=field("state"))


async def emergency(walk: Walk, patient: str, own: str) -> None:
    """A nurse who does not care for the patient, until it matters."""
    walk.chapter("An emergency, and a nurse of another team")
    members = f"{API}/teams/{own}/members"
    nurse = (await walk.people["nurse"].ask("GET", f"{API}/me")).json()["subject"]
    for one in (await walk.step("doctor", "asks who is of the team", "GET", members, shows=count("people"))).json():
        if one["subject"] == nurse and one["until_ms"] is None:
            await walk.step("doctor", "lets the nurse go", "POST", f"{members}/{one['id']}/end")
    path, why = f"{API}/patients/{patient}", {"reason": REASON}
    await walk.step("nurse", "opens the dossier", "GET", path, expect=403)
    broken = await walk.step(
        "nurse",
        "breaks the glass",
        "POST",
        f"{path}/break-glass",
        body=why,
        expect=201,
        shows=shown.until,
    )
    await walk.step(
        "nurse",
        "opens the dossier",
        "GET",
        path,
        shows=shown.banner,
    )
    await walk.step(
        "patient",
        "is told who looked, and why",
        "GET",
        f"{path}/break-glass",
        shows=lambda answer: answer.json()[0]["reason"],
    )
    one = f"{path}/break-glass/{broken.json()['id']}"
    await walk.step("nurse", "is done", "POST", f"{one}/end")
    body = {"verdict": "justified", "note": "she had fallen"}
    await walk.step("doctor", "reviews it", "POST", f"{one}/review", body=body, shows=field("verdict"))
    await walk.step("nurse", "opens the dossier again", "GET", path, expect=403)
    joins = {"subject": nurse, "name": walk.people["nurse"].name}
    await walk.step("doctor", "takes the nurse into the team", "POST", members, body=joins, expect=201)


async def bedside(walk: Walk, patient: str) -> None:
    """What only people see."""
    walk.chapter("At the bedside")
    path = f"{API}/patients/{patient}"
    for kind, value in (("oxygen", "air"), ("consciousness", "A")):
        body = {"kind": kind, "value": value}
        await walk.step("nurse", f"enters {kind}: {value}", "POST", f"{path}/observations", body=body, expect=201)
    values = [("heart_rate", 76.0), ("oxygen_saturation", 95.0)]
    taken = {"values": [{"vital": vital, "value": value} for vital, value in values], "method": "counted, and a clip"}
    await walk.step(
        "nurse",
        "enters a pulse and a saturation",
        "POST",
        f"{path}/measurements",
        body=taken,
        expect=201,
        shows=shown.sent,
    )
    wrong = {"values": [{"vital": "heart_rate", "value": 760.0}]}
    await walk.step("nurse", "types one 0 too many", "POST", f"{path}/measurements", body=wrong, expect=422)
