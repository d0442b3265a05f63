"""Whole requests that cannot be right: each gets its sentence, and what stands beside it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import cramjam
import pytest

from chevet.remote_write import encode

MINUTE, DAY = 60_000, 24 * 3600 * 1000
HEART_RATE = "chevet_vital_heart_rate_per_minute"
YEAR_2036 = 2_082_758_400_000


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is refused here is refused before any table is looked at."""
    return on_sqlite


@pytest.mark.parametrize(
    ("aside", "value", "field"),
    [
        (-MINUTE, float("nan"), "value"),
        (-MINUTE, 900.0, "value"),
        (YEAR_2036, 70.0, "timestamp"),
        (0, 70.0, "timestamp"),
        (-9 * DAY, 70.0, "timestamp"),
    ],
    ids=["NaN", "out of plausible", "2036", "1970", "9 days old"],
)
async def test_a_sample_that_cannot_be_is_set_aside_and_its_neighbour_is_stored(
    service, aside: int, value: float, field: str
) -> None:
    await service.assigned()
    now = service.clock()
    bad = (aside if aside >= 0 else now + aside, value)
    answer = await service.write(service.vital(bad, device="bad"), service.vital((now - 2 * MINUTE, 71.0)))
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "1")
    assert list((await service.stored()).values()) == [[(now - 2 * MINUTE, "71")]]
    (row,) = await service.quarantine()
    assert (row["field"], row["batch"]) == (field, "b1")
    assert row["reason"].startswith(f"{field}: expected ")


async def test_after_a_sample_from_2036_other_gateways_are_still_stored(service) -> None:
    await service.assigned()
    await service.write(service.vital((YEAR_2036, 70.0)))
    at = service.clock() - MINUTE
    assert (await service.write(service.vital((at, 70.0)))).status_code == 204
    assert list((await service.stored()).values()) == [[(at, "70")]]


async def test_ten_thousand_devices_are_set_aside_but_for_those_there_is_room_for(service) -> None:
    await service.assigned()
    at = service.clock() - MINUTE
    answer = await service.write(*(service.vital((at, 70.0), device=f"d{number}") for number in range(10_000)))
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, str(10_000 - 64))
    assert len(await service.stored()) == 64
    again = await service.write(service.vital((at, 70.0), device="another"), service.vital((at, 70.0), device="d0"))
    assert again.headers["X-Chevet-Quarantined"] == "1"
    assert len(await service.stored()) == 64


async def test_a_restart_forgets_neither_the_devices_nor_the_quarantine(serving, prometheus) -> None:
    async with serving(prometheus.url, devices_per_gateway=2) as before:
        await before.assigned()
        at = before.clock() - MINUTE
        await before.write(*(before.vital((at, 70.0), device=name) for name in ("d1", "d2", "d3")))
    async with serving(prometheus.url, devices_per_gateway=2) as after:
        after.gateway = before.gateway
        answer = await after.write(*(after.vital((at + 1, 70.0), device=name) for name in ("d2", "d4")))
        assert answer.headers["X-Chevet-Quarantined"] == "1"
        aside = {dict(row["series"]["labels"])["device"] for row in await after.quarantine()}
        assert aside == {"d3", "d4"}
        assert {dict(labels)["device"] for labels in await after.stored()} == {"d1", "d2"}


async def test_a_body_of_50_mb_is_refused(service_without_store) -> None:
    answer = await service_without_store.post_body(bytes(50_000_000), batch="big")
    assert answer.status_code == 413
    assert answer.headers["X-Chevet"] == "1"
    assert answer.json()["type"] == "urn:chevet:problem:too-large"
    assert answer.json()["batch"] == "big"
    assert answer.json()["detail"] == "body: expected at most 4194304 bytes, got more"


async def test_a_small_body_that_unpacks_to_50_mb_is_refused_before_it_is_unpacked(service_without_store) -> None:
    packed = bytes(cramjam.snappy.compress_raw(bytes(50_000_000)))
    assert len(packed) < 4 * 2**20
    answer = await service_without_store.post_body(packed)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "body: expected at most 8388608 bytes unpacked, got 50000000"


async def test_a_header_that_promises_less_than_comes_is_refused(service_without_store) -> None:
    packed = bytearray(cramjam.snappy.compress_raw(bytes(100)))
    packed[0] = 1
    answer = await service_without_store.post_body(bytes(packed))
    assert answer.json()["type"] == "urn:chevet:problem:bad-batch"


async def test_too_many_series_for_one_request_are_refused_as_too_large(serving) -> None:
    async with serving("http://127.0.0.1:9", series_per_request=2) as service:
        answer = await service.write(*(service.vital((service.clock(), 70.0)) for _ in range(3)))
    assert (answer.status_code, answer.json()["field"]) == (413, "body")


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xff\xff\xff\xff\xff", bytes(cramjam.snappy.compress_raw(b"not protobuf at all"))],
    ids=["empty", "no snappy", "no protobuf"],
)
async def test_a_body_that_is_no_remote_write_is_a_bad_batch(service_without_store, body: bytes) -> None:
    answer = await service_without_store.post_body(body, batch="b9")
    assert answer.status_code == 400
    assert (answer.json()["type"], answer.json()["batch"]) == ("urn:chevet:problem:bad-batch", "b9")


async def test_a_body_that_is_not_packed_is_a_bad_batch(service_without_store) -> None:
    answer = await service_without_store.post_body(encode([]), **{"Content-Encoding": "gzip"})
    assert answer.json()["detail"] == "Content-Encoding: expected snappy, got 'gzip'"


async def test_a_request_without_series_is_taken(service_without_store) -> None:
    answer = await service_without_store.write()
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "0")


@pytest.mark.parametrize(
    "fields", [b"\x0a\x00", b"\x10\x00", b"\x0a\x80\x08" + b"\x12\x00" * 512], ids=["series", "unknown", "samples"]
)
async def test_a_body_of_very_many_fields_is_refused_before_it_is_read(service_without_store, fields: bytes) -> None:
    """Two bytes of a body can be a whole series: eight megabytes would be read for half a minute."""
    body = bytes(cramjam.snappy.compress_raw(fields * (4 * 2**20 // len(fields))))
    answer = await service_without_store.post_body(body, batch="many")
    assert (answer.status_code, answer.json()["batch"]) == (413, "many")
    assert answer.json()["detail"] == "body: expected at most 500000 protobuf fields, got more"


async def test_a_gateway_has_so_many_requests_under_way_and_the_others_are_served(serving) -> None:
    """The one too many is refused before its body is read."""
    async with serving("http://127.0.0.1:9", requests_per_gateway=1) as service:
        reading, ending = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            reading.set()
            await ending.wait()
            yield bytes(cramjam.snappy.compress_raw(b""))

        headers = service.as_gateway | {"Content-Encoding": "snappy"}
        first = asyncio.create_task(service.client.post("/api/v1/write", content=slow(), headers=headers))
        async with asyncio.timeout(10):
            await reading.wait()
        second = await service.write()
        assert (second.status_code, second.json()["field"]) == (503, "gateway")
        assert int(second.headers["Retry-After"]) > 0
        own, service.gateway = service.gateway, "g-another"
        assert (await service.write()).status_code == 204
        ending.set()
        assert (await first).status_code == 204
        service.gateway = own
        assert (await service.write()).status_code == 204
