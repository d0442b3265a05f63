"""Alerts that were taken for another patient's: nobody who looks at them is told whose."""

from __future__ import annotations

from analysis_service.alerts.reattributed import Reattribution
from tests.analysis_service.carers import ANNE, BO, Carers
from tests.analysis_service.conftest import DAY, Service
from tests.analysis_service.raised import polled, post, raised
from tests.analysis_service.told import MINUTE, tell, told


async def test_whom_an_alert_was_taken_for_is_told_to_nobody(service_without_store: Service) -> None:
    service, people = service_without_store, Carers(service_without_store)
    service.clock.aside -= DAY
    wrong, right = await people.patient(ANNE), await people.patient(BO)
    await people.made(ANNE, f"/gateways/{service.gateway}/assignments", {"patient": wrong})
    service.clock.aside += DAY
    onset = service.clock() - 10 * MINUTE
    own = (await post(service, raised(service, onset)))["id"]
    seen = told(onset, kind="technical", patient=wrong, gateway=service.gateway, rule="device.silent")
    seen["annotations"]["summary"] += f", patient {wrong}"
    seen["annotations"]["dashboard_url"] += f"?var-patient={wrong}"
    assert (await tell(service, seen)).is_success

    state = service.client._transport.app.state
    given = Reattribution(state.database, state.clock).reattribute
    assert await given(service.gateway, (onset - 1, onset + 1), [wrong], right, "Dr Diallo") == 2

    for _ in range(2):
        listed = (await people.ask(BO, "GET", "/alerts")).json()
        assert {one["patient"] for one in listed} == {right}
        shown = [(await people.ask(BO, "GET", f"/alerts/{one['id']}")).json() for one in listed]
        assert all("reattributed" in [event["what"] for event in one["events"]] for one in shown)
        assert wrong not in str(shown)
        assert f"patient {right}" in str(shown)
        of_gateway = str(await polled(service, own))
        assert "reattributed" in of_gateway
        assert wrong not in of_gateway
        assert right not in of_gateway
        technical = await service.client.get("/api/v1/alerts/technical", headers=service.as_("sre"))
        assert technical.json()[0]["told"]["summary"]["en"].endswith(", patient …")
        assert wrong not in technical.text
        assert (await tell(service, seen)).is_success, "Prometheus tells it once more as before"
