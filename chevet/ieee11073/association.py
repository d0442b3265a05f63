"""The manager's side of one association with one agent, without any I/O: an APDU in, answers and measurements out.

Two tables are the whole state machine (11073-20601, clause 8): what an APDU is at the moment it comes, and what that
does in each state. What is not in the table ends the association, and the agent begins anew. Whoever sends the answers
has first put the measurements where they cannot be lost: the answer lets the agent forget them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chevet.errors import BadApdu
from chevet.ieee11073 import configurations as known
from chevet.ieee11073 import nomenclature as codes
from chevet.ieee11073.apdu import CONFIRMED_REPORT, REJECTION, REPORT_ANSWER
from chevet.ieee11073.measurements import Measurement, measurements
from chevet.ieee11073.structures import (
    Abort,
    Apdu,
    AssociationInformation,
    AssociationRequest,
    AssociationResponse,
    ConfigurationAnswer,
    ConfigurationReport,
    DataProtocol,
    EventReport,
    EventResult,
    Presentation,
    Rejection,
    ReleaseRequest,
    ReleaseResponse,
    ScanReport,
)


class State(StrEnum):
    """Where the association stands; associating is over in one step, for the manager decides at once."""

    UNASSOCIATED = "unassociated"
    CONFIGURING = "configuring"
    OPERATING = "operating"


class Event(StrEnum):
    """What an APDU is to a manager."""

    KNOWN = "association with a known configuration"
    UNKNOWN = "association with an unknown configuration"
    FOREIGN = "association that cannot be"
    CONFIGURATION = "configuration"
    STRANGE_CONFIGURATION = "configuration without anything to read"
    DATA = "data"
    CONFIRMED_DATA = "data to be confirmed"
    UNREADABLE = "data that cannot be read"
    RELEASE = "release"
    RELEASED = "released"
    ABORT = "abort"
    ANSWER = "answer to what nobody asked"
    OTHER = "anything else"


Answer = Callable[["Association", Apdu], Apdu]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What to send, in order, and what was measured."""

    answers: tuple[Apdu, ...] = ()
    measurements: tuple[Measurement, ...] = ()


ACCEPTED, ACCEPTED_UNKNOWN, REFUSED = 0, 3, 4
"""Results of an association; the last is "no common protocol"."""
CONFIGURATION_ACCEPTED, CONFIGURATION_UNSUPPORTED = 0, 1
MANAGER, MDER = 0x80000000, 0x8000
MOST_KEPT = 4
"""Configurations of one agent that are kept; one has as many as it has modes."""


class Association:
    """One agent. `configurations` are its extended ones by number: to be kept, and given to the next association.

    `system_id` is the manager's own, eight bytes; `told` the number of the configuration that was reported last.
    """

    def __init__(self, system_id: bytes, configurations: Mapping[int, known.Configuration] | None = None) -> None:
        self.state = State.UNASSOCIATED
        self.configurations = dict(configurations or {})
        self.system_id = system_id
        self.told = 0
        self._configuration = 0

    def step(self, apdu: Apdu) -> Outcome:
        """What `apdu` does. Raises nothing: an APDU that makes no sense here is answered by an abort."""
        event, found = self._event(apdu)
        self.state, answer = TRANSITIONS.get((self.state, event), _ENDED)
        return Outcome(
            answers=(answer(self, apdu),) if answer else (),
            measurements=tuple(found) if self.state is State.OPERATING else (),
        )

    def configuration(self) -> known.Configuration | None:
        """The objects of the agent, None before they are known."""
        return self._find(self._configuration)

    def _find(self, number: int) -> known.Configuration | None:
        return known.STANDARD.get(number) or self.configurations.get(number)

    def _event(self, apdu: Apdu) -> tuple[Event, list[Measurement]]:
        if isinstance(apdu, AssociationRequest):
            return self._association(apdu), []
        if isinstance(apdu, Presentation):
            return self._presented(apdu)
        return _SIMPLE.get(type(apdu), Event.OTHER), []

    def _association(self, request: AssociationRequest) -> Event:
        offered = _offered(request)
        if offered is None:
            return Event.FOREIGN
        if self.state is State.UNASSOCIATED:
            self._configuration = offered.configuration
        return Event.UNKNOWN if self._find(offered.configuration) is None else Event.KNOWN

    def _presented(self, apdu: Presentation) -> tuple[Event, list[Measurement]]:
        content = apdu.content
        if not isinstance(content, EventReport) or content.handle != codes.MDS:
            return Event.ANSWER if apdu.choice >= REPORT_ANSWER else Event.OTHER, []
        if isinstance(content.information, ConfigurationReport):
            return self._reported(content.information) if apdu.choice == CONFIRMED_REPORT else Event.OTHER, []
        if not isinstance(content.information, ScanReport):
            return Event.OTHER, []
        try:
            found = measurements(content.information, self.configuration() or {})
        except BadApdu:
            return Event.UNREADABLE, []
        return Event.CONFIRMED_DATA if apdu.choice == CONFIRMED_REPORT else Event.DATA, found

    def _reported(self, report: ConfigurationReport) -> Event:
        self.told = report.configuration
        if self.state is not State.CONFIGURING:
            return Event.CONFIGURATION
        try:
            told = known.reported(report)
        except BadApdu:
            return Event.STRANGE_CONFIGURATION
        readable = {code for measure in told.values() for code in (measure.type, *measure.parts)} & set(codes.VITALS)
        if not readable or report.configuration != self._configuration:
            return Event.STRANGE_CONFIGURATION
        while len(self.configurations) >= MOST_KEPT:
            del self.configurations[next(iter(self.configurations))]
        self.configurations[report.configuration] = told
        return Event.CONFIGURATION


def _offered(request: AssociationRequest) -> AssociationInformation | None:
    """What the agent is, where it speaks 20601 in MDER."""
    for protocol in request.protocols:
        information = protocol.information
        if isinstance(information, AssociationInformation) and information.encoding_rules & MDER:
            return information
    return None


def _association_answer(result: int) -> Answer:
    def answer(self: Association, apdu: Apdu) -> Apdu:
        information = AssociationInformation(system_type=MANAGER, system_id=self.system_id)
        return AssociationResponse(result=result, protocol=DataProtocol(information=information))

    return answer


def _configuration_answer(result: int) -> Answer:
    def answer(self: Association, apdu: Apdu) -> Apdu:
        return _result(apdu, ConfigurationAnswer(configuration=self.told, result=result))

    return answer


def _confirmation(self: Association, apdu: Apdu) -> Apdu:
    return _result(apdu, b"")


def _result(apdu: Apdu, information: ConfigurationAnswer | bytes) -> Apdu:
    if not isinstance(apdu, Presentation) or not isinstance(apdu.content, EventReport):
        return Abort()
    report = apdu.content
    result = EventResult(handle=report.handle, time=report.time, type=report.type, information=information)
    return Presentation(invocation=apdu.invocation, choice=REPORT_ANSWER, content=result)


def _rejection(self: Association, apdu: Apdu) -> Apdu:
    """2: a badly structured APDU."""
    invocation = apdu.invocation if isinstance(apdu, Presentation) else 0
    return Presentation(invocation=invocation, choice=REJECTION, content=Rejection(problem=2))


def _released(self: Association, apdu: Apdu) -> Apdu:
    return ReleaseResponse()


def _abort(self: Association, apdu: Apdu) -> Apdu:
    return Abort()


_SIMPLE: Mapping[type, Event] = MappingProxyType(
    {ReleaseRequest: Event.RELEASE, ReleaseResponse: Event.RELEASED, Abort: Event.ABORT}
)
_ENDED: tuple[State, Answer | None] = (State.UNASSOCIATED, _abort)

TRANSITIONS: Mapping[tuple[State, Event], tuple[State, Answer | None]] = MappingProxyType(
    {
        (State.UNASSOCIATED, Event.KNOWN): (State.OPERATING, _association_answer(ACCEPTED)),
        (State.UNASSOCIATED, Event.UNKNOWN): (State.CONFIGURING, _association_answer(ACCEPTED_UNKNOWN)),
        (State.UNASSOCIATED, Event.FOREIGN): (State.UNASSOCIATED, _association_answer(REFUSED)),
        (State.UNASSOCIATED, Event.RELEASED): (State.UNASSOCIATED, None),
        (State.UNASSOCIATED, Event.ABORT): (State.UNASSOCIATED, None),
        (State.CONFIGURING, Event.CONFIGURATION): (
            State.OPERATING,
            _configuration_answer(CONFIGURATION_ACCEPTED),
        ),
        (State.CONFIGURING, Event.STRANGE_CONFIGURATION): (
            State.CONFIGURING,
            _configuration_answer(CONFIGURATION_UNSUPPORTED),
        ),
        (State.CONFIGURING, Event.ANSWER): (State.CONFIGURING, None),
        (State.CONFIGURING, Event.RELEASE): (State.UNASSOCIATED, _released),
        (State.CONFIGURING, Event.ABORT): (State.UNASSOCIATED, None),
        (State.OPERATING, Event.DATA): (State.OPERATING, None),
        (State.OPERATING, Event.CONFIRMED_DATA): (State.OPERATING, _confirmation),
        (State.OPERATING, Event.UNREADABLE): (State.OPERATING, _rejection),
        (State.OPERATING, Event.ANSWER): (State.OPERATING, None),
        (State.OPERATING, Event.RELEASE): (State.UNASSOCIATED, _released),
        (State.OPERATING, Event.ABORT): (State.UNASSOCIATED, None),
    }
)
"""What is not here ends the association with an abort."""
