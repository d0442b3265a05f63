"""What is judged at a glance is judged as in full, whatever came: the quick way answers the same, or not at all."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_service.ingest.canonical import opening
from analysis_service.ingest.cutting import cut
from analysis_service.ingest.familiar import Acquaintance
from analysis_service.ingest.glance import Glance, glance
from analysis_service.ingest.guard import judge
from analysis_service.ingest.refusals import Circumstances
from analysis_service.ingest.samples import FUTURE_MS, PAST_MS
from analysis_service.records.service import Assignment
from chevet.errors import BadWrite
from chevet.metrics import OF_VITALS, QUALITY, READINGS, STRAGGLER
from chevet.readings import Quality
from chevet.remote_write import Series, decode, encode, encode_labels, series

NOW, MINUTE = 1_900_000_000_000, 60_000
HEART_RATE = "chevet_vital_heart_rate_per_minute"
CHANGE = NOW - 60 * MINUTE
"""When the gateway went from one patient to another."""
DEVICES = ("d1", "d2", "thermomètre")
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def assignment(patient: str, from_ms: int, until_ms: int | None) -> Assignment:
    return Assignment(id=patient, gateway="g01", patient=patient, from_ms=from_ms, until_ms=until_ms)


KNOWN = Circumstances(
    gateway="g01",
    now=NOW,
    assignments=(assignment("p1", NOW - 20 * 24 * 60 * MINUTE, CHANGE), assignment("p2", CHANGE, None)),
    devices=frozenset(DEVICES),
)
ORDINARY = [
    (metric, device, quality)
    for metric in OF_VITALS
    for device in DEVICES
    for quality in (tuple(Quality) if QUALITY in metric.labels else (None,))
]


def of(metric, device: str, quality: str | None, *samples: tuple[int, float]) -> Series:
    labels = {"gateway": "g01", "device": device} | ({QUALITY: str(quality)} if quality else {})
    return series(metric.name, labels, *samples)


def fitting(metric, quality: str | None) -> float:
    """A value that passes."""
    if metric.suffix == STRAGGLER and quality == Quality.MISSING:
        return math.nan
    return 3.0 if metric.suffix == READINGS else float(metric.vital.plausible[1])


def familiar_with_everything() -> Acquaintance:
    """As a service that has judged each series in full once."""
    known = Acquaintance()
    many = [of(*one, (NOW, fitting(one[0], one[2]))) for one in ORDINARY]
    known.remember("g01", judge(many, KNOWN).passed)
    assert len(known.of("g01")) == len(ORDINARY)
    return known


FAMILIAR = familiar_with_everything()


def glanced(body: bytes, known: Circumstances = KNOWN) -> Glance | None:
    whole = cut(body, FAMILIAR.of("g01"), known, most_series=100)
    return glance([whole])[0] if whole is not None else None


def exactly(many: list[Series]) -> list[tuple[object, ...]]:
    """Comparable to the bit: NaN is no other NaN, and no zero is minus zero."""
    return [(one.labels, [(at, struct.pack("<d", value)) for at, value in one.samples]) for one in many]


def require_same(body: bytes, known: Circumstances = KNOWN) -> bool:
    """Whether the quick way answered; where it did, as `judge` does."""
    found = glanced(body, known)
    if found is None:
        return False
    verdict = judge(decode(body), known)
    assert not verdict.refused
    assert exactly(decode(found.encoded)) == exactly(verdict.passed)
    assert found.samples == sum(len(one.samples) for one in verdict.passed)
    assert found.seen == verdict.seen
    assert verdict.values == dict(known.values) | {("device", ""): known.devices}
    return True


TIMES = st.one_of(
    st.integers(NOW - 50 * MINUTE, NOW),
    st.integers(CHANGE - 2 * MINUTE, CHANGE + 2 * MINUTE),
    st.sampled_from([NOW - PAST_MS, NOW - PAST_MS - 1, NOW + FUTURE_MS, NOW + FUTURE_MS + 1, 0, 1, -1, 2**35, 2**42]),
    st.integers(-(2**63), 2**63 - 1),
)
VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 3.0, 2.5, 70.0, 1e6, 1e6 + 1, math.nan, -math.nan, STALE, math.inf, -math.inf]),
    st.floats(30, 40),
    st.floats(),
)
ODD = st.sampled_from(
    [
        series(HEART_RATE, {"gateway": "g02", "device": "d1"}, (NOW, 70.0)),
        series(HEART_RATE, {"gateway": "g01", "device": "new"}, (NOW, 70.0)),
        series("chevet_journal_bytes", {"gateway": "g01"}, (NOW, 70.0)),
        Series((("gateway", "g01"), ("device", "d1"), ("__name__", HEART_RATE)), ((NOW, 70.0),)),
        Series((), ((NOW, 70.0),)),
    ]
)


@st.composite
def one_series(draw: st.DrawFn) -> Series:
    metric, device, quality = draw(st.sampled_from(ORDINARY))
    times = draw(st.lists(TIMES, max_size=4))
    if draw(st.booleans()):
        times = sorted(set(times))
    if draw(st.booleans()):
        return of(metric, device, quality, *((at, fitting(metric, quality)) for at in times))
    return of(metric, device, quality, *((at, draw(VALUES)) for at in times))


BODIES = st.lists(st.one_of(one_series(), one_series(), one_series(), ODD), max_size=6).map(encode)


@settings(max_examples=600, deadline=None)
@given(body=BODIES)
def test_a_glance_passes_what_the_guard_passes_or_does_not_answer(body: bytes) -> None:
    require_same(body)


@settings(max_examples=600, deadline=None)
@given(body=BODIES, data=st.data())
def test_whatever_happens_to_a_bodys_bytes_a_glance_never_passes_more_than_the_guard(body: bytes, data) -> None:
    raw = bytearray(body)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(0, len(raw) - 1)))
        width = data.draw(st.integers(0, 20))
        raw[place : place + width] = data.draw(st.binary(max_size=20))
    try:
        decode(bytes(raw))
    except BadWrite:
        assert glanced(bytes(raw)) is None
    else:
        require_same(bytes(raw))


@settings(max_examples=300, deadline=None)
@given(bodies=st.lists(BODIES, min_size=2, max_size=5), now=st.sampled_from([NOW, NOW - 55 * MINUTE]))
def test_of_many_bodies_each_is_judged_as_if_it_were_alone(bodies: list[bytes], now: int) -> None:
    circumstances = (KNOWN, replace(KNOWN, now=now))
    cuts = [
        cut(body, FAMILIAR.of("g01"), known, 100) for body, known in zip(bodies, cycle(circumstances), strict=False)
    ]
    whole = [one for one in cuts if one is not None]
    if whole:
        assert glance(whole) == [glance([one])[0] for one in whole]


def test_of_bodies_of_several_patients_each_is_stamped_with_its_own() -> None:
    activity = next(metric for metric in OF_VITALS if metric.vital.key == "activity" and not metric.suffix)
    standing = [replace(KNOWN, assignments=(assignment(patient, 0, None),)) for patient in ("p1", "p2", "p3")]
    bodies = [
        encode([of(PULSE, "d1", None, (NOW - 1, 70.0), (NOW, 71.0))]),
        encode([of(activity, "d1", None, (NOW - 2, 1.0), (NOW - 1, 0.0), (NOW, 0.0))]),
        encode([of(PULSE, "d2", None, (NOW, 9.0))]),
        encode([of(PULSE, "d2", None, (NOW, 60.0)), of(activity, "d2", None, (NOW, 0.5))]),
    ]
    knowing = [standing[0], standing[1], standing[0], standing[2]]
    cuts = [cut(body, FAMILIAR.of("g01"), known, 100) for body, known in zip(bodies, knowing, strict=True)]
    found = glance([one for one in cuts if one is not None])
    assert [one is not None for one in found] == [True, True, False, True]
    for body, known, one in zip(bodies, knowing, found, strict=True):
        if one is not None:
            assert exactly(decode(one.encoded)) == exactly(judge(decode(body), known).passed)


@pytest.mark.parametrize("missing", [number for number in range(1, 36) if number != 18])
@pytest.mark.parametrize("value", [71.0, 0.0])
def test_a_sample_that_is_cut_off_is_left_to_the_guard_and_shifts_no_others(missing: int, value: float) -> None:
    activity = next(metric for metric in OF_VITALS if metric.vital.key == "activity" and not metric.suffix)
    whole = encode([of(activity, "d1", None, (NOW - 2, 1.0), (NOW - 1, value), (NOW, 1.0))])
    content = whole[whole.index(encode_labels(of(activity, "d1", None).labels)) :][:-missing]
    cuts = [
        cut(body, FAMILIAR.of("g01"), KNOWN, 100)
        for body in (opening(len(content)) + content, encode([of(PULSE, "d1", None, (NOW, 70.0))]))
    ]
    *odd, good = [found for found in cuts if found is not None]
    answers = glance([*odd, good])
    assert answers[-1] is not None
    assert require_same(opening(len(content)) + content) is (missing == 27 and value == 0.0)


def test_series_may_come_in_another_order_each_time() -> None:
    """Which one comes next is guessed from the last time."""
    many = [of(*one, (NOW, fitting(one[0], one[2]))) for one in ORDINARY[:6]]
    for order in (many, many[::-1], many[1::2], many[::3], many):
        assert require_same(encode(order))


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=200))
def test_any_bytes_at_all_are_looked_at_without_an_error(raw: bytes) -> None:
    glanced(raw)


@pytest.mark.parametrize("one", ORDINARY, ids=lambda one: f"{one[0].name}-{one[1]}-{one[2]}")
def test_an_ordinary_series_of_every_vital_is_passed_at_a_glance(one) -> None:
    """Else the law above would hold of a quick way that never answers."""
    value = fitting(one[0], one[2])
    assert require_same(encode([of(*one, *((NOW - number * MINUTE, value) for number in (3, 2, 1)))]))


def test_a_patient_at_rest_is_passed_at_a_glance_though_zeros_are_left_out_of_the_bytes() -> None:
    activity = next(metric for metric in OF_VITALS if metric.vital.key == "activity" and not metric.suffix)
    pulse = next(metric for metric in OF_VITALS if metric.name == HEART_RATE)
    at_rest = of(activity, "d1", None, (NOW - 3, 0.0), (NOW - 2, 1.5), (NOW - 1, 0.0), (NOW, 0.0))
    assert require_same(encode([of(pulse, "d1", None, (NOW, 70.0)), at_rest]))


PULSE = next(metric for metric in OF_VITALS if metric.name == HEART_RATE)
FAR_APART = [(CHANGE - 10 * MINUTE, 70.0), (CHANGE + 10 * MINUTE, 70.0)]


@pytest.mark.parametrize(
    ("samples", "known"),
    [
        ([(NOW, 9.0)], KNOWN),
        ([(NOW, math.nan)], KNOWN),
        ([(NOW, 70.0), (NOW, 71.0)], KNOWN),
        ([(NOW, 70.0), (NOW - 1, 71.0)], KNOWN),
        ([(NOW - PAST_MS - 1, 70.0)], KNOWN),
        ([(NOW + FUTURE_MS + 1, 70.0)], KNOWN),
        ([(CHANGE + 1, 70.0)], KNOWN),
        (FAR_APART, KNOWN),
        ([], KNOWN),
        ([(NOW, 70.0)], replace(KNOWN, pulled=True)),
        ([(NOW, 70.0)], replace(KNOWN, devices=frozenset({"d2"}))),
        ([(NOW, 70.0)], replace(KNOWN, assignments=())),
    ],
    ids=[
        "implausible",
        "NaN",
        "two values for a time",
        "order turned",
        "too old",
        "too far ahead",
        "a window across the change",
        "two patients",
        "no sample",
        "pulled",
        "unknown device",
        "nobody's",
    ],
)
def test_what_needs_a_second_look_is_left_to_the_guard(samples: list[tuple[int, float]], known: Circumstances) -> None:
    assert glanced(encode([of(PULSE, "d1", None, *samples)]), known) is None


def test_a_series_that_comes_twice_in_a_body_is_left_to_the_guard() -> None:
    assert glanced(encode([of(PULSE, "d1", None, (NOW - 1, 70.0)), of(PULSE, "d1", None, (NOW, 71.0))])) is None


def test_a_gateway_that_changes_hands_is_stamped_with_whoever_it_stands_with() -> None:
    for known in (KNOWN, replace(KNOWN, assignments=(assignment("p3", 0, None),)), KNOWN):
        assert require_same(encode([of(PULSE, "d1", None, (NOW, 70.0))]), known)


def test_what_was_used_longest_ago_is_forgotten_when_there_is_no_room() -> None:
    known = Acquaintance(most=3)
    for gateway in ("g1", "g2", "g3"):
        known.remember(
            gateway, [series(HEART_RATE, {"gateway": gateway, "device": "d1", "patient": "p1"}, (NOW, 70.0))]
        )
    assert known.of("g1")
    known.remember("g4", [series(HEART_RATE, {"gateway": "g4", "device": "d1", "patient": "p1"}, (NOW, 70.0))])
    assert [bool(known.of(gateway)) for gateway in ("g1", "g2", "g3", "g4")] == [True, False, True, True]


def test_what_is_familiar_of_one_gateway_is_not_of_another() -> None:
    assert FAMILIAR.of("g02") == {}
