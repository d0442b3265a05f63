"""What the APDUs of ISO/IEEE 11073-20601 say, as values: associations, releases, aborts, and what is presented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chevet.ieee11073 import nomenclature


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
