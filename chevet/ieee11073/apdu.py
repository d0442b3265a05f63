"""The APDUs of ISO/IEEE 11073-20601: bytes to values and back, nothing else.

They come through the tunnel of the Zigbee Health Care profile (cluster 0x0614) whole. What Chevet does not read stays
bytes, so that each APDU that can be read can be written again as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chevet.errors import BadApdu
from chevet.ieee11073 import nomenclature
from chevet.ieee11073.wire import U8, U16, U32, Chosen, Many, Octets, Reader, Structure, Wire, refusal, with_length

MOST_BYTES = 64_512
"""The longest APDU that an agent may send to a manager."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of an object: its code, and its value as bytes."""

    code: int
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationInformation:
    """What one side is: flags as the standard numbers them, the most significant bit first."""

    protocol_version: int = 0x80000000
    encoding_rules: int = 0x8000
    nomenclature_version: int = 0x80000000
    functional_units: int = 0
    system_type: int
    system_id: bytes
    configuration: int = 0
    request_modes: int = 0
    requests_by_agent: int = 0
    requests_by_manager: int = 0
    options: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataProtocol:
    """A data protocol that is offered or chosen; `information` is bytes where it is not 20601."""

    code: int = nomenclature.DATA_PROTOCOL
    information: AssociationInformation | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationRequest:
    """An agent wants to speak."""

    version: int = 0x80000000
    protocols: tuple[DataProtocol, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationResponse:
    """0 accepted, 3 accepted but its configuration is not known, 1 and 2 and 4 to 8 refused."""

    result: int
    protocol: DataProtocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """One side ends the association."""

    reason: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseResponse:
    """The other side agrees."""

    reason: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort:
    """One side no longer understands the other."""

    reason: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationObject:
    """An object of an agent, and the attributes that do not change."""

    kind: int
    handle: int
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationReport:
    """All objects of an agent."""

    configuration: int
    objects: tuple[ConfigurationObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationAnswer:
    """0 accepted, 1 not supported, 2 a standard one that is not known."""

    configuration: int
    result: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Values of an object in the order of its attribute value map."""

    handle: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Values of an object, each with its code."""

    handle: int
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPerson:
    """What was measured of one person."""

    person: int
    observations: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """`observations` are all `Fixed`, all `Variable`, or all `OfPerson` with one of these."""

    request: int = 0xF000
    number: int = 0
    observations: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReport:
    """`information` is a ConfigurationReport, a ScanReport, or bytes, by `type`."""

    handle: int = nomenclature.MDS
    time: int = 0
    type: int
    information: ConfigurationReport | ScanReport | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EventResult:
    """The answer to a confirmed event report; `information` is a ConfigurationAnswer or bytes."""

    handle: int = nomenclature.MDS
    time: int = 0
    type: int
    information: ConfigurationAnswer | bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An invocation could not be done."""

    error: int
    parameter: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """An invocation could not be read."""

    problem: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """`content` is an EventReport, an EventResult, a Failure, a Rejection, or bytes, by `choice`."""

    invocation: int
    choice: int
    content: EventReport | EventResult | Failure | Rejection | bytes


Apdu = AssociationRequest | AssociationResponse | ReleaseRequest | ReleaseResponse | Abort | Presentation

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
