"""How tests make a dossier a patient's own: by the code that they are handed."""

from __future__ import annotations

MARIE: dict[str, object] = {"sub": "marie", "name": "Marie Lefèvre"}


async def claimed(service, account: str = "marie") -> str:
    """The pseudonym of a patient whose account it is."""
    patient = await service.patient()
    invited = await service.client.post(f"/api/v1/patients/{patient}/invitation", headers=service.as_("doctor"))
    assert invited.status_code == 201, invited.text
    code = {"code": invited.json()["code"]}
    answer = await service.client.post("/api/v1/claims", json=code, headers=service.as_("patient", sub=account))
    assert answer.is_success, answer.text
    return patient


async def join(service, subject: str, name: str) -> None:
    """Somebody is of the teams of who made the dossier."""
    teams = (await service.client.get("/api/v1/teams", headers=service.as_("doctor"))).json()
    assert teams
    for team in teams:
        body = {"subject": subject, "name": name}
        path = f"/api/v1/teams/{team['id']}/members"
        answer = await service.client.post(path, json=body, headers=service.as_("doctor"))
        assert answer.status_code == 201, answer.text
