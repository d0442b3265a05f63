"""Who asks too often waits, and who tries keys; nobody else does for it, and what gateways write never."""

from __future__ import annotations

from itertools import count

import httpx2
import pytest

from analysis_service.access.doorkeeper import address
from analysis_service.access.rates import MOST_KNOWN, Rate, Turns

NOWHERE = "http://127.0.0.1:9"
SLOW = 0.05
"""A second, of which twenty seconds' worth is one at once."""


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is refused here is refused before any table is looked at."""
    return on_sqlite


class Ticks:
    """Seconds, as a test has them go by."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_so_many_at_once_one_waits_and_then_has_one_at_a_time() -> None:
    ticks = Ticks()
    turns = Turns(Rate(per_second=2, at_once=3), ticks)
    assert [turns.take("a") for _ in range(3)] == [0, 0, 0]
    assert turns.take("a") == pytest.approx(0.5)
    ticks.now += 0.5
    assert turns.take("a") == 0
    assert turns.take("a") == pytest.approx(0.5)


def test_who_is_refused_waits_no_longer_for_asking_again() -> None:
    ticks = Ticks()
    turns = Turns(Rate(per_second=1, at_once=1), ticks)
    turns.take("a")
    assert {turns.take("a") for _ in range(1000)} == {1.0}
    ticks.now += 1
    assert turns.take("a") == 0


def test_a_rest_gives_back_as_many_at_once_and_no_more() -> None:
    ticks = Ticks()
    turns = Turns(Rate(per_second=1, at_once=3), ticks)
    for _ in range(3):
        turns.take("a")
    ticks.now += 3600
    assert [turns.take("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_one_does_not_wait_for_another_and_of_very_many_the_last_are_known() -> None:
    turns = Turns(Rate(per_second=1, at_once=1), Ticks())
    for number in range(MOST_KNOWN + 10):
        assert turns.take(number) == 0
    assert turns.take(MOST_KNOWN) > 0
    assert turns.take(0) == 0
    assert len(turns._whole) == MOST_KNOWN


@pytest.mark.parametrize(
    ("host", "same", "other"),
    [("192.0.2.7", "192.0.2.7", "192.0.2.8"), ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1")],
)
def test_an_address_is_a_home(host: str, same: str, other: str) -> None:
    class Request:
        def __init__(self, host: str) -> None:
            self.client = httpx2.URL(scheme="http", host=host)

    assert address(Request(host)) == address(Request(same)) != address(Request(other))


async def patients(service, headers: dict[str, str]) -> httpx2.Response:
    return await service.client.get("/api/v1/patients", headers=headers)


def require_told_to_wait(answer: httpx2.Response, at_most: int) -> None:
    assert answer.status_code == 429, answer.text
    assert answer.json()["type"] == "urn:chevet:problem:too-many"
    assert 1 <= int(answer.headers["Retry-After"]) <= at_most
    assert answer.headers["X-Chevet"] == "1"


async def test_one_person_is_slowed_and_no_other_whatever_token_they_show(serving) -> None:
    async with serving(NOWHERE, requests_per_second=SLOW) as service:
        assert (await patients(service, service.as_("doctor", sub="d1"))).status_code == 200
        require_told_to_wait(await patients(service, service.as_("doctor", sub="d1", jti="another")), 20)
        assert (await patients(service, service.as_("doctor", sub="d2"))).status_code == 200


async def test_a_program_has_a_measure_of_its_own(serving) -> None:
    async with serving(NOWHERE, requests_per_second=SLOW, machine_requests_per_second=0.1) as service:
        asked = [await service.client.get("/metrics", headers=service.as_("prometheus")) for _ in range(3)]
        assert [answer.status_code for answer in asked[:2]] == [200, 200]
        require_told_to_wait(asked[2], 10)


async def test_what_a_gateway_writes_is_never_slowed(serving, prometheus) -> None:
    """Not by its own asking, nor by what strangers and bad keys do at its address."""
    slow = ("requests_per_second", "machine_requests_per_second", "stranger_requests_per_second")
    async with serving(prometheus.url, **dict.fromkeys(slow, SLOW), bad_credentials_per_second=0.01) as service:
        for _ in range(3):
            await service.client.get("/api/v1/patients")
            await patients(service, service.bearer("bad"))
        require_told_to_wait(await patients(service, service.bearer("bad")), 100)
        for number in range(30):
            assert (await service.write(batch=f"b{number}")).status_code == 204


async def test_strangers_at_one_address_are_slowed_and_probes_are_not(serving) -> None:
    async with serving(NOWHERE, stranger_requests_per_second=SLOW) as service:
        assert (await patients(service, {})).status_code == 401
        require_told_to_wait(await patients(service, {}), 20)
        assert (await patients(service, service.as_("doctor"))).status_code == 200
        assert [(await service.client.get("/healthz")).status_code for _ in range(5)] == [200] * 5


async def test_who_tries_tokens_is_slowed_and_a_good_one_from_there_gets_in(serving) -> None:
    numbers = count()
    async with serving(NOWHERE, bad_credentials_per_second=0.1) as service:
        for _ in range(3):
            assert (await patients(service, service.bearer(f"a.b.{next(numbers)}"))).status_code == 401
        require_told_to_wait(await patients(service, service.bearer(f"a.b.{next(numbers)}")), 10)
        require_told_to_wait(await patients(service, service.as_("doctor", exp=1)), 10)
        assert (await patients(service, service.as_("doctor"))).status_code == 200


async def test_a_look_at_the_query_proxy_is_told_so_in_prometheuss_words(serving) -> None:
    async with serving(NOWHERE, requests_per_second=SLOW) as service:
        path = "/prometheus/api/v1/query"
        await service.client.get(path, headers=service.as_("sre"))
        answer = await service.client.get(path, headers=service.as_("sre"))
        assert (answer.status_code, answer.json()["errorType"]) == (429, "too_many_requests")
        assert int(answer.headers["Retry-After"]) > 0
