"""Who takes an alert that several see has all of it, until it is worse than they knew, or another begins."""

from __future__ import annotations

from chevet.severities import Severity
from tests.analysis_service.raised import polled, post, raised, take
from tests.analysis_service.told import MINUTE, alerts, tell, told


async def test_what_is_taken_by_any_of_its_ids_is_taken(service_without_store) -> None:
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    onset = service.clock() - 10 * MINUTE
    own = await post(service, raised(service, onset))
    await tell(service, told(onset + MINUTE, patient=patient))
    [row] = await alerts(service)
    other = next(one["id"] for one in row["observations"] if one["source"] == "prometheus")
    assert (await take(service, other)).json()["id"] == own["id"]
    assert (await polled(service, own["id"]))["taken_by"] == "Zoé Martin"
    assert (await take(service, own["id"], "Ada Roux")).status_code == 409
    assert (await take(service, other)).status_code == 200


async def test_a_high_one_that_joins_a_medium_one_raises_it_and_calls_for_somebody_again(
    service_without_store,
) -> None:
    service = service_without_store
    at = service.clock() - 30 * MINUTE
    await tell(service, told(at, severity="medium", patient="p1", alertname="ChevetOxygenSaturationLowMedium"))
    [row] = await alerts(service)
    assert (row["severity"], (await take(service, row["id"])).status_code) == ("medium", 200)
    service.clock.aside += MINUTE
    await tell(service, told(service.clock(), severity="high", patient="p1"))
    [row] = await alerts(service)
    assert (row["severity"], row["taken_by"], row["onset"]) == ("high", None, at)
    assert (await take(service, row["id"], "Ada Roux")).json()["taken_by"] == "Ada Roux"


async def test_who_took_it_while_it_was_medium_did_not_take_what_the_gateway_makes_of_it_later(
    service_without_store,
) -> None:
    """A gateway amends the severity of an alert whose onset stays: its relatives are to be called."""
    service = service_without_store
    onset = service.clock() - 10 * MINUTE
    medium = raised(service, onset, severity=Severity.MEDIUM)
    await post(service, medium)
    assert (await take(service, medium.id)).json()["taken_by"] == "Zoé Martin"
    answered = await post(service, raised(service, onset))
    assert (answered["severity"], answered["taken_by"]) == ("high", None)
    assert (await polled(service, medium.id))["taken_by"] is None
    assert (await take(service, medium.id, "Ada Roux")).json()["taken_by"] == "Ada Roux"
    await post(service, medium)
    await post(service, raised(service, onset))
    assert (await polled(service, medium.id))["taken_by"] == "Ada Roux", "who took it when it was high has it"


async def test_an_alert_of_a_gateway_whose_clock_is_ahead_is_taken_all_the_same(service_without_store) -> None:
    service = service_without_store
    own = await post(service, raised(service, service.clock() + 60 * MINUTE))
    assert (await take(service, own["id"])).json()["taken_by"] == "Zoé Martin"
    assert (await polled(service, own["id"]))["taken_by"] == "Zoé Martin"
    assert (await take(service, own["id"], "Ada Roux")).status_code == 409


async def test_what_a_gateway_raises_after_somebody_took_the_alert_calls_its_relatives_on(
    service_without_store,
) -> None:
    """Who took it a while ago may know nothing of this."""
    service = service_without_store
    patient = await service.assigned(days_ago=1)
    await tell(service, told(service.clock() - 60 * MINUTE, patient=patient))
    [row] = await alerts(service)
    await take(service, row["id"])
    service.clock.aside += 3 * MINUTE
    answered = await post(service, raised(service, service.clock()))
    assert answered["taken_by"] is None
    [row] = await alerts(service)
    assert (row["id"], row["taken_by"]) == (answered["id"], "Zoé Martin")
