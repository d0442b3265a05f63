"""What lists and addresses without a patient in them show to those who care: what is about their own, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from chevet.severities import Kind
from tests.analysis_service.carers import ANNE, BO, NURSE, Carers
from tests.analysis_service.conftest import DAY, Service
from tests.analysis_service.raised import post, raised
from tests.analysis_service.told import MINUTE, tell, told

REASON = {"reason": "found unconscious in the lift"}


class Wards(Carers):
    """A patient of each doctor's, each with a gateway, and alerts about both, about neither, and about us."""

    own: str
    foreign: str
    gateways: tuple[str, str]
    alerts: dict[str, str]

    async def settle(self) -> None:
        service = self.service
        service.clock.aside -= DAY
        self.own, self.foreign = await self.patient(ANNE), await self.patient(BO)
        self.gateways = (f"{service.gateway}-a", f"{service.gateway}-b")
        self.alerts = {}
        for who, patient, gateway in zip((ANNE, BO), (self.own, self.foreign), self.gateways, strict=True):
            await self.made(who, f"/gateways/{gateway}/assignments", {"patient": patient})
        service.clock.aside += DAY
        for gateway in self.gateways:
            service.gateway = gateway
            sre = service.as_("sre")
            put = await service.client.put(f"/api/v1/gateways/{gateway}", json={"mode": "push"}, headers=sre)
            assert put.is_success, put.text
            now = service.clock()
            for name, onset, kind in (
                ("clinical", now - 5 * MINUTE, Kind.CLINICAL),
                ("technical", now - 4 * MINUTE, Kind.TECHNICAL),
                ("nobody's", now - 2 * DAY, Kind.TECHNICAL),
            ):
                alert = raised(service, onset, device=name, kind=kind)
                await post(service, alert)
                self.alerts[f"{name} of {gateway[-1]}"] = alert.id
        await tell(service, told(service.clock() - MINUTE, kind="technical", gateway="", alertname="ChevetPrometheus"))

    async def listed(self, who: dict[str, str], path: str = "/alerts") -> set[str]:
        """The names of the alerts that somebody is shown."""
        answer = await self.ask(who, "GET", path)
        assert answer.status_code == 200, answer.text
        names = {id: name for name, id in self.alerts.items()}
        return {names.get(one["id"], "ours") for one in answer.json()}


@pytest.fixture
async def wards(service_without_store: Service) -> Wards:
    made = Wards(service_without_store)
    await made.settle()
    return made


async def test_alerts_are_those_of_ones_patients_and_of_the_gateways_beside_them(wards: Wards) -> None:
    of_anne = {"clinical of a", "technical of a", "nobody's of a"}
    assert await wards.listed(ANNE) == of_anne
    assert await wards.listed(BO) == {name.replace("of a", "of b") for name in of_anne}
    assert await wards.listed(NURSE) == set()
    assert await wards.listed(ANNE, f"/alerts?gateway={wards.gateways[1]}") == set()
    assert await wards.listed(ANNE, "/alerts?limit=2&open=true") == {"clinical of a", "technical of a"}
    assert await wards.listed(ANNE, "/alerts/technical") == of_anne - {"clinical of a"}


async def test_technical_alerts_are_told_to_those_who_care_with_whose_they_are_and_to_an_sre_without(
    wards: Wards,
) -> None:
    rows = (await wards.ask(ANNE, "GET", "/alerts/technical")).json()
    assert {row["patient"] for row in rows} == {wards.own, None}
    answer = await wards.service.client.get("/api/v1/alerts/technical", headers=wards.service.as_("sre"))
    everything: list[dict[str, Any]] = answer.json()
    assert len(everything) == 5
    assert wards.own not in answer.text
    assert wards.foreign not in answer.text


async def test_an_alert_about_anothers_patient_is_neither_read_nor_taken(wards: Wards) -> None:
    for name in ("clinical of b", "technical of b", "nobody's of b"):
        for method, path in (("GET", ""), ("POST", "/take")):
            sentence = await wards.refused(403, ANNE, method, f"/alerts/{wards.alerts[name]}{path}")
            assert sentence == "id: expected an alert about a patient in your care, got another"
    detail = (await wards.ask(BO, "GET", f"/alerts/{wards.alerts['clinical of b']}")).json()
    assert (detail["taken_by"], detail["patient"]) == (None, wards.foreign)
    for name in ("clinical of a", "nobody's of a"):
        assert (await wards.made(ANNE, f"/alerts/{wards.alerts[name]}/take"))["taken_by"] == "Dr Anne"


async def test_broken_glass_opens_the_alerts_of_that_patient_too_and_says_so(wards: Wards) -> None:
    await wards.made(NURSE, f"/patients/{wards.own}/break-glass", REASON)
    assert await wards.listed(NURSE) == {"clinical of a", "technical of a", "nobody's of a"}
    for path in ("/alerts", f"/alerts/{wards.alerts['clinical of a']}"):
        assert "X-Chevet-Break-Glass" in (await wards.ask(NURSE, "GET", path)).headers
    assert "X-Chevet-Break-Glass" not in (await wards.ask(ANNE, "GET", "/alerts")).headers


async def test_gateways_are_those_beside_ones_patients_and_all_for_an_sre(wards: Wards) -> None:
    mine, others = wards.gateways
    shown = [one["gateway"] for one in (await wards.ask(ANNE, "GET", "/gateways")).json()]
    assert shown == [mine]
    assert (await wards.ask(NURSE, "GET", "/gateways")).json() == []
    assert (await wards.ask(ANNE, "GET", f"/gateways/{mine}")).json()["gateway"] == mine
    assert "beside a patient in your care" in await wards.refused(403, ANNE, "GET", f"/gateways/{others}")
    await wards.refused(404, ANNE, "GET", "/gateways/none")
    await wards.made(NURSE, f"/patients/{wards.own}/break-glass", REASON)
    for path in ("/gateways", f"/gateways/{mine}"):
        assert "X-Chevet-Break-Glass" in (await wards.ask(NURSE, "GET", path)).headers, (
            "it is about whom it stands with"
        )
    every = await wards.service.client.get("/api/v1/gateways", headers=wards.service.as_("sre"))
    assert "X-Chevet-Break-Glass" not in every.headers
    assert [one["gateway"] for one in every.json()] == [mine, others]


async def test_a_gateway_that_goes_on_to_another_patient_goes_with_them(wards: Wards) -> None:
    (mine, _), service = wards.gateways, wards.service
    (standing,) = (await wards.ask(ANNE, "GET", f"/gateways/{mine}/assignments")).json()
    path = f"/gateways/{mine}/assignments/{standing['id']}/end"
    assert (await wards.ask(ANNE, "POST", path, {}, standing["version"])).is_success
    service.clock.aside += MINUTE
    await wards.made(BO, f"/gateways/{mine}/assignments", {"patient": wards.foreign})
    service.clock.aside += MINUTE
    assert (await wards.ask(ANNE, "GET", "/gateways")).json() == []
    assert [one["gateway"] for one in (await wards.ask(BO, "GET", "/gateways")).json()] == list(wards.gateways)
    assert await wards.listed(ANNE) == {"clinical of a", "technical of a"}, "what was about her patient stays hers"
