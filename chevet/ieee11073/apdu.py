"""The APDUs of ISO/IEEE 11073-20601: bytes to values and back, nothing else.

They come through the tunnel of the Zigbee Health Care profile (cluster 0x0614) whole. What Chevet does not read stays
bytes, so that each APDU that can be read can be written again as it was.
"""

from __future__ import annotations

from chevet.errors import BadApdu
from chevet.ieee11073 import nomenclature
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
from chevet.ieee11073.wire import U8, U16, U32, Chosen, Many, Octets, Reader, Structure, Wire, refusal, with_length

MOST_BYTES = 64_512
"""The longest APDU that an agent may send to a manager."""

REPORT, CONFIRMED_REPORT, REPORT_ANSWER, FAILURE, REJECTION = 0x0100, 0x0101, 0x0201, 0x0300, 0x0400
"""Choices of a presentation that are read; get, set and action stay bytes."""

_ATTRIBUTES = Many(Structure(Attribute, (("code", U16), ("value", Octets()))))
_INFORMATION = Structure(
    AssociationInformation,
    (
        ("protocol_version", U32),
        ("encoding_rules", U16),
        ("nomenclature_version", U32),
        ("functional_units", U32),
        ("system_type", U32),
        ("system_id", Octets()),
        ("configuration", U16),
        ("request_modes", U16),
        ("requests_by_agent", U8),
        ("requests_by_manager", U8),
        ("options", _ATTRIBUTES),
    ),
)
_PROTOCOL = Structure(
    DataProtocol,
    (("code", U16), ("information", Octets(Chosen("code", {nomenclature.DATA_PROTOCOL: _INFORMATION})))),
)
_OBJECTS = Many(Structure(ConfigurationObject, (("kind", U16), ("handle", U16), ("attributes", _ATTRIBUTES))))
_CONFIGURATION = Structure(ConfigurationReport, (("configuration", U16), ("objects", _OBJECTS)))
_FIXED = Many(Structure(Fixed, (("handle", U16), ("data", Octets()))))
_VARIABLE = Many(Structure(Variable, (("handle", U16), ("attributes", _ATTRIBUTES))))


def _scan(observations: Wire) -> Structure:
    return Structure(ScanReport, (("request", U16), ("number", U16), ("observations", observations)))


def _of_persons(observations: Wire) -> Many:
    return Many(Structure(OfPerson, (("person", U16), ("observations", observations))))


_REPORTS: dict[int, Wire] = {
    nomenclature.CONFIGURATION: _CONFIGURATION,
    nomenclature.FIXED: _scan(_FIXED),
    nomenclature.VARIABLE: _scan(_VARIABLE),
    nomenclature.PERSONS_FIXED: _scan(_of_persons(_FIXED)),
    nomenclature.PERSONS_VARIABLE: _scan(_of_persons(_VARIABLE)),
}
_ANSWERS: dict[int, Wire] = {
    nomenclature.CONFIGURATION: Structure(ConfigurationAnswer, (("configuration", U16), ("result", U16))),
}


def _event(build: type, information: dict[int, Wire]) -> Structure:
    return Structure(
        build, (("handle", U16), ("time", U32), ("type", U16), ("information", Octets(Chosen("type", information))))
    )


_CONTENTS: dict[int, Wire] = {
    REPORT: _event(EventReport, _REPORTS),
    CONFIRMED_REPORT: _event(EventReport, _REPORTS),
    REPORT_ANSWER: _event(EventResult, _ANSWERS),
    FAILURE: Structure(Failure, (("error", U16), ("parameter", Octets()))),
    REJECTION: Structure(Rejection, (("problem", U16),)),
}
_PRESENTATION = Structure(
    Presentation, (("invocation", U16), ("choice", U16), ("content", Octets(Chosen("choice", _CONTENTS))))
)
_REASON = (("reason", U16),)

APDUS: dict[int, tuple[type, Wire]] = {
    0xE200: (
        AssociationRequest,
        Structure(AssociationRequest, (("version", U32), ("protocols", Many(_PROTOCOL)))),
    ),
    0xE300: (AssociationResponse, Structure(AssociationResponse, (("result", U16), ("protocol", _PROTOCOL)))),
    0xE400: (ReleaseRequest, Structure(ReleaseRequest, _REASON)),
    0xE500: (ReleaseResponse, Structure(ReleaseResponse, _REASON)),
    0xE600: (Abort, Structure(Abort, _REASON)),
    0xE700: (Presentation, Octets(_PRESENTATION)),
}


def decode(body: bytes) -> Apdu:
    """The APDU in `body`, which holds one and nothing more. Raises BadApdu with the field and the offset."""
    if len(body) > MOST_BYTES:
        raise refusal("apdu", f"at most {MOST_BYTES} bytes", str(len(body)), 0)
    reader = Reader(body, 0, len(body))
    choice = reader.number(2, "choice")
    if choice not in APDUS:
        raise refusal("choice", "one of " + ", ".join(f"{one:#06x}" for one in APDUS), f"{choice:#06x}", 0)
    content = reader.inner(reader.number(2, "length"), "length")
    reader.require_end("apdu")
    found: Apdu = APDUS[choice][1].read(content, "apdu", {})
    content.require_end("apdu")
    return found


def encode(apdu: Apdu) -> bytes:
    """The bytes of `apdu`. Raises BadApdu with the field that has none."""
    for choice, (kind, wire) in APDUS.items():
        if isinstance(apdu, kind):
            return choice.to_bytes(2, "big") + with_length(wire.write(apdu, "apdu", apdu), "apdu")
    raise BadApdu(f"apdu: expected one of {len(APDUS)} kinds, got a {type(apdu).__name__}", field="apdu")
