"""Whatever order and however often it is told in, what is kept in the end is the same."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from analysis_service.alerts.kept import keep_raised, keep_told
from analysis_service.alerts.notified import NotifiedAlert
from analysis_service.alerts.tables import AlertRow
from analysis_service.database import Database
from chevet.alerts import Alert, alert_id
from chevet.severities import Kind, Severity
from tests.analysis_service.told import MINUTE, told

START = 1_900_000_000_000
PATIENT = "p1"
Act = Alert | dict[str, Any]
KEPT = ("id", "part_of", "source", "severity", "onset", "cleared_at", "patient", "told", "gateway", "rule")


def gateways(onset: int, ends: int | None) -> Alert:
    return Alert(
        id=str(alert_id("g01", "oximeter", "oxygen_saturation.low", onset)),
        gateway="g01",
        device="oximeter",
        rule="oxygen_saturation.low",
        vital="oxygen_saturation",
        kind=Kind.CLINICAL,
        severity=Severity.HIGH,
        onset=onset,
        declared_at=onset,
        value=84.0,
        limit=88.0,
        cleared_at=ends,
    )


@st.composite
def told_of_some_conditions(draw: st.DrawFn) -> tuple[list[Act], list[Act]]:
    """Everything that is told of up to five alerts, some of it twice, in two orders."""
    acts: list[Act] = []
    for number in range(draw(st.integers(1, 5))):
        onset = START + draw(st.integers(0, 12)) * MINUTE + number
        ends = draw(st.none() | st.integers(0, 12).map(lambda minutes, onset=onset: onset + minutes * MINUTE))
        ways: list[Act] = []
        if draw(st.booleans()):
            ways = [gateways(onset, end) for end in dict.fromkeys((None, ends))]
        else:
            severity = draw(st.sampled_from(["high", "medium"]))
            ways = [told(onset, end, severity, patient=PATIENT) for end in dict.fromkeys((None, ends))]
        acts += ways + draw(st.lists(st.sampled_from(ways), max_size=2))
    return draw(st.permutations(acts)), draw(st.permutations(acts))


async def keep(database: Database, acts: Sequence[Act]) -> list[dict[str, object]]:
    """The rows that are left."""
    for act in acts:
        async with database.writing() as session:
            if isinstance(act, Alert):
                await keep_raised(session, act, PATIENT, START)
            else:
                await keep_told(session, NotifiedAlert.model_validate(act).notice, PATIENT, START)
    async with database.reading() as session:
        rows = await session.scalars(select(AlertRow).order_by(AlertRow.id))
        return [{name: getattr(row, name) for name in KEPT} for row in rows]


async def kept(url: str, acts: Sequence[Act]) -> list[dict[str, object]]:
    database = Database(url)
    try:
        return await keep(database, acts)
    finally:
        await database.close()


def test_every_order_of_what_is_told_leaves_the_same_rows(template_file: Path, tmp_path: Path) -> None:
    @settings(max_examples=60, deadline=None)
    @given(told_of_some_conditions())
    def law(orders: tuple[list[Act], list[Act]]) -> None:
        left = []
        for number, acts in enumerate(orders):
            file = tmp_path / f"{number}.sqlite"
            for old in tmp_path.glob(f"{number}.sqlite*"):
                old.unlink()
            shutil.copyfile(template_file, file)
            left.append(asyncio.run(kept(f"sqlite+aiosqlite:///{file}", acts)))
        assert left[0] == left[1]

    law()


async def test_a_shuffled_hour_of_a_ward_leaves_the_same_rows_on_each_database(
    on_sqlite: str, on_postgresql: str, template_file: Path
) -> None:
    shutil.copyfile(template_file, on_sqlite.partition(":///")[2])
    chance = random.Random(7)
    acts: list[Act] = []
    for minute in range(0, 60, 3):
        onset, severity = START + minute * MINUTE, chance.choice(["high", "medium"])
        ends = onset + chance.choice([0, 1, 3]) * MINUTE
        acts += [told(onset, end, severity, patient=PATIENT) for end in (None, ends)]
        acts += [gateways(onset + MINUTE, end) for end in (None, ends + MINUTE)]
    orders = [chance.sample(acts, len(acts)) for _ in range(2)]
    left = [await kept(url, order) for url, order in zip((on_sqlite, on_postgresql), orders, strict=True)]
    assert left[0] == left[1]
    assert 1 < len({row["part_of"] or row["id"] for row in left[0]}) < len(left[0])
