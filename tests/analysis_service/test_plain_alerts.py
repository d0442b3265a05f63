"""Alerts in plain words: for the patient, and for whom they let see them."""

from __future__ import annotations

from tests.analysis_service.raised import post, raised, take
from tests.analysis_service.test_consent import patient_s, relative_s
from tests.analysis_service.test_values import MINUTE, home_of


async def test_alerts_in_plain_words_have_no_value_and_say_who_looks_after_them_to_the_patient_alone(
    service_without_store,
) -> None:
    home = await home_of(service_without_store)
    now = home.service.clock()
    alert = raised(home.service, onset=now - MINUTE)
    over = raised(home.service, onset=now - 90 * MINUTE, rule="heart_rate.high", vital="heart_rate", cleared_at=now)
    for one in (alert, over):
        await post(home.service, one)
    await take(home.service, alert.id, "Zoé Martin")
    newest, oldest = await home.told("alerts", patient_s(home.service))
    assert newest == {
        "id": alert.id,
        "words": {
            "en": "Oxygen saturation: below the limit",
            "fr": "Saturation en oxygène : en dessous de la limite",
        },
        "kind": "clinical",
        "severity": "high",
        "since_ms": now - MINUTE,
        "cleared_ms": None,
        "taken": True,
        "taken_by": "Zoé Martin",
    }
    assert oldest["cleared_ms"] == now
    assert [one["id"] for one in await home.told("alerts", patient_s(home.service), open=True)] == [alert.id]
    await home.grant("alerts", "heart_rate")
    seen = await home.told("alerts", relative_s(home.service))
    assert [one["words"]["en"] for one in seen] == ["A measurement needs attention", "Heart rate: above the limit"]
    assert [(one["taken"], one["taken_by"]) for one in seen] == [(True, None), (False, None)]
    assert (await home.get("alerts", patient_s(home.service, sub="other"))).status_code == 403
