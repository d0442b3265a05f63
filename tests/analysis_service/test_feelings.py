"""How a patient feels: said once, read by those who care, never changed, and withdrawn by who said it."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from tests.analysis_service.claiming import MARIE, claimed, join

MINUTE, DAY = 60_000, 86_400_000
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where no table is the point."""


@pytest.fixture
async def patient(service_without_store) -> str:
    return await claimed(service_without_store)


async def say(service, patient: str, word: str = "worse", **more: object):
    path = f"/api/v1/patients/{patient}/feelings"
    return await service.client.post(path, json={"word": word} | more, headers=service.as_("patient", **MARIE))


async def listed(service, patient: str, role: str = "nurse", query: str = "", **claims: object) -> list[dict[str, Any]]:
    path = f"/api/v1/patients/{patient}/feelings?{query}"
    answer = await service.client.get(path, headers=service.as_(role, **claims))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def act(service, patient: str, id: str, what: str, role: str = "nurse", **claims: object):
    path = f"/api/v1/patients/{patient}/feelings/{id}/{what}"
    return await service.client.post(path, headers=service.as_(role, **claims))


async def test_a_patient_says_how_they_feel_and_sees_who_read_it_and_when(service_without_store, patient: str) -> None:
    service = service_without_store
    felt = service.clock() - 5 * MINUTE
    said = await say(service, patient, "much_worse", text="Essoufflée\ndans l'escalier <b>", felt_ms=felt)
    assert said.status_code == 201, said.text
    one = said.json()
    assert {name: one[name] for name in ("patient", "word", "rank", "said", "text", "felt_ms", "withdrawn_ms")} == {
        "patient": patient,
        "word": "much_worse",
        "rank": 1,
        "said": {"en": "much worse", "fr": "beaucoup moins bien"},
        "text": "Essoufflée\ndans l'escalier <b>",
        "felt_ms": felt,
        "withdrawn_ms": None,
    }
    assert one["read"] == []
    read = await act(service, patient, one["id"], "read", name="Nadia Benali")
    assert read.status_code == 200, read.text
    at = read.json()["read"][0]["read_ms"]
    service.clock.aside += MINUTE
    again = await act(service, patient, one["id"], "read", name="Nadia Benali")
    assert again.json() == read.json(), "the first time is kept"
    [seen] = await listed(service, patient, "patient", **MARIE)
    assert seen["read"] == [{"name": "Nadia Benali", "read_ms": at}]
    assert [seen] == await listed(service, patient)


async def test_each_reader_is_kept_with_their_own_first_time(service_without_store, patient: str) -> None:
    service = service_without_store
    await join(service, "d1", "Dr Roux")
    id = (await say(service, patient)).json()["id"]
    await act(service, patient, id, "read", name="Nadia Benali")
    service.clock.aside += MINUTE
    await act(service, patient, id, "read", "doctor", sub="d1", name="Dr Roux")
    await act(service, patient, id, "read", name="Nadia Benali")
    [seen] = await listed(service, patient, "patient", **MARIE)
    assert [reader["name"] for reader in seen["read"]] == ["Nadia Benali", "Dr Roux"]
    assert seen["read"][0]["read_ms"] + MINUTE <= seen["read"][1]["read_ms"]


async def test_the_same_said_again_is_one_by_its_id_also_at_once(service_without_store, patient: str) -> None:
    service = service_without_store
    id, felt = str(uuid.uuid4()), service.clock() - MINUTE
    answers = await asyncio.gather(*(say(service, patient, id=id, felt_ms=felt) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert (await say(service, patient, id=id)).status_code == 200
    other = await say(service, patient, "better", id=id, felt_ms=felt)
    assert (other.status_code, other.json()["field"]) == (409, "id")
    assert [one["word"] for one in await listed(service, patient)] == ["worse"]


async def test_pages_are_the_newest_first_and_leave_out_none(service_without_store, patient: str) -> None:
    service = service_without_store
    now = service.clock()
    times = [now - DAY, now - MINUTE, now - MINUTE, now - 2 * DAY, now - MINUTE]
    for felt in times:
        assert (await say(service, patient, felt_ms=felt)).status_code == 201
    page, found = await listed(service, patient, query="limit=2"), []
    while page:
        found += page
        page = await listed(service, patient, query=f"limit=2&after={page[-1]['id']}")
    assert [one["felt_ms"] for one in found] == sorted(times, reverse=True)
    assert len({one["id"] for one in found}) == len(times)


async def test_what_was_withdrawn_is_shown_to_those_who_care_as_that_alone(service_without_store, patient: str) -> None:
    service = service_without_store
    id = (await say(service, patient, text="Rien de grave")).json()["id"]
    await act(service, patient, id, "read", name="Nadia Benali")
    withdrawn = await act(service, patient, id, "withdraw", "patient", **MARIE)
    assert withdrawn.status_code == 200, withdrawn.text
    service.clock.aside += MINUTE
    assert (await act(service, patient, id, "withdraw", "patient", **MARIE)).json() == withdrawn.json()
    [seen] = await listed(service, patient)
    assert (seen["word"], seen["rank"], seen["said"], seen["text"]) == (None, None, None, None)
    assert seen["withdrawn_ms"] == withdrawn.json()["withdrawn_ms"]
    [own] = await listed(service, patient, "patient", **MARIE)
    assert (own["word"], own["text"]) == ("worse", "Rien de grave")
    late = await act(service, patient, id, "read", name="Nadia Benali")
    assert (late.status_code, late.json()["field"]) == (410, "id")


async def test_nobody_says_reads_or_marks_what_is_not_theirs(service_without_store, patient: str) -> None:
    service = service_without_store
    id = (await say(service, patient)).json()["id"]
    paul = await claimed(service, "paul")
    path = f"/api/v1/patients/{patient}/feelings"
    for role, sub in (("patient", "paul"), ("relative", "marie"), ("nurse", "foreign"), ("sre", "s"), ("analyst", "a")):
        headers = service.as_(role, sub=sub)
        assert (await service.client.get(path, headers=headers)).status_code == 403
        assert (await service.client.post(f"{path}/{id}/read", headers=headers)).status_code == 403
    for role in ("nurse", "doctor"):
        answer = await service.client.post(path, json={"word": "same"}, headers=service.as_(role))
        assert answer.status_code == 403
    own = await act(service, patient, id, "read", "patient", **MARIE)
    assert own.status_code == 403, "a patient is no reader of their own"
    assert (await act(service, paul, id, "read")).status_code == 404
    assert (await act(service, paul, id, "withdraw", "patient", sub="paul")).status_code == 404
    assert (await listed(service, paul)) == []


REFUSED: tuple[tuple[dict[str, object], str], ...] = (
    ({"word": "bad"}, "word"),
    ({"word": 3}, "word"),
    ({"text": "a" * 2001}, "text"),
    ({"text": ""}, "text"),
    ({"text": "\x01"}, "text"),
    ({"text": "a\x07"}, "text"),
    ({"text": "a\u202eb"}, "text"),
    ({"text": "\x9b2J"}, "text"),
    ({"felt_ms": -1}, "felt_ms"),
    ({"felt_ms": 2**53}, "felt_ms"),
    ({"felt_ms": 0}, "felt_ms"),
    ({"id": "mine"}, "id"),
    ({"read": []}, "read"),
)


@SQLITE
async def test_what_cannot_be_is_refused_by_field(service_without_store, patient: str) -> None:
    service = service_without_store
    for more, field in REFUSED:
        answer = await say(service, patient, **more)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    for aside in (MINUTE, -31 * DAY - MINUTE):
        answer = await say(service, patient, felt_ms=service.clock() + aside)
        assert (answer.status_code, answer.json()["field"]) == (422, "felt_ms")
    assert await listed(service, patient) == []
    assert (await say(service, patient, felt_ms=service.clock() - 31 * DAY + MINUTE)).status_code == 201
