"""Chapters about people: a report, what the patient says and grants, a panel of Grafana, and who looked at what."""

from __future__ import annotations

from simulators.walk import shown
from simulators.walk.care import API, now_ms
from simulators.walk.shown import count, field
from simulators.walk.steps import Walk

HOUR_MS = 3600 * 1000


async def report(walk: Walk, patient: str) -> None:
    """Written, signed, released, and the same document whenever it is asked for."""
    walk.chapter("A medical report")
    path = f"{API}/patients/{patient}"
    body = {
        "title": "Suivi à domicile",
        "language": "fr",
        "sections": [{"heading": "Motif", "text": "Chute dans le couloir, sans gravité."}],
        "charts": [{"vital": "heart_rate", "from_ms": now_ms() - HOUR_MS, "until_ms": now_ms()}],
    }
    draft = await walk.step(
        "doctor", "writes a draft", "POST", f"{path}/report-drafts", body=body, expect=201, shows=field("title")
    )
    one = f"{path}/report-drafts/{draft.json()['id']}"
    await walk.step("patient", "sees no draft", "GET", f"{path}/reports", shows=count("reports released"))
    signed = await walk.step(
        "doctor",
        "signs it",
        "POST",
        f"{one}/sign",
        edition=draft.headers["ETag"],
        expect=201,
        shows=field("state"),
    )
    version = f"{path}/reports/{signed.json()['report']}/versions/{signed.json()['number']}"
    await walk.step("patient", "may not read it yet", "GET", version, expect=404)
    await walk.step("doctor", "releases it", "POST", f"{version}/release", shows=field("state"))
    first = await walk.step("patient", "reads it", "GET", f"{version}/pdf", shows=shown.document)
    again = await walk.step("doctor", "reads it too", "GET", f"{version}/pdf", shows=shown.document)
    walk.wrong += first.content != again.content


async def feelings(walk: Walk, patient: str) -> None:
    """Said, read, and seen to be read."""
    walk.chapter("How the patient feels")
    path = f"{API}/patients/{patient}/feelings"
    body = {"word": "better", "text": "J'ai bien dormi."}
    said = await walk.step("patient", "says how they feel", "POST", path, body=body, expect=201, shows=field("word"))
    await walk.step("nurse", "reads it", "POST", f"{path}/{said.json()['id']}/read")
    await walk.step("patient", "sees who read it", "GET", path, shows=shown.read_by)


async def consent(walk: Walk, patient: str) -> None:
    """The heart rate and nothing else, until it is taken back."""
    walk.chapter("What the daughter may see")
    path = f"{API}/patients/{patient}"
    body = {"relative": walk.people["relative"].name, "signals": ["heart_rate"]}
    granted = await walk.step(
        "patient", "grants the heart rate", "POST", f"{path}/consents", body=body, expect=201, shows=shown.signals
    )
    code = {"code": granted.json()["invitation"]["code"]}
    await walk.step("relative", "redeems the code", "POST", f"{API}/claims", body=code, shows=field("signals"))
    await walk.step("relative", "sees the heart rate", "GET", f"{path}/vitals", shows=shown.values)
    await walk.step("relative", "asks for the saturation", "GET", f"{path}/vitals/oxygen_saturation", expect=403)
    await walk.step("relative", "asks for the general state", "GET", f"{path}/state", expect=403)
    await walk.step("relative", "asks for the dossier", "GET", path, expect=403)
    one = f"{path}/consents/{granted.json()['consent']['id']}"
    await walk.step("patient", "takes it back", "POST", f"{one}/revoke", shows=lambda _: "from the next request on")
    await walk.step("relative", "asks for the heart rate", "GET", f"{path}/vitals/heart_rate", expect=403)


async def panels(walk: Walk, patient: str) -> None:
    """What Grafana draws, with the token of who looks."""
    walk.chapter("A panel in Grafana, as each would see it")
    query, own = "/prometheus/api/v1/query", f'chevet_vital_heart_rate_per_minute_latest{{patient="{patient}"}}'
    await walk.step("doctor", "sees their own patient by name", "GET", query, query=own, shows=shown.names)
    await walk.step("sre", "may not", "GET", query, query=own, expect=400)
    await walk.step("sre", "sees the machinery", "GET", query, query="up", shows=shown.series)
    await walk.step("analyst", "is told where to go", "GET", query, query=own, expect=403)


async def record(walk: Walk, patient: str) -> None:
    """Every look stands in it, and nobody can change it unseen."""
    walk.chapter("On record")
    await walk.step("patient", "sees who looked", "GET", f"{API}/patients/{patient}/audit", shows=shown.looks)
    await walk.step("sre", "verifies the record", "GET", f"{API}/audit/verification", shows=shown.verified)
    await walk.step("sre", "would open the dossier", "GET", f"{API}/patients/{patient}", expect=403)
    await walk.step(
        "analyst", "counts alerts", "GET", f"{API}/alerts/counts", shows=lambda _: "groups of fewer than 5 are not told"
    )
    await walk.step(
        "flow_manager", "asks who they are", "GET", f"{API}/me", shows=lambda answer: ", ".join(answer.json()["roles"])
    )
