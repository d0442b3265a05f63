"""What a gateway writes stands in Prometheus, under the patient of the time, before it is answered."""

from __future__ import annotations

import cramjam

from chevet.remote_write import series

MINUTE, DAY = 60_000, 24 * 3600 * 1000
HEART_RATE = "chevet_vital_heart_rate_per_minute"
STRAGGLER = f"{HEART_RATE}_straggler"


async def test_a_series_is_stored_with_the_patient_of_its_gateway(service) -> None:
    patient = await service.assigned()
    now = service.clock()

    answer = await service.write(service.vital((now - 2 * MINUTE, 70.5), (now - MINUTE, 71.0)))

    assert answer.status_code == 204, answer.text
    assert answer.headers["X-Chevet"] == "1"
    assert answer.headers["X-Chevet-Quarantined"] == "0"
    labels = (("device", "d1"), ("gateway", service.gateway), ("patient", patient))
    assert await service.stored() == {labels: [(now - 2 * MINUTE, "70.5"), (now - MINUTE, "71")]}


async def test_the_same_request_twice_stores_each_sample_once(service) -> None:
    await service.assigned()
    one = service.vital((service.clock() - MINUTE, 70.5))
    assert [(await service.write(one)).status_code for _ in range(2)] == [204, 204]
    assert [len(samples) for samples in (await service.stored()).values()] == [1]


async def test_a_sample_nearly_eight_days_old_is_stored(service) -> None:
    await service.assigned()
    now = service.clock()
    await service.write(service.vital((now - MINUTE, 70.5)))
    answer = await service.write(service.vital((now - 8 * DAY + MINUTE, 66.0)))
    assert answer.headers["X-Chevet-Quarantined"] == "0"
    assert [len(samples) for samples in (await service.stored()).values()] == [2]


async def test_a_straggler_whose_value_is_missing_is_stored_as_nan(service) -> None:
    await service.assigned()
    at = service.clock() - MINUTE
    answer = await service.write(service.vital((at, float("nan")), name=STRAGGLER, quality="missing"))
    assert answer.headers["X-Chevet-Quarantined"] == "0"
    assert list((await service.stored(STRAGGLER)).values()) == [[(at, "NaN")]]


async def test_what_cannot_go_on_is_set_aside_and_the_rest_is_stored(service) -> None:
    await service.assigned()
    now = service.clock()
    answer = await service.write(service.vital((now - MINUTE, 70.5), (now - 2 * MINUTE, 900.0)))
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "1")
    assert list((await service.stored()).values()) == [[(now - MINUTE, "70.5")]]
    (aside,) = await service.quarantine()
    assert aside["reason"] == "value: expected heart_rate within (10, 300), got 900.0"
    assert aside["series"]["samples"] == [[now - 2 * MINUTE, "900.0"]]


async def test_one_bad_series_does_not_hold_up_that_of_another_device(service) -> None:
    await service.assigned()
    at = service.clock() - MINUTE
    foreign = series(HEART_RATE, {"gateway": "g-other", "device": "d1"}, (at, 70.0))
    answer = await service.write(foreign, service.vital((at, 71.0)))
    assert (answer.status_code, answer.headers["X-Chevet-Quarantined"]) == (204, "1")
    assert await service.stored(gateway="g-other") == {}
    assert len(await service.stored()) == 1


async def test_a_truncated_snappy_body_is_refused_naming_the_batch(service) -> None:
    body = bytes(cramjam.snappy.compress_raw(b"\x0a\x20" + b"some bytes of a request" * 4))
    answer = await service.post_body(body[: len(body) // 2], batch="batch-7")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Chevet"] == "1"
    problem = answer.json()
    assert problem["type"] == "urn:chevet:problem:bad-batch"
    assert (problem["batch"], problem["field"], problem["status"]) == ("batch-7", "body", 400)
    assert problem["detail"].startswith("body: expected whole snappy")
