"""APDUs of IEEE 11073-20601: bytes of public documents, round trips, and whatever else may come."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chevet.errors import BadApdu
from chevet.ieee11073 import nomenclature as codes
from chevet.ieee11073.apdu import MOST_BYTES, decode, encode
from chevet.ieee11073.structures import (
    Abort,
    Apdu,
    AssociationInformation,
    AssociationRequest,
    AssociationResponse,
    Attribute,
    ConfigurationAnswer,
    ConfigurationObject,
    ConfigurationReport,
    DataProtocol,
    EventReport,
    EventResult,
    Failure,
    Fixed,
    OfPerson,
    Presentation,
    Rejection,
    ReleaseRequest,
    ReleaseResponse,
    ScanReport,
    Variable,
)

# Freescale, Pulse Oximeter Using USB PHDC, section on the association request; the rest as in 11073-10404, annex H.
ASSOCIATION = bytes.fromhex(
    "e200 0032 80000000 0001 002a 5079 0026 80000000 8000 80000000 00000000 00800000"
    "0008 1122334455667788 4000 0001 01 00 0000 0000"
)
# universAAL, lddi, AareAPDUtest: the manager does not know the configuration.
RESPONSE = bytes.fromhex(
    "e300 002c 0003 5079 0026 80000000 8000 80000000 00000000 80000000 0008 5453425f4d616e61 0000 00000000 0000 0000"
)
# universAAL, lddi, ExtendedMeasure10404APDUtest: 98 % and 72 beats a minute.
OXIMETER = bytes.fromhex(
    "e700 0036 0034 8888 0101 002e 0000 ffffffff 0d1d 0024 f000 0000 0002 001c"
    "0001 000a 0062 2007120612100000 000a 000a 0048 2007120612100000"
)
WITNESSES = {"association": ASSOCIATION, "response": RESPONSE, "oximeter": OXIMETER}


@pytest.mark.parametrize("raw", WITNESSES.values(), ids=WITNESSES)
def test_what_is_read_is_written_again_byte_for_byte(raw: bytes) -> None:
    assert encode(decode(raw)) == raw


def test_an_association_request_says_who_asks_and_with_which_configuration() -> None:
    request = decode(ASSOCIATION)
    assert isinstance(request, AssociationRequest)
    (protocol,) = request.protocols
    assert protocol.information == AssociationInformation(
        system_type=0x00800000,
        system_id=bytes.fromhex("1122334455667788"),
        configuration=0x4000,
        request_modes=1,
        requests_by_agent=1,
    )


def test_an_association_response_is_read() -> None:
    response = decode(RESPONSE)
    assert isinstance(response, AssociationResponse)
    assert (response.result, response.protocol.code) == (3, 20601)


def test_a_confirmed_report_holds_its_observations() -> None:
    presented = decode(OXIMETER)
    assert isinstance(presented, Presentation)
    assert (presented.invocation, presented.choice) == (0x8888, 0x0101)
    assert isinstance(presented.content, EventReport)
    assert presented.content.information == ScanReport(
        observations=(
            Fixed(handle=1, data=bytes.fromhex("00622007120612100000")),
            Fixed(handle=10, data=bytes.fromhex("00482007120612100000")),
        )
    )


@pytest.mark.parametrize(
    ("raw", "apdu"),
    [
        ("e40000020000", ReleaseRequest()),
        ("e50000020000", ReleaseResponse()),
        ("e60000020002", Abort(reason=2)),
        ("e700000c000a12340300000400170000", Presentation(invocation=0x1234, choice=0x0300, content=Failure(error=23))),
        (
            "e700000a00081234040000020065",
            Presentation(invocation=0x1234, choice=0x0400, content=Rejection(problem=101)),
        ),
    ],
)
def test_short_apdus_are_their_bytes(raw: str, apdu: Apdu) -> None:
    assert decode(bytes.fromhex(raw)) == apdu
    assert encode(apdu) == bytes.fromhex(raw)


@pytest.mark.parametrize(
    ("raw", "sentence", "field", "offset"),
    [
        ("", "choice: expected 2 bytes at byte 0, got 0", "choice", 0),
        ("e9000000", "choice: expected one of 0xe200, 0xe300, 0xe400, 0xe500, 0xe600, 0xe700 at byte 0", "choice", 0),
        ("e4000004 0000", "length: expected 4 bytes at byte 4, got 2", "length", 4),
        ("e4000002 0000 00", "apdu: expected its end at byte 6, got 1 more bytes", "apdu", 6),
        ("e4000003 000000", "apdu: expected its end at byte 6, got 1 more bytes", "apdu", 6),
        ("e2000008 80000000 ffff 0000", "protocols: expected 65535 items at byte 8, got 0 bytes", "protocols", 8),
        (OXIMETER.hex()[:-2], "length: expected 54 bytes at byte 4, got 53", "length", 4),
    ],
)
def test_what_is_no_apdu_is_refused_with_the_field_and_the_offset(
    raw: str, sentence: str, field: str, offset: int
) -> None:
    with pytest.raises(BadApdu) as refused:
        decode(bytes.fromhex(raw.replace(" ", "")))
    assert str(refused.value).startswith(sentence)
    assert (refused.value.field, refused.value.offset) == (field, offset)


@pytest.mark.parametrize("cut", range(4, len(OXIMETER)))
def test_an_apdu_whose_inner_lengths_lie_is_refused(cut: int) -> None:
    lying = OXIMETER[:2] + (cut - 4).to_bytes(2, "big") + OXIMETER[4:cut]
    with pytest.raises(BadApdu):
        decode(lying)


u8, u16, u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
octets = st.binary(max_size=12)


def some(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


attributes = some(st.builds(Attribute, code=u16, value=octets))
information = st.builds(
    AssociationInformation,
    protocol_version=u32, encoding_rules=u16, nomenclature_version=u32, functional_units=u32, system_type=u32,
    system_id=octets, configuration=u16, request_modes=u16, requests_by_agent=u8, requests_by_manager=u8,
    options=attributes,
)  # fmt: skip
protocol = st.builds(DataProtocol, code=st.just(20601), information=information) | st.builds(
    DataProtocol, code=u16.filter(lambda code: code != 20601), information=octets
)
fixed = some(st.builds(Fixed, handle=u16, data=octets))
variable = some(st.builds(Variable, handle=u16, attributes=attributes))
READ = {codes.CONFIGURATION, codes.FIXED, codes.VARIABLE, codes.PERSONS_FIXED, codes.PERSONS_VARIABLE}


def scan(observations: st.SearchStrategy[tuple[object, ...]]) -> st.SearchStrategy[ScanReport]:
    return st.builds(ScanReport, request=u16, number=u16, observations=observations)


def of_persons(observations: st.SearchStrategy[tuple[object, ...]]) -> st.SearchStrategy[tuple[object, ...]]:
    return some(st.builds(OfPerson, person=u16, observations=observations))


def event(kind: int, content: st.SearchStrategy[object]) -> st.SearchStrategy[EventReport]:
    return st.builds(EventReport, handle=u16, time=u32, type=st.just(kind), information=content)


configuration = st.builds(
    ConfigurationReport,
    configuration=u16,
    objects=some(st.builds(ConfigurationObject, kind=u16, handle=u16, attributes=attributes)),
)
events = st.one_of(
    event(codes.CONFIGURATION, configuration),
    event(codes.FIXED, scan(fixed)),
    event(codes.VARIABLE, scan(variable)),
    event(codes.PERSONS_FIXED, scan(of_persons(fixed))),
    event(codes.PERSONS_VARIABLE, scan(of_persons(variable))),
    st.builds(EventReport, handle=u16, time=u32, type=u16.filter(lambda kind: kind not in READ), information=octets),
)
answer = st.builds(ConfigurationAnswer, configuration=u16, result=u16)
results = st.builds(
    EventResult, handle=u16, time=u32, type=st.just(codes.CONFIGURATION), information=answer
) | st.builds(EventResult, handle=u16, time=u32, type=st.just(codes.FIXED), information=octets)


def presented(choice: st.SearchStrategy[int], content: st.SearchStrategy[object]) -> st.SearchStrategy[Presentation]:
    return st.builds(Presentation, invocation=u16, choice=choice, content=content)


apdus = st.one_of(
    st.builds(AssociationRequest, version=u32, protocols=some(protocol)),
    st.builds(AssociationResponse, result=u16, protocol=protocol),
    st.builds(ReleaseRequest, reason=u16),
    st.builds(ReleaseResponse, reason=u16),
    st.builds(Abort, reason=u16),
    presented(st.sampled_from([0x0100, 0x0101]), events),
    presented(st.just(0x0201), results),
    presented(st.just(0x0300), st.builds(Failure, error=u16, parameter=octets)),
    presented(st.just(0x0400), st.builds(Rejection, problem=u16)),
    presented(st.sampled_from([0x0103, 0x0203, 0x0107, 0x0207, 0x7777]), octets),
)


@settings(max_examples=300)
@given(apdus)
def test_what_is_written_is_read_again(apdu: Apdu) -> None:
    assert decode(encode(apdu)) == apdu


def refused(raw: bytes) -> BadApdu | None:
    try:
        decode(raw)
    except BadApdu as error:
        return error
    return None


@settings(max_examples=500)
@given(st.binary(max_size=200))
@example(b"\xe7\x00")
def test_arbitrary_bytes_are_an_apdu_or_a_refusal_that_names_a_field(raw: bytes) -> None:
    error = refused(raw)
    if error is None:
        assert encode(decode(raw)) == raw
    else:
        assert error.field
        assert error.offset is not None
        assert 0 <= error.offset <= len(raw)


@settings(max_examples=500)
@given(st.sampled_from(sorted(WITNESSES.values())), st.data())
def test_a_true_apdu_with_a_few_wrong_bytes_is_an_apdu_or_a_refusal(raw: bytes, data: st.DataObject) -> None:
    body = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(u8)
    error = refused(bytes(body))
    assert error.field if error else encode(decode(bytes(body))) == bytes(body)


def test_the_longest_apdu_of_the_shortest_parts_is_read_in_bounded_time() -> None:
    count = (MOST_BYTES - 38) // 4
    data = count.to_bytes(2, "big") + (count * 4).to_bytes(2, "big") + bytes(count * 4)
    info = b"\xf0\x00\x00\x00" + data
    for content in (b"\x00\x00\xff\xff\xff\xff\x0d\x1d" + len(info).to_bytes(2, "big") + info,):
        inner = b"\x12\x34\x01\x01" + len(content).to_bytes(2, "big") + content
        body = len(inner).to_bytes(2, "big") + inner
        raw = b"\xe7\x00" + len(body).to_bytes(2, "big") + body
        begins = time.process_time()
        presented = decode(raw)
        assert time.process_time() - begins < 5  # measured: 0.05 s
        assert isinstance(presented, Presentation)
        with pytest.raises(BadApdu, match="apdu: expected at most 64512 bytes at byte 0, got 64513"):
            decode(raw.ljust(MOST_BYTES + 1, b"\0"))


@pytest.mark.parametrize(
    ("apdu", "sentence"),
    [
        (Abort(reason=70_000), "reason: expected a number of 2 bytes, got 70000"),
        (Abort(reason=-1), "reason: expected a number of 2 bytes, got -1"),
        ("abort", "apdu: expected one of 6 kinds, got a str"),
        (
            Presentation(invocation=1, choice=0x0101, content=Rejection(problem=1)),
            "content: expected a EventReport, got Rejection(problem=1)",
        ),
        (Presentation(invocation=1, choice=0x0107, content=Rejection(problem=1)), "content: expected bytes"),
        (
            Presentation(invocation=1, choice=0x0107, content=bytes(70_000)),
            "content: expected at most 65535 bytes, got 70000",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_field(apdu: Apdu, sentence: str) -> None:
    with pytest.raises(BadApdu) as refused:
        encode(apdu)
    assert str(refused.value).startswith(sentence)
