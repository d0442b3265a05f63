"""Bodies that came at about the same time are looked at together: that costs little more than looking at one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice

import structlog

from analysis_service.ingest.cutting import Cut
from analysis_service.ingest.glance import Glance, glance

MOST_TOGETHER = 24
"""Their columns still lie near the processor; others of the service wait so long."""

log = structlog.get_logger()


class Looking:
    """Those that came in one turn of the event loop wait for its end, and for nothing else."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[Glance | None], Cut] = {}

    async def at(self, cut: Cut) -> Glance | None:
        """What goes on of it; None where it must be judged in full."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._look)
        answer: asyncio.Future[Glance | None] = loop.create_future()
        self._waiting[answer] = cut
        return await answer

    def _look(self) -> None:
        together = dict(islice(self._waiting.items(), MOST_TOGETHER))
        for answer in together:
            del self._waiting[answer]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._look)
        for answer, one in zip(together, _looked_at(list(together.values())), strict=True):
            if not answer.done():  # whoever waited may have gone
                answer.set_result(one)


def _looked_at(many: Sequence[Cut]) -> Sequence[Glance | None]:
    """A failure of ours with one of them is no reason to refuse any: all are judged in full then."""
    try:
        return glance(many)
    except Exception:
        log.exception("bodies could not be looked at together", bodies=len(many))
        return [None] * len(many)
