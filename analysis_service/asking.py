"""The request under way: who asks, by which right and about whom. Access says the first, the routes the last."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from chevet.roles import MACHINES, Right, Role


@dataclass(frozen=True, slots=True)
class Glass:
    """The glass that somebody broke to look at a patient: why, and until when it is open."""

    reason: str
    until: int


@dataclass(slots=True, kw_only=True)
class Asking:
    """One request. `subject` is None until its token was good.

    `kept` are the patients about whom it stands in the record already, None while it does not stand there at all.
    `glass` is of those whom the caller may look at by nothing else, whether this request is about them or not.
    """

    scope: MutableMapping[str, Any]
    request: str
    at: int
    subject: str | None = None
    name: str = ""
    roles: frozenset[Role] = frozenset()
    right: str = ""
    reason: str | None = None
    named: set[str] = field(default_factory=set)
    glass: dict[str, Glass] = field(default_factory=dict)
    kept: frozenset[str] | None = None

    @property
    def of_a_machine(self) -> bool:
        """Whether a program asks, on nobody's behalf."""
        return bool(self.roles) and self.roles <= MACHINES

    @property
    def patients(self) -> frozenset[str]:
        """Those that a route named, and the one in the address."""
        path = self.scope.get("path_params", {}).get("patient")
        return frozenset(self.named | ({path} if path else set()))

    @property
    def broken(self) -> tuple[Glass, ...]:
        """The glass that is open to those whom it is about."""
        return tuple(self.glass[patient] for patient in sorted(self.patients & self.glass.keys()))

    @property
    def grounds(self) -> str | None:
        """Every reason that the person gave for it, now or when they broke the glass."""
        given = {self.reason} - {None} | {one.reason for one in self.broken}
        return "; ".join(sorted(str(one) for one in given)) or None


_UNDER_WAY: ContextVar[Asking | None] = ContextVar("asking", default=None)


def under_way() -> Asking | None:
    """The request that this is done for, None for the service's own work."""
    return _UNDER_WAY.get()


@contextmanager
def doing(asking: Asking | None) -> Iterator[None]:
    """What is done within is done for `asking`; for None, on nobody's behalf."""
    before = _UNDER_WAY.set(asking)
    try:
        yield
    finally:
        _UNDER_WAY.reset(before)


def asks(subject: str, name: str, roles: frozenset[Role], right: Right) -> None:
    """Who it is, and the right that the route wants, before it is known whether they have it."""
    asking = under_way()
    if asking is not None:
        asking.subject, asking.name, asking.roles, asking.right = subject, name, roles, right.value


def signed_in(subject: str, name: str, roles: frozenset[Role]) -> None:
    """Who it is, where the route is open to everybody who signed in."""
    asking = under_way()
    if asking is not None:
        asking.subject, asking.name, asking.roles = subject, name, roles


def about(*patients: str | None) -> None:
    """Whose data this is about, where the address does not say it."""
    asking = under_way()
    if asking is not None:
        asking.named.update(patient for patient in patients if patient is not None)


def because(reason: str) -> None:
    """The reason that the person gave."""
    asking = under_way()
    if asking is not None:
        asking.reason = reason


def about_those_under_glass() -> None:
    """It is about whomever the caller may look at by broken glass alone: a sum names nobody, and they are in it."""
    asking = under_way()
    if asking is not None:
        asking.named.update(asking.glass)


def through(patient: str, glass: Glass) -> None:
    """The caller may look at `patient` by `glass`, and by nothing else."""
    asking = under_way()
    if asking is not None:
        asking.glass[patient] = glass
