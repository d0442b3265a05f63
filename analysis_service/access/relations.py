"""What a caller is to a patient at this moment: asked of who knows it, each time, so that what ended has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, false, or_

from analysis_service.access.tokens import Caller
from analysis_service.problems import FORBIDDEN, Problem
from chevet.roles import Reach, Right, reaches


class Relation(Protocol):
    """One way to be somebody to a patient."""

    async def patients(self, who: Caller) -> frozenset[str]:
        """The pseudonyms of all to whom `who` is that now."""
        ...

    async def holds(self, who: Caller, patient: str) -> bool:
        """Whether `who` is that to `patient` now."""
        ...


@runtime_checkable
class LongRelation(Relation, Protocol):
    """One that somebody may be to more patients than a statement can name."""

    async def among(self, who: Caller) -> Select[str]:
        """The same pseudonyms, as a statement."""
        ...


Within = Callable[[SQLColumnExpression[Any]], ColumnElement[bool]]
"""Of a column of pseudonyms: the condition that it is of one's own."""


class Relations:
    """`of` has a row for each reach but everybody; `require_patient` raises Problem 404 for a pseudonym of nobody."""

    def __init__(self, of: Mapping[Reach, Relation], require_patient: Callable[[str], Awaitable[None]]) -> None:
        self._of = of
        self._require_patient = require_patient

    async def patients(self, who: Caller, right: Right) -> frozenset[str]:
        """All about whom `who` has `right` by what they are to them. Reach.EVERYBODY adds nobody here."""
        found: set[str] = set()
        for reach in reaches(who.roles, right) - {Reach.EVERYBODY}:
            found |= await self._of[reach].patients(who)
        return frozenset(found)

    async def within(self, who: Caller, right: Right) -> Within | None:
        """As `patients`, for a statement, however many they are; None where `who` has `right` about everybody."""
        wanted = reaches(who.roles, right)
        if Reach.EVERYBODY in wanted:
            return None
        among = [await _among(self._of[reach], who) for reach in wanted]
        return lambda patient: or_(false(), *(patient.in_(those) for those in among))

    async def by(self, who: Caller, right: Right, patient: str) -> frozenset[Reach]:
        """By what `who` has `right` about `patient` now: by nothing where they have it not."""
        wanted = reaches(who.roles, right)
        return frozenset(
            [reach for reach in wanted if reach is Reach.EVERYBODY or await self._of[reach].holds(who, patient)]
        )

    async def hold(self, who: Caller, right: Right, patient: str) -> bool:
        """Whether `who` has `right` about `patient` now."""
        wanted = reaches(who.roles, right)
        if Reach.EVERYBODY in wanted:
            return True
        for reach in wanted:
            if await self._of[reach].holds(who, patient):
                return True
        return False

    async def require(self, who: Caller, right: Right, patient: str) -> None:
        """Raises Problem 403; 404 for those who care for patients and may learn that there is none of this name."""
        if await self.hold(who, right, patient):
            return
        if Reach.CARE in reaches(who.roles, right):
            await self._require_patient(patient)
        raise Problem(
            FORBIDDEN, f"patient: expected one about whom you have the right to {right}, got another", field="patient"
        )


async def _among(relation: Relation, who: Caller) -> Select[str] | list[str]:
    return await relation.among(who) if isinstance(relation, LongRelation) else sorted(await relation.patients(who))
