"""What Alertmanager tells no more: let go of while its watchdog comes, and what is known of the watchdog itself."""

from __future__ import annotations

import time
import uuid

from tests.analysis_service.in_care import in_care
from tests.analysis_service.told import MINUTE, alerts, batch, metrics, tell, told, watchdog

PATIENT = "p0123456789abcdef"


async def test_the_watchdog_is_no_alert_and_leaves_the_time_of_its_coming(serving) -> None:
    async with serving("http://127.0.0.1:9") as service:
        assert await metrics(service, "chevet_watchdog_seconds") == []
        await tell(service, watchdog(service.clock() - 60 * MINUTE))
        service.clock.aside += MINUTE
        before = service.clock()
        answer = await tell(service, watchdog(service.clock() - 60 * MINUTE))
        assert answer.json() == {"kept": 0, "watchdogs": 1, "refused": []}
        assert await alerts(service) == []
        [line] = await metrics(service, "chevet_watchdog_seconds")
        assert before <= float(line.split()[1]) * 1000 <= service.clock()
    async with serving("http://127.0.0.1:9") as service:
        assert await metrics(service, "chevet_watchdog_seconds") == [line], "a restart forgets nothing"


async def test_a_watchdog_that_resolves_has_not_come(service_without_store) -> None:
    service = service_without_store
    gone = watchdog(service.clock()) | {"status": "resolved", "endsAt": "2040-01-01T00:00:00Z"}
    await tell(service, gone)
    assert await metrics(service, "chevet_watchdog_seconds") == []


async def watched(service, hours: float, silent_from: float = 99.0, silent_for: float = 0.0) -> None:
    """The watchdog comes each four minutes for some hours, but not for a while from `silent_from` on. Tokens last."""
    headers = service.as_("alertmanager", exp=int(time.time()) + 86_400)
    for minute in range(0, round(hours * 60), 4):
        service.clock.aside += 4 * MINUTE
        if not silent_from * 60 <= minute < (silent_from + silent_for) * 60:
            body = batch(watchdog(service.clock()))
            answer = await service.client.post("/api/v1/alertmanager", json=body, headers=headers)
            assert answer.status_code == 200, answer.text


async def as_kept(service) -> tuple[int | None, list[str]]:
    """When the one alert cleared, and what became of it."""
    await in_care(service)
    headers = service.as_("nurse", exp=int(time.time()) + 86_400)
    [row] = (await service.client.get("/api/v1/alerts", headers=headers)).json()
    read = (await service.client.get(f"/api/v1/alerts/{row['id']}", headers=headers)).json()
    return read["cleared_at"], [event["what"] for event in read["events"]]


async def test_what_is_told_no_more_while_the_watchdog_comes_has_ended_when_it_was_last_told(
    service_without_store,
) -> None:
    """It ended while something inhibited it: of that nobody is told."""
    service = service_without_store
    alert, heard = told(service.clock() - MINUTE, patient=PATIENT), service.clock()
    await tell(service, alert)
    await watched(service, 2.8)
    assert await as_kept(service) == (None, ["registered"])
    await watched(service, 0.5)
    cleared, what = await as_kept(service)
    assert what == ["registered", "lapsed"]
    assert heard <= (cleared or 0) < heard + MINUTE
    headers = service.as_("alertmanager", exp=int(time.time()) + 86_400)
    await service.client.post("/api/v1/alertmanager", json=batch(alert), headers=headers)
    assert await as_kept(service) == (None, ["registered", "lapsed", "reopened"])


async def test_where_the_watchdog_stayed_away_nothing_is_let_go_until_it_came_long_enough_again(
    service_without_store,
) -> None:
    service = service_without_store
    await tell(service, told(service.clock() - MINUTE, patient=PATIENT))
    await watched(service, 5.5, silent_from=2.5, silent_for=0.2)
    assert (await as_kept(service))[0] is None
    await watched(service, 0.4)
    assert (await as_kept(service))[0] is not None


async def test_many_are_let_go_a_part_at_a_time_for_nobody_else_writes_meanwhile(service_without_store) -> None:
    service = service_without_store
    await tell(service, *(told(service.clock() - MINUTE, patient=f"p{number}") for number in range(60)))
    headers = service.as_("nurse", exp=int(time.time()) + 86_400)

    async def still_open() -> int:
        return len((await service.client.get("/api/v1/alerts?open=true&limit=1000", headers=headers)).json())

    await watched(service, 3.05)
    await in_care(service)
    assert await still_open() == 10
    await watched(service, 0.1)
    assert await still_open() == 0


async def test_a_clock_that_was_ahead_and_steps_back_does_not_keep_a_watchdog_that_is_still_to_come(
    service_without_store,
) -> None:
    """Else its silence would not be noticed until that time has come."""
    service = service_without_store
    service.clock.aside += 24 * 60 * MINUTE
    headers = service.as_("alertmanager", exp=int(time.time()) + 10 * 86_400)
    for step in (0, -24 * 60 * MINUTE):
        service.clock.aside += step
        await service.client.post("/api/v1/alertmanager", json=batch(watchdog(service.clock())), headers=headers)
    [line] = await metrics(service, "chevet_watchdog_seconds")
    assert float(line.split()[1]) * 1000 <= service.clock()
    await tell(service, told(service.clock() - MINUTE, patient=PATIENT))
    await watched(service, 3.3)
    assert (await as_kept(service))[0] is not None, "it comes without a gap since the step"


async def test_where_an_alert_begins_anew_the_one_before_it_has_ended(service_without_store) -> None:
    """After a restart Prometheus says another start, and Alertmanager has forgotten the one before."""
    service = service_without_store
    first = service.clock()
    labels = {"rule": "gateway.offline", "kind": "technical", "gateway": "g01"}
    await tell(service, told(first, **labels))
    service.clock.aside += 3 * MINUTE
    second = service.clock()
    await tell(service, told(second, **labels))
    assert [(row["onset"], row["cleared_at"]) for row in await alerts(service)] == [(second, None), (first, second)]
    await tell(service, told(first, **labels))
    assert len(await alerts(service, "open=true")) == 2, "nobody knows which of two came first on the way"
    service.clock.aside += MINUTE
    await tell(service, told(second, service.clock(), **labels))
    assert await alerts(service, "open=true") == []


async def test_an_alert_that_is_told_with_an_earlier_start_goes_on(service_without_store) -> None:
    """Of two Prometheus, Alertmanager hears first of the one that was started later."""
    service = service_without_store
    at = service.clock() - 10 * MINUTE
    await tell(service, told(at, patient=PATIENT))
    service.clock.aside += MINUTE
    for _ in range(2):
        await tell(service, told(at - 5 * MINUTE, patient=PATIENT))
        service.clock.aside += MINUTE
        [row] = await alerts(service, "open=true")
        assert (row["onset"], len(row["observations"])) == (at - 5 * MINUTE, 2)
    await tell(service, told(at - 5 * MINUTE, service.clock(), patient=PATIENT))
    assert await alerts(service, "open=true") == []


async def test_what_a_gateway_raised_is_never_let_go(service_without_store) -> None:
    service = service_without_store
    onset = service.clock()
    names = ("gateway", "rule", "vital", "kind", "severity", "onset", "declared_at")
    values = (service.gateway, "oxygen_saturation.low", "oxygen_saturation", "clinical", "high", onset, onset)
    body = dict(zip(names, values, strict=True)) | {"id": str(uuid.uuid4()), "device": "d1", "value": 84, "limit": 88}
    assert (await service.client.post("/api/v1/alerts", json=body, headers=service.as_gateway)).status_code == 201
    await watched(service, 4)
    assert await as_kept(service) == (None, ["registered"])


def test_the_watchdog_is_the_rules_own() -> None:
    from alert_rules.watchdog import ALWAYS
    from chevet.alerts import WATCHDOG_RULE

    assert ALWAYS.rule == WATCHDOG_RULE


def test_an_alert_that_goes_on_is_told_again_well_before_it_would_be_let_go() -> None:
    from alert_rules.notifications.receivers import SERVICE
    from alert_rules.notifications.routes import OTHERWISE, ROUTES
    from analysis_service.alerts.lapses import GAP_MS, LAPSED_MS

    told_to_us = [route for route in (*ROUTES, OTHERWISE) if route.receiver == SERVICE.name]
    longest = max(route.pace.repeat + route.pace.interval for route in told_to_us)
    assert 2 * longest * 1000 <= LAPSED_MS
    [own] = [route for route in told_to_us if route.name == "watchdog"]
    assert 2 * (own.pace.repeat + own.pace.interval) * 1000 <= GAP_MS
