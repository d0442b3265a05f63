"""How tests prescribe: a proposal, a signature, and what the two lists say."""

from __future__ import annotations

from typing import Any

DAY = 86_400_000
BODY = {
    "vital": "oxygen_saturation",
    "side": "low",
    "severity": "high",
    "value": 84,
    "reason": "COPD, target 88 to 92 %",
}
NURSE, DOCTOR = "Nadia Benali", "Dr Marc Roux"


def named(service, role: str = "doctor", **claims: object) -> dict[str, str]:
    return service.as_(role, **({"name": DOCTOR if role == "doctor" else NURSE} | claims))


def path(patient: str, *more: str) -> str:
    return "/".join((f"/api/v1/patients/{patient}/limits", *more))


async def propose(service, patient: str, role: str = "nurse", **changed: object):
    body = BODY | {"until_ms": service.clock() + 30 * DAY} | changed
    return await service.client.post(path(patient), json=body, headers=named(service, role))


async def act(service, view: dict[str, Any], what: str, role: str = "doctor", *, sub: str = "somebody", **body: object):
    headers = named(service, role, sub=sub) | {"If-Match": f'"{view["version"]}"'}
    content = {"json": body} if body else {}
    return await service.client.post(path(view["patient"], view["id"], what), headers=headers, **content)


async def prescribed(service, patient: str, **changed: object) -> dict[str, Any]:
    """A limit that a nurse proposed and a doctor signed."""
    proposal = await propose(service, patient, **changed)
    assert proposal.status_code == 201, proposal.text
    signed = await act(service, proposal.json(), "sign")
    assert signed.status_code == 200, signed.text
    return signed.json()


async def limits_of(service, patient: str, role: str = "doctor") -> dict[str, Any]:
    answer = await service.client.get(path(patient), headers=named(service, role))
    assert answer.status_code == 200, answer.text
    return answer.json()
