"""How people who look are called: written with an entry where a name is new, and read by those who were looked at.

One row a person, kept in mind by each process: a look costs nothing more. A name in each entry would stay there for as
long as the record does, of people who left or are called otherwise since.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.asking import Asking
from analysis_service.audit.rows import written
from analysis_service.audit.tables import PersonRow

MOST_KNOWN = 10_000

Met = Mapping[str, tuple[str, int]]
"""Of a subject the name, and when they asked."""


class People:
    """Of one process: the names that it has written, and those that wait for the next entry."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self._new: dict[str, tuple[str, int]] = {}

    def meet(self, asking: Asking) -> None:
        """Somebody asks; their name is written with the next entry where it is not known."""
        subject, name = asking.subject, asking.name
        if subject and name and not asking.of_a_machine and self._known.get(subject) != name:
            self._new[subject] = name, asking.at

    async def write(self, session: AsyncSession) -> Met:
        """Write the new names in this transaction. `written` is to be told once it is kept."""
        met = dict(self._new)
        for subject, (name, at) in sorted(met.items()):
            await session.merge(PersonRow(subject=written(subject), name=name, seen_ms=at))
        return met

    def written(self, met: Met) -> None:
        """These are kept."""
        for subject, (name, at) in met.items():
            self._known[subject] = name
            self._known.move_to_end(subject)
            if self._new.get(subject) == (name, at):
                del self._new[subject]
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
