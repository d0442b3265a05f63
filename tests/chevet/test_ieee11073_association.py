"""The manager's side: what an agent of each specialisation says becomes measurements, and each step has its answer."""

from __future__ import annotations

import itertools
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chevet.errors import BadApdu
from chevet.ieee11073.apdu import decode, encode
from chevet.ieee11073.association import TRANSITIONS, Association, Event, Outcome, State
from chevet.ieee11073.configurations import STANDARD
from chevet.ieee11073.measurements import Measurement
from chevet.ieee11073.nomenclature import UNITS, VITALS
from chevet.ieee11073.structures import (
    Abort,
    Apdu,
    AssociationInformation,
    AssociationRequest,
    AssociationResponse,
    ConfigurationAnswer,
    DataProtocol,
    EventResult,
    Presentation,
    Rejection,
    ReleaseRequest,
    ReleaseResponse,
)
from chevet.readings import Quality
from chevet.units import convert
from chevet.vitals import BY_KEY

SYSTEM_ID = b"CHEVET01"
AT = "2007120612100000"
STAMP = datetime.fromisoformat("2007-12-06T12:10")


def request(configuration: int, **fields: int) -> AssociationRequest:
    information = AssociationInformation(
        system_type=0x00800000, system_id=b"agent--1", configuration=configuration, **fields
    )
    return AssociationRequest(protocols=(DataProtocol(information=information),))


def report(observations: str, *, count: int, kind: str = "0d1d", choice: str = "0101") -> Apdu:
    """An event report of the agent with these observations, as hexadecimal digits."""
    body = bytes.fromhex(observations)
    info = bytes.fromhex("f0000000") + count.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body
    content = bytes.fromhex("0000ffffffff" + kind) + len(info).to_bytes(2, "big") + info
    inner = bytes.fromhex("1236" + choice) + len(content).to_bytes(2, "big") + content
    outer = len(inner).to_bytes(2, "big") + inner
    return decode(b"\xe7\x00" + len(outer).to_bytes(2, "big") + outer)


def operating(configuration: int) -> Association:
    association = Association(SYSTEM_ID)
    association.step(request(configuration))
    assert association.state is State.OPERATING
    return association


def measured(configuration: int, observations: str, *, count: int = 1, kind: str = "0d1d") -> list[Measurement]:
    return list(operating(configuration).step(report(observations, count=count, kind=kind)).measurements)


def plain(found: list[Measurement]) -> list[tuple[str, float | None, str]]:
    return [(one.vital, one.value, one.quality.value) for one in found]


# universAAL, lddi, ExtendedCfg10404: SpO2, pulse rate, and SpO2 with a fast response, each with a time.
CONFIGURATION = bytes.fromhex(
    "e700 00a8 00a6 9999 0101 00a0 0000 ffffffff 0d1c 0096 4000 0003 0090"
    "0006 0001 0004 0024 092f 0004 00024bb8 0a46 0002 40c0 0996 0002 0220 0a55 000c 0002 0008 0a4c 0002 0990 0008"
    "0006 000a 0004 0024 092f 0004 0002481a 0a46 0002 40c0 0996 0002 0aa0 0a55 000c 0002 0008 0a4c 0002 0990 0008"
    "0006 0003 0005 0030 092f 0004 00024bb8 0a46 0002 40c0 0996 0002 0220 0a61 0008 0001 0004 00024c34"
    "0a55 000c 0002 0008 0a4c 0002 0990 0008"
)


def test_a_standard_oximeter_needs_no_configuration_and_measures_oxygen_and_pulse() -> None:
    found = measured(0x0190, "0001 0002 0062 000a 0002 0048", count=2)
    assert plain(found) == [("oxygen_saturation", 98, "good"), ("heart_rate", 72, "good")]
    assert {one.stamp for one in found} == {None}


def test_an_oximeter_may_add_the_time_to_what_the_standard_says() -> None:
    found = measured(0x0191, f"0001 000a 0062 {AT} 000a 000a 0048 {AT}", count=2)
    assert plain(found) == [("oxygen_saturation", 98, "good"), ("heart_rate", 72, "good")]
    assert {one.stamp for one in found} == {STAMP}


def test_a_cuff_measures_both_pressures_and_the_pulse_and_its_mean_is_in_no_catalogue() -> None:
    found = measured(0x02BC, f"0001 0012 0003 0006 0078 0050 005d {AT} 0002 000a 0048 {AT}", count=2)
    assert plain(found) == [
        ("systolic_pressure", 120, "good"),
        ("diastolic_pressure", 80, "good"),
        ("heart_rate", 72, "good"),
    ]


def test_a_thermometer_measures_in_tenths_of_a_degree() -> None:
    assert plain(measured(0x0320, f"0001 000c ff000171 {AT}")) == [("body_temperature", 36.9, "good")]


def test_a_scale_measures_kilograms_which_are_kept_as_grams() -> None:
    # universAAL, lddi, Measure10415PrstAPDUtest: 76.2 kg
    assert plain(measured(0x05DC, f"0001 000c ff0002fa {AT}")) == [("weight", pytest.approx(76_200), "good")]


def test_a_glucose_meter_measures_milligrams() -> None:
    assert plain(measured(0x06A4, f"0001 000a 006c {AT}")) == [("glucose_finger", 108, "good")]


@pytest.mark.parametrize(
    ("unit", "kind", "value", "vital", "kept"),
    [
        ("1272", "71b8", "f027", "glucose_finger", 70),  # 3.9 mmol/L
        ("0852", "71bc", "0046", "glucose_finger", 70),
        ("1140", "4b5c", "f3da", "body_temperature", 37.0),  # 98.6 °F
        ("17a0", "e00c", "f172", "body_temperature", 37.0),  # in the ear
        ("06e0", "e140", "009a", "weight", 69_853.22),  # 154 lb
        ("0f03", "4a05", "0010", "systolic_pressure", 120.01),  # 16 kPa
    ],
)
def test_what_an_extended_agent_measures_in_its_own_unit_is_converted(
    unit: str, kind: str, value: str, vital: str, kept: float
) -> None:
    association = Association(SYSTEM_ID)
    association.step(request(0x4000))
    objects = f"0006 0001 0003 001a 092f 0004 0002{kind} 0996 0002 {unit} 0a55 0008 0001 0004 0a4c 0002"
    association.step(configuration_report(objects))
    assert association.state is State.OPERATING
    found = association.step(report(f"0001 0002 {value}", count=1)).measurements
    assert plain(list(found)) == [(vital, pytest.approx(kept, abs=0.01), "good")]


def configuration_report(objects: str, *, number: str = "4000", count: int = 1) -> Apdu:
    body = bytes.fromhex(objects)
    info = bytes.fromhex(number) + count.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body
    content = bytes.fromhex("0000ffffffff0d1c") + len(info).to_bytes(2, "big") + info
    inner = bytes.fromhex("99990101") + len(content).to_bytes(2, "big") + content
    outer = len(inner).to_bytes(2, "big") + inner
    return decode(b"\xe7\x00" + len(outer).to_bytes(2, "big") + outer)


@pytest.mark.parametrize(
    "value",
    ["07ff", "0800", "07fe", "0802", "0801", "0000"],
    ids=["not a number", "not at this resolution", "above", "below", "reserved", "a finger off the probe"],
)
def test_what_is_no_number_is_missing(value: str) -> None:
    assert plain(measured(0x0190, f"0001 0002 {value}")) == [("oxygen_saturation", None, "missing")]


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        ("0000", "good"),
        ("8000", "missing"),  # invalid
        ("2000", "missing"),  # not available
        ("1000", "missing"),  # calibration ongoing
        ("0800", "missing"),  # test data
        ("0400", "missing"),  # demo data
        ("4000", "suspect"),  # questionable
        ("0040", "suspect"),  # early indication
        ("0020", "suspect"),  # measurement ongoing
        ("0080", "good"),  # validated
        ("4080", "suspect"),
        ("c000", "missing"),
    ],
)
def test_a_status_says_whether_a_value_is_to_be_believed(status: str, quality: str) -> None:
    observation = f"0001 0002 000c 0a4c 0002 005a 0947 0002 {status}"
    ((vital, value, found),) = plain(measured(0x0190, observation, kind="0d1e"))
    assert (vital, value, found) == ("oxygen_saturation", None if quality == "missing" else 90, quality)


@pytest.mark.parametrize(
    ("bits", "quality"),
    [
        ("0000", "good"),
        ("8000", "missing"),  # sensor disconnected
        ("2000", "missing"),  # displaced
        ("0800", "missing"),  # off
        ("0200", "missing"),  # searching
        ("0008", "missing"),  # inadequate signal
        ("0100", "suspect"),  # questionable pulse
        ("0020", "suspect"),  # low perfusion
        ("0001", "good"),  # extended display update
    ],
)
def test_an_oximeter_s_probe_speaks_for_all_values_of_its_report(bits: str, quality: str) -> None:
    objects = (
        "0006 0001 0002 0010 092f 0004 00024bb8 0996 0002 0220 "  # an oximeter's value
        "0005 0002 0001 0008 092f 0004 00024c4c"  # and its status
    ).replace("0002 0010", "0002 000e")
    for attribute, sent in (("0a66", bits), ("0a65", bits + "0000")):
        association = Association(SYSTEM_ID)
        association.step(request(0x4000))
        association.step(configuration_report(objects, count=2))
        length = len(sent) // 2
        status = f"0002 0001 {4 + length:04x} {attribute} {length:04x} {sent}"
        found = association.step(report(f"0001 0001 0006 0a4c 0002 005f {status}", count=2, kind="0d1e")).measurements
        assert [one.quality.value for one in found] == [quality]


def test_a_value_that_cannot_be_is_suspect_and_so_is_one_in_an_unknown_unit() -> None:
    assert plain(measured(0x0190, "0001 0002 0078")) == [("oxygen_saturation", 120, "suspect")]
    unknown = "0001 0002 000c 0a4c 0002 005f 0996 0002 ffff"
    assert plain(measured(0x0190, unknown, kind="0d1e")) == [("oxygen_saturation", 95, "suspect")]


def test_a_value_whose_time_is_none_is_kept_without_it() -> None:
    # Freescale, Pulse Oximeter Using USB PHDC: the time is written in binary, not in decimal digits.
    (found,) = measured(0x0190, "0001 000a 0061 200b09230a050000")
    assert (found.value, found.stamp) == (97, None)


def test_reports_of_several_persons_tell_them_apart() -> None:
    found = measured(
        0x05DC, f"0001 0001 0010 0001 000c ff0002fa {AT} 0002 0001 0010 0001 000c ff0001f4 {AT}", count=2, kind="0d1f"
    )
    assert [(one.person, one.value) for one in found] == [(1, pytest.approx(76_200)), (2, pytest.approx(50_000))]


def test_an_object_that_nobody_told_of_is_passed_over() -> None:
    assert measured(0x0190, "0007 0002 0062") == []


def test_confirmed_data_is_confirmed_with_its_invocation() -> None:
    outcome = operating(0x0190).step(report("0001 0002 0062", count=1))
    (answer,) = outcome.answers
    assert answer == Presentation(invocation=0x1236, choice=0x0201, content=EventResult(time=0xFFFFFFFF, type=0x0D1D))
    assert encode(answer).hex() == "e7000012001012360201000a0000ffffffff0d1d0000"


def test_unconfirmed_data_is_taken_and_not_answered() -> None:
    outcome = operating(0x0190).step(report("0001 0002 0062", count=1, choice="0100"))
    assert outcome.answers == ()
    assert len(outcome.measurements) == 1


def test_data_that_is_not_what_was_configured_is_rejected_and_the_association_stands() -> None:
    association = operating(0x0190)
    outcome = association.step(report("0001 0003 006200", count=1))
    assert outcome == Outcome(answers=(Presentation(invocation=0x1236, choice=0x0400, content=Rejection(problem=2)),))
    assert association.state is State.OPERATING


def test_an_unknown_configuration_is_asked_for_and_taken_and_known_the_next_time() -> None:
    association = Association(SYSTEM_ID)
    (answer,) = association.step(request(0x4000)).answers
    assert isinstance(answer, AssociationResponse)
    assert (answer.result, association.state) == (3, State.CONFIGURING)
    (answer,) = association.step(decode(CONFIGURATION)).answers
    assert isinstance(answer, Presentation)
    assert answer.invocation == 0x9999
    assert isinstance(answer.content, EventResult)
    assert answer.content.information == ConfigurationAnswer(configuration=0x4000, result=0)
    assert association.state is State.OPERATING

    again = Association(SYSTEM_ID, association.configurations)
    (answer,) = again.step(request(0x4000)).answers
    assert isinstance(answer, AssociationResponse)
    assert (answer.result, again.state) == (0, State.OPERATING)
    information = answer.protocol.information
    assert isinstance(information, AssociationInformation)
    assert (information.system_type, information.system_id) == (0x80000000, SYSTEM_ID)


def test_of_a_plain_and_a_fast_response_the_plain_one_is_taken() -> None:
    association = Association(SYSTEM_ID)
    association.step(request(0x4000))
    association.step(decode(CONFIGURATION))
    observations = f"0001 000a 0062 {AT} 000a 000a 0048 {AT} 0003 000a 0060 {AT}"
    found = association.step(report(observations, count=3)).measurements
    assert plain(list(found)) == [("oxygen_saturation", 98, "good"), ("heart_rate", 72, "good")]


def test_a_configuration_with_nothing_to_read_is_not_supported() -> None:
    association = Association(SYSTEM_ID)
    association.step(request(0x4000))
    strange = configuration_report("0006 0001 0001 0008 092f 0004 00020001")
    (answer,) = association.step(strange).answers
    assert isinstance(answer, Presentation)
    assert isinstance(answer.content, EventResult)
    assert answer.content.information == ConfigurationAnswer(configuration=0x4000, result=1)
    assert association.state is State.CONFIGURING


def test_who_speaks_no_20601_is_refused() -> None:
    association = Association(SYSTEM_ID)
    other = AssociationRequest(protocols=(DataProtocol(code=65535, information=b"x"),))
    for stranger in (other, AssociationRequest(protocols=()), request(0x0190, encoding_rules=0x4000)):
        (answer,) = association.step(stranger).answers
        assert isinstance(answer, AssociationResponse)
        assert (answer.result, association.state) == (4, State.UNASSOCIATED)


@pytest.mark.parametrize("configuration", [0x0190, 0x4000])
def test_a_release_is_answered_and_ends_the_association(configuration: int) -> None:
    association = Association(SYSTEM_ID)
    association.step(request(configuration))
    assert association.step(ReleaseRequest()) == Outcome(answers=(ReleaseResponse(),))
    assert association.state is State.UNASSOCIATED


def test_data_without_an_association_is_answered_by_an_abort_and_is_nobody_s() -> None:
    association = Association(SYSTEM_ID)
    assert association.step(report("0001 0002 0062", count=1)) == Outcome(answers=(Abort(),))


def test_an_abort_is_never_answered() -> None:
    for state in State:
        association = Association(SYSTEM_ID)
        association.state = state
        assert association.step(Abort()) == Outcome()
        assert association.state is State.UNASSOCIATED


def test_a_second_association_request_aborts_the_first_and_the_third_is_taken() -> None:
    association = operating(0x0190)
    assert association.step(request(0x0190)) == Outcome(answers=(Abort(),))
    assert association.step(request(0x0190)).answers != (Abort(),)
    assert association.state is State.OPERATING


def test_every_state_and_event_is_in_the_table_or_ends_the_association() -> None:
    assert set(TRANSITIONS) <= set(itertools.product(State, Event))
    assert {state for state, _ in TRANSITIONS.values()} == set(State)
    for state in State:
        assert TRANSITIONS[state, Event.ABORT] == (State.UNASSOCIATED, None)


every_apdu = st.sampled_from(
    [
        request(0x0190), request(0x4000), request(0x3FFF), decode(CONFIGURATION), ReleaseRequest(), ReleaseResponse(),
        Abort(), report("0001 0002 0062", count=1), report("0001 0003 006200", count=1),
        report("0001 0002 0062", count=1, choice="0100"), report("", count=0),
        Presentation(invocation=1, choice=0x0203, content=b"\x00"),
        Presentation(invocation=1, choice=0x0103, content=b""),
        Presentation(invocation=1, choice=0x0400, content=Rejection(problem=1)),
    ]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(every_apdu, max_size=12))
def test_whatever_an_agent_sends_in_whatever_order_the_answers_can_be_written(several: list[Apdu]) -> None:
    association = Association(SYSTEM_ID)
    for apdu in several:
        outcome = association.step(apdu)
        for answer in outcome.answers:
            assert decode(encode(answer)) == answer
        assert not outcome.measurements or association.state is State.OPERATING


@settings(max_examples=300)
@given(st.binary(max_size=60), st.sampled_from(["0d1d", "0d1e", "0d1f", "0d20"]))
def test_whatever_a_report_holds_is_measured_or_refused_and_never_breaks(body: bytes, kind: str) -> None:
    association = operating(0x02BC)
    for count in range(3):
        try:
            apdu = report(body.hex(), count=count, kind=kind)
        except BadApdu:
            continue
        for one in association.step(apdu).measurements:
            assert (one.value is None) is (one.quality is Quality.MISSING)


def test_every_vital_and_unit_that_is_read_is_one_of_the_catalogue() -> None:
    assert set(VITALS.values()) <= set(BY_KEY)
    for configuration in STANDARD.values():
        for measure in configuration.values():
            for kind in measure.parts or (measure.type,):
                if kind in VITALS:
                    convert(1, sent=UNITS[measure.unit], kept=BY_KEY[VITALS[kind]].unit)


def test_configurations_of_one_agent_are_bounded() -> None:
    association = Association(SYSTEM_ID)
    for number in range(0x4000, 0x4010):
        association.step(request(number))
        association.step(configuration_report("0006 0001 0001 0008 092f 0004 00024bb8", number=f"{number:04x}"))
        association.step(ReleaseRequest())
    assert sorted(association.configurations) == [0x400C, 0x400D, 0x400E, 0x400F]
