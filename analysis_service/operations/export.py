"""All that is held of a patient, for themself: a ZIP file that is made while it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from analysis_service.clock import Clock, shown
from analysis_service.database import Database
from analysis_service.operations import own_rows
from analysis_service.operations.holdings import HELD
from analysis_service.operations.own_series import OwnSeries
from analysis_service.operations.readme import readme
from analysis_service.operations.zipped import Zipped
from analysis_service.query.service import Upstream

FILE = "chevet-export.zip"
README = "README.md"


class Exports:
    """Of one database and its Prometheus."""

    def __init__(self, database: Database, upstream: Upstream, clock: Clock) -> None:
        self._database = database
        self._upstream = upstream
        self._clock = clock

    async def of(self, patient: str) -> AsyncIterator[bytes]:
        """The pieces of the file. Raises OperationRefused, before the first, where Prometheus does not answer."""
        now = self._clock()
        series = OwnSeries(self._upstream, patient, now)
        return self._pieces(patient, series, await series.names(), now)

    async def _pieces(self, patient: str, series: OwnSeries, names: Sequence[str], now: int) -> AsyncIterator[bytes]:
        with Zipped() as zipped:
            async for piece in zipped.file(README, _one(readme(shown(now), names).encode())):
                yield piece
            for holding in HELD:
                if holding.left_out:
                    continue
                rows = own_rows.as_json(self._database, holding, patient)
                async for piece in zipped.file(f"records/{holding.name}.json", rows):
                    yield piece
                async for name, content in own_rows.as_files(self._database, holding, patient):
                    async for piece in zipped.file(name, _one(content)):
                        yield piece
            for name in names:
                async for piece in zipped.file(f"series/{name}.csv", series.lines(name)):
                    yield piece
            yield zipped.end()


async def _one(piece: bytes) -> AsyncIterator[bytes]:
    yield piece
