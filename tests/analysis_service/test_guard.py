"""What passes the guard and what does not, at each bound from both sides. No server, no clock."""

from __future__ import annotations

import math
import struct

import pytest

from analysis_service.ingest.guard import judge
from analysis_service.ingest.refusals import Circumstances
from analysis_service.ingest.samples import FUTURE_MS, PAST_MS
from analysis_service.records.service import Assignment
from chevet.metrics import OF_VITALS, READINGS, STRAGGLER
from chevet.readings import Quality
from chevet.remote_write import Series, series

NOW = 1_900_000_000_000
MINUTE = 60_000
HEART_RATE = "chevet_vital_heart_rate_per_minute"
TEMPERATURE = "chevet_vital_body_temperature_celsius"


def assignment(from_ms: int = 0, until_ms: int | None = None, patient: str = "p1") -> Assignment:
    return Assignment(id=patient, gateway="g01", patient=patient, from_ms=from_ms, until_ms=until_ms)


def circumstances(*assignments: Assignment, devices: tuple[str, ...] = ("d1",), max_devices: int = 64) -> Circumstances:
    return Circumstances(
        gateway="g01",
        now=NOW,
        assignments=assignments or (assignment(),),
        devices=frozenset(devices),
        max_devices=max_devices,
    )


def of(name: str = HEART_RATE, *samples: tuple[int, float], **labels: str) -> Series:
    return series(name, {"gateway": "g01", "device": "d1"} | labels, *(samples or ((NOW, 70.0),)))


def refusal(one: Series, known: Circumstances | None = None) -> tuple[str, str]:
    """The field and the sentence of the only refusal; nothing passes."""
    verdict = judge([one], known or circumstances())
    assert not verdict.passed
    (refused,) = verdict.refused
    return refused.field, refused.reason


def passes(one: Series, known: Circumstances | None = None) -> bool:
    verdict = judge([one], known or circumstances())
    assert bool(verdict.passed) != bool(verdict.refused)
    return bool(verdict.passed)


@pytest.mark.parametrize("metric", OF_VITALS, ids=lambda metric: metric.name)
def test_every_series_that_a_gateway_makes_of_a_vital_passes_with_its_patient(metric) -> None:
    assert metric.vital is not None
    assert metric.vital.plausible is not None
    value = 1.0 if metric.suffix == READINGS else float(metric.vital.plausible[1])
    quality = {"quality": "good"} if "quality" in metric.labels else {}
    verdict = judge([of(metric.name, (NOW, value), **quality)], circumstances())
    assert not verdict.refused
    assert [dict(one.labels)["patient"] for one in verdict.passed] == ["p1"]
    assert verdict.seen == {("d1", metric.vital.key)}


@pytest.mark.parametrize("metric", OF_VITALS, ids=lambda metric: metric.name)
def test_no_series_of_a_vital_takes_infinity(metric) -> None:
    quality = {"quality": "good"} if "quality" in metric.labels else {}
    assert refusal(of(metric.name, (NOW, math.inf), **quality))[0] == "value"


def test_nan_is_refused_where_a_value_is_expected() -> None:
    assert refusal(of(HEART_RATE, (NOW, math.nan))) == ("value", "value: expected a finite number, got nan")


def test_nan_passes_for_a_straggler_that_is_missing_or_was_folded_while_suspect_and_for_no_other() -> None:
    name = HEART_RATE + STRAGGLER
    assert passes(of(name, (NOW, math.nan), quality="missing"))
    assert not passes(of(name, (NOW, math.nan), quality="good"))
    assert passes(of(name, (NOW, math.nan), quality="suspect"))
    assert not passes(of(name, (NOW, math.inf), quality="suspect"))


def test_a_missing_straggler_with_a_value_is_refused() -> None:
    assert refusal(of(HEART_RATE + STRAGGLER, (NOW, 70.0), quality="missing"))[0] == "value"


def test_the_marker_by_which_prometheus_ends_a_series_never_passes_as_it_is() -> None:
    stale = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
    verdict = judge([of(HEART_RATE + STRAGGLER, (NOW, stale), quality="missing")], circumstances())
    ((_, value),) = verdict.passed[0].samples
    assert struct.pack("<d", value) == struct.pack("<d", math.nan)


@pytest.mark.parametrize(("value", "good"), [(10, True), (300, True), (9.99, False), (300.01, False)])
def test_a_vital_stays_within_what_a_device_can_truthfully_say(value: float, good: bool) -> None:
    for suffix in ("", "_min", "_max", "_latest"):
        assert passes(of(HEART_RATE + suffix, (NOW, value))) is good


def test_a_suspect_straggler_may_be_out_of_the_plausible_range() -> None:
    assert passes(of(HEART_RATE + STRAGGLER, (NOW, 900.0), quality="suspect"))
    assert not passes(of(HEART_RATE + STRAGGLER, (NOW, 900.0), quality="good"))


@pytest.mark.parametrize(("count", "good"), [(1, True), (6, True), (0, False), (-1, False), (2.5, False)])
def test_readings_in_a_window_are_counted_in_whole_numbers(count: float, good: bool) -> None:
    assert passes(of(HEART_RATE + READINGS, (NOW, count), quality=Quality.SUSPECT.value)) is good


@pytest.mark.parametrize(
    ("at", "good"),
    [
        (NOW + FUTURE_MS, True),
        (NOW + FUTURE_MS + 1, False),
        (NOW - PAST_MS, True),
        (NOW - PAST_MS - 1, False),
        (NOW - 9 * 24 * 3600 * 1000, False),
        (2_082_758_400_000, False),
        (0, False),
        (-1, False),
        (-(2**63), False),
        (2**63 - 1, False),
    ],
    ids=["5 min ahead", "over 5 min ahead", "8 d", "over 8 d", "9 d", "2036", "1970", "before 1970", "least", "most"],
)
def test_a_sample_is_of_now(at: int, good: bool) -> None:
    one = of(HEART_RATE + "_latest", (at, 70.0))
    assert passes(one, circumstances(assignment(from_ms=-(2**63)))) is good


def test_the_sentence_about_2036_says_when() -> None:
    assert refusal(of(HEART_RATE, (2_082_758_400_000, 70.0))) == (
        "timestamp",
        "timestamp: expected at most 5 minutes ahead, got 2036-01-01T00:00:00.000Z",
    )


def test_a_window_must_lie_wholly_inside_the_assignment() -> None:
    start = NOW - 10 * MINUTE
    known = circumstances(assignment(from_ms=start, until_ms=start + 5 * MINUTE))
    assert passes(of(HEART_RATE, (start + MINUTE, 70.0)), known)
    assert not passes(of(HEART_RATE, (start + MINUTE - 1, 70.0)), known)
    assert passes(of(HEART_RATE, (start + 5 * MINUTE, 70.0)), known)
    assert not passes(of(HEART_RATE, (start + 5 * MINUTE + 1, 70.0)), known)


def test_a_moment_belongs_to_the_assignment_that_begins_then_and_not_to_the_one_that_ends() -> None:
    known = circumstances(assignment(until_ms=NOW, patient="p1"), assignment(from_ms=NOW, patient="p2"))
    verdict = judge([of(HEART_RATE + "_latest", (NOW - 1, 70.0), (NOW, 71.0))], known)
    assert {dict(one.labels)["patient"]: one.samples for one in verdict.passed} == {
        "p1": ((NOW - 1, 70.0),),
        "p2": ((NOW, 71.0),),
    }


def test_a_vital_without_a_window_is_judged_at_its_own_time() -> None:
    assert passes(of(TEMPERATURE, (NOW, 37.0)), circumstances(assignment(from_ms=NOW)))


def test_without_an_assignment_the_sentence_names_the_window() -> None:
    field, reason = refusal(of(HEART_RATE, (NOW, 70.0)), circumstances(assignment(until_ms=NOW - 1)))
    assert field == "patient"
    assert reason == (
        "patient: expected an assignment of g01 over the window "
        "2030-03-17T17:45:40.000Z to 2030-03-17T17:46:40.000Z, found none"
    )


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (of("up"), "__name__"),
        (of("chevet_vital_mood"), "__name__"),
        (of("chevet_expected_stale_seconds"), "__name__"),
        (Series((("device", "d1"), ("gateway", "g01")), ((NOW, 70.0),)), "__name__"),
        (of(patient="p9"), "patient"),
        (of(instance="x"), "instance"),
        (of(HEART_RATE + READINGS), "quality"),
        (of(HEART_RATE + READINGS, quality="splendid"), "quality"),
        (series(HEART_RATE, {"gateway": "g01"}, (NOW, 70.0)), "device"),
        (series(HEART_RATE, {"gateway": "g02", "device": "d1"}, (NOW, 70.0)), "gateway"),
        (of(device=""), "device"),
        (of(device="d" * 129), "device"),
        (of(device="d\n1"), "device"),
        (Series((("device", "d1"), ("device", "d2"), ("gateway", "g01")), ((NOW, 70.0),)), "labels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_series_with_a_wrong_label_is_refused_by_that_label(one: Series, field: str) -> None:
    named, reason = refusal(one)
    assert named == field
    assert reason.startswith(f"{field}: expected ")


def test_a_gateway_has_room_for_so_many_devices_and_known_ones_always_pass() -> None:
    known = circumstances(devices=("d1", "d2"), max_devices=3)
    verdict = judge([of(device=name) for name in ("new1", "new2", "d1", "d2")], known)
    assert [dict(one.labels)["device"] for one in verdict.passed] == ["new1", "d1", "d2"]
    assert [one.reason for one in verdict.refused] == [
        "device: expected at most 3 values for a gateway, got another, 'new2'"
    ]


def test_a_device_of_which_nothing_passes_takes_no_room() -> None:
    known = circumstances(devices=("d1",), max_devices=2)
    verdict = judge([of(HEART_RATE, (NOW, 900.0), device="nonsense"), of(device="d2")], known)
    assert [dict(one.labels)["device"] for one in verdict.passed] == ["d2"]


def test_of_two_values_for_one_time_the_second_is_refused_and_a_copy_is_dropped() -> None:
    verdict = judge([of(HEART_RATE, (NOW, 70.0), (NOW, 70.0), (NOW, 71.0))], circumstances())
    assert [one.samples for one in verdict.passed] == [((NOW, 70.0),)]
    assert [one.reason for one in verdict.refused] == [
        "value: expected one value for 2030-03-17T17:46:40.000Z, got 70 and 71"
    ]


def test_a_series_is_one_whatever_the_order_of_its_labels() -> None:
    """What the store would see as one series has one value for a time."""
    turned = Series(of(HEART_RATE).labels[::-1], ((NOW, 71.0),))
    assert len(judge([of(HEART_RATE), turned], circumstances()).refused) == 1


def test_refused_samples_of_a_series_are_set_aside_together_for_each_field() -> None:
    one = of(HEART_RATE, (NOW, 900.0), (NOW - MINUTE, 901.0), (0, 70.0), (NOW - 2 * MINUTE, 70.0))
    verdict = judge([one], circumstances())
    assert [one.samples for one in verdict.passed] == [((NOW - 2 * MINUTE, 70.0),)]
    assert {aside.field: len(aside.series.samples) for aside in verdict.refused} == {"value": 2, "timestamp": 1}
