"""Versions as they are shown: with what became of each, and with those that somebody may know of alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from analysis_service.reports.schemas import ReleaseView, VersionView
from analysis_service.reports.tables import ReleaseRow, VersionRow

_OF_ROW = (
    *("report", "number", "patient", "title", "language", "signed_ms", "amends", "reason"),
    *("inputs_sha256", "pdf_sha256", "renderer"),
)
Releases = Sequence[ReleaseRow]


async def views(session: AsyncSession, rows: Sequence[VersionRow], *, cares: bool) -> list[VersionView]:
    """Those of `rows` that may be known of, in their order, each with the newer ones that may."""
    releases: defaultdict[tuple[str, int], list[ReleaseRow]] = defaultdict(list)
    query = select(ReleaseRow).where(ReleaseRow.report.in_({row.report for row in rows}))
    for one in await session.scalars(query.order_by(ReleaseRow.released_ms.desc(), ReleaseRow.id)):
        releases[one.report, one.number].append(one)
    known = [row for row in rows if cares or releases[row.report, row.number]]
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for row in known:
        numbers[row.report].append(row.number)
    return [_view(row, releases[row.report, row.number], numbers[row.report]) for row in known]


def _view(row: VersionRow, releases: Releases, numbers: Sequence[int]) -> VersionView:
    return VersionView.model_validate(
        {name: getattr(row, name) for name in _OF_ROW}
        | {
            "author": row.author_name,
            "newer": tuple(sorted(number for number in numbers if number > row.number)),
            "state": _state(releases),
            "releases": tuple(_release(one) for one in releases),
        }
    )


def _state(releases: Releases) -> str:
    if not releases:
        return "signed"
    return "released" if any(one.recalled_ms is None for one in releases) else "recalled"


def _release(row: ReleaseRow) -> ReleaseView:
    return ReleaseView(
        released_ms=row.released_ms,
        released_by=row.released_name,
        recalled_ms=row.recalled_ms,
        recalled_by=row.recalled_name,
        recall_reason=row.recall_reason,
    )
