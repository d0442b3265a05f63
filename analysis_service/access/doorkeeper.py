"""Who asks too often at the doors, and who tries keys: told to wait, while everybody else goes in.

Each worker keeps its own count, so that a door needs no database to say no: with four workers, four times as much.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request

from analysis_service.access.rates import Rate, Turns
from analysis_service.access.sessions import NoSession
from analysis_service.access.tokens import Caller
from analysis_service.problems import TOO_MANY, UNAUTHORIZED, Problem, ProblemKind
from analysis_service.settings import Settings
from chevet.roles import MACHINES

AT_ONCE = 20
"""A page asks for much at a time, and then for nothing."""
BAD_AT_ONCE = 30
IPV6_HOME = 64
"""Of an IPv6 address, the bits that are one customer's."""


class Doorkeeper:
    """Counts persons and programs by their subject, strangers and those with bad keys by their address."""

    def __init__(
        self, person: Rate, machine: Rate, stranger: Rate, bad: Rate, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._persons, self._machines = Turns(person, ticks), Turns(machine, ticks)
        self._strangers, self._bad = Turns(stranger, ticks), Turns(bad, ticks)

    def require_leisure(self, caller: Caller) -> None:
        """Raises Problem 429 for one who asks too often."""
        turns = self._persons if caller.roles - MACHINES else self._machines
        _require(turns.take(caller.subject))

    def require_stranger(self, request: Request) -> None:
        """Raises Problem 429 where too many come from the address that say not who they are."""
        _require(self._strangers.take(address(request)))

    def require_good(self, request: Request) -> None:
        """Raises Problem 429 where too many bad keys came from the address for another to be tried."""
        _require(self._bad.wait(address(request)))

    def bad(self, request: Request) -> None:
        """A key was bad. Raises Problem 429 in place of what else would be said, where too many were."""
        _require(self._bad.take(address(request)))

    @contextmanager
    def minding(self, request: Request, bad: ProblemKind = UNAUTHORIZED, *, none: bool = False) -> Iterator[None]:
        """What is refused within as `bad` is counted: as a bad key, or as a stranger where there was `none`.

        A good one is let in from wherever it comes: a whole ward may stand behind one address. So is whoever signs in
        there, whatever its forgotten pages go on asking with the cookies of sessions that are over.
        """
        try:
            yield
        except Problem as problem:
            if problem.kind is bad:
                was_good = isinstance(problem, NoSession) and problem.was
                (self.require_stranger if none or was_good else self.bad)(request)
            raise


def doorkeeper(settings: Settings) -> Doorkeeper:
    """As the settings have it."""
    person, machine = settings.requests_per_second, settings.machine_requests_per_second
    stranger, bad = settings.stranger_requests_per_second, settings.bad_credentials_per_second
    return Doorkeeper(
        person=_rate(person, AT_ONCE),
        machine=_rate(machine, AT_ONCE),
        stranger=_rate(stranger, AT_ONCE),
        bad=_rate(bad, BAD_AT_ONCE),
    )


def address(request: Request) -> str:
    """Whence a request comes: of IPv6 the network, for each home has as many addresses as it likes."""
    host = request.client.host if request.client else ""
    try:
        read = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((read, IPV6_HOME), strict=False)) if isinstance(read, IPv6Address) else host


def _rate(per_second: float, seconds: int) -> Rate:
    return Rate(per_second=per_second, at_once=max(1, round(per_second * seconds)))


def _require(wait: float) -> None:
    if wait:
        seconds = math.ceil(wait)
        raise Problem(
            TOO_MANY,
            f"requests: expected fewer in a short time, got more; ask again in {seconds} s",
            headers={"Retry-After": str(seconds)},
        )
