"""Folded parts in the journal: whatever comes twice, alone, late or after a restart, each reading counts once."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chevet.parts import Part, fold
from chevet.readings import Quality, Reading
from exporters.gateway.exporter import newest
from exporters.gateway.uplink import journal as journals
from exporters.gateway.uplink.cutting import Cutting
from exporters.gateway.uplink.journal import SCHEMA, Journal, counts
from tests.exporters.gateway.uplink.homes import reading

MINUTE = 60_000
START = 1_700_000_040_000


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path)) as one:
        yield one


def minute(first: int, last: int, start: int = START) -> list[Reading]:
    return [reading(n, start + n * 100, 60.0 + n) for n in range(first, last + 1)]


def ledger(journal: Journal) -> tuple[int, float | None, float | None]:
    """How many readings the samples tell of, and the lowest and highest."""
    many, ends = 0.0, list[float]()
    for text, value in journal.db.execute("SELECT labels, value FROM samples"):
        labels = dict(tuple(pair) for pair in json.loads(text))
        if labels["__name__"].endswith("_readings"):
            many += value
        elif labels["__name__"].endswith("_straggler"):
            many += 1
            ends += [value] if labels["quality"] == "good" else []
        elif labels["__name__"].endswith(("_min", "_max")):
            ends.append(value)
    return int(many), min(ends, default=None), max(ends, default=None)


def ended(journal: Journal, *batches: list[Any]) -> tuple[int, float | None, float | None]:
    cutting = Cutting(journal, push=True)
    for batch in batches:
        cutting.take(batch, 0.0)
    cutting.listen(10_000.0)
    return ledger(journal)


def test_a_part_delivered_twice_counts_once(journal: Journal) -> None:
    part = fold(minute(1, 6))
    cutting = Cutting(journal, push=True)
    assert cutting.take([part, part], 0.0) == Counter(journaled=6, duplicate=6)
    assert cutting.take([part], 0.0)["duplicate"] == 6
    cutting.listen(10_000.0)
    assert ledger(journal) == (6, 61.0, 66.0)


def test_what_left_before_it_was_folded_counts_once_whichever_comes_first(journal: Journal, tmp_path: Path) -> None:
    readings = minute(1, 6)
    assert ended(journal, readings[:2], [fold(readings)]) == (6, 61.0, 66.0)
    (tmp_path / "other").mkdir()
    with closing(Journal(tmp_path / "other")) as other:
        assert ended(other, [fold(readings)], readings[:2]) == (6, 61.0, 66.0)


def test_more_of_the_same_window_folded_later_is_another_part(journal: Journal) -> None:
    assert ended(journal, [fold(minute(1, 3))], [fold(minute(4, 6))], [fold(minute(1, 3))]) == (6, 61.0, 66.0)


def test_a_part_for_a_window_already_cut_becomes_stragglers_at_times_of_their_own(journal: Journal) -> None:
    found = ended(journal, [reading(9, START, 70.0), reading(10, START + 2 * MINUTE, 70.0)], [fold(minute(1, 6))])
    assert found == (8, 61.0, 70.0)
    times = [at for (at,) in journal.db.execute("SELECT at FROM own_times")]
    assert len(set(times)) == 6
    assert all(START <= at < START + MINUTE for at in times)
    assert counts(journal.db)["uncut"] == 0


def test_readings_in_a_part_are_uncut_until_their_window_closes_and_forgotten_with_the_others(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "KEPT_TICKS", 2)
    cutting = Cutting(journal, push=True)
    cutting.take([fold(minute(1, 6))], 0.0)
    assert counts(journal.db)["uncut"] == 6
    assert [journal.tick() for _ in range(4)] == [0, 0, 0, 0], "it still stands in no window"
    cutting.listen(10_000.0)
    assert counts(journal.db)["uncut"] == 0
    cutting.take([reading(20, START + 60 * MINUTE)], 10_000.0)
    assert sum(journal.tick() for _ in range(4)) == 6
    assert journal.db.execute("SELECT count(*) FROM parts").fetchone() == (0,)


def test_a_part_from_the_future_travels_alone_and_closes_nothing(journal: Journal) -> None:
    cutting = Cutting(journal, push=True, wall=lambda: START / 1000)
    ahead = replace(fold(minute(1, 6)), start=START + 10 * 365 * 24 * 60 * MINUTE)
    assert cutting.take([ahead], 0.0)["straggler"] == 6
    assert cutting.take([reading(7, START), reading(8, START + 2 * MINUTE)], 0.0)["window"] == 1


def test_a_journal_from_before_parts_gets_what_it_lacks(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / journals.NAME)) as before:
        before.executescript(f"{SCHEMA} PRAGMA user_version = 1;")
        before.execute("INSERT INTO series VALUES (1, 'g01', 'watch', 'heart_rate')")
        before.execute("INSERT INTO runs VALUES (1, 'r1')")
        before.execute(
            "INSERT INTO readings (series, run, sequence, measured_at, value, quality) VALUES (1, 1, 1, ?, 50, 'good')",
            (START,),
        )
        before.commit()
    with closing(Journal(tmp_path)) as journal:
        assert ended(journal, [fold(minute(2, 6))]) == (6, 50.0, 66.0)


def test_pull_shows_a_window_of_parts(journal: Journal) -> None:
    cutting = Cutting(journal, push=False)
    cutting.take([fold(minute(1, 3)), fold(minute(4, 6)), reading(7, START + 2 * MINUTE)], 0.0)
    shown = {one.name.rpartition("_")[2]: one.samples for one in newest.window_series(journal.db)}
    assert shown["readings"] == ((START + MINUTE, 6.0),)
    assert shown["min"] == ((START + MINUTE, 61.0),)
    late = cutting.take([fold(minute(8, 9))], 0.0)
    assert late["straggler"] == 2
    assert {one.name.rpartition("_")[2]: one.samples for one in newest.window_series(journal.db)} == shown


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Reading], list[Reading | Part]]:
    """What was measured, and what comes of it in any order: some folded, some twice, some that left before."""
    drawn = draw(
        st.lists(st.tuples(st.integers(0, 3), st.floats(20, 200), st.sampled_from(Quality)), min_size=2, max_size=40)
    )
    readings = [
        reading(n, START + minute * MINUTE + n, None if quality is Quality.MISSING else value, quality=quality)
        for n, (minute, value, quality) in enumerate(drawn)
    ]
    coming: list[Reading | Part] = []
    stretch: list[Reading] = []
    for one in [*readings, None]:
        go_on = one and stretch and stretch[-1].measured_at // MINUTE == one.measured_at // MINUTE
        if stretch and not (go_on and draw(st.booleans())):
            coming += [fold(stretch)] if len(stretch) > 1 else stretch
            stretch = []
        stretch += [one] if one else []
    left_before = draw(st.lists(st.sampled_from(readings), max_size=10))
    twice = draw(st.lists(st.sampled_from(coming), max_size=5))
    return readings, draw(st.permutations([*coming, *left_before, *twice]))


@settings(max_examples=60, deadline=None)
@given(both=deliveries(), restarts=st.sets(st.integers(0, 50), max_size=4), silences=st.sets(st.integers(0, 50)))
def test_any_order_of_parts_readings_repeats_silences_and_restarts_conserves(
    both: tuple[list[Reading], list[Any]], restarts: set[int], silences: set[int], tmp_path_factory: Any
) -> None:
    readings, coming = both
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder)
    cutting, clock = Cutting(journal, push=True), 0.0
    for number, one in enumerate(coming):
        if number in restarts:
            journal.close()
            journal = Journal(folder)
            cutting = Cutting(journal, push=True)
        clock += 200.0 if number in silences else 0.0
        cutting.listen(clock)
        cutting.take([one], clock)
    cutting.listen(clock + 10_000.0)
    good = [one.value for one in readings if one.quality is Quality.GOOD and one.value is not None]
    assert ledger(journal) == (len(readings), min(good, default=None), max(good, default=None))
    assert math.isclose(total(journal), math.fsum(good), rel_tol=1e-9, abs_tol=1e-6)
    assert counts(journal.db)["uncut"] == 0
    journal.close()
    shutil.rmtree(folder)


def total(journal: Journal) -> float:
    """The sum of all good values: means by their counts, and stragglers."""
    means: dict[int, float] = {}
    many: dict[int, float] = {}
    alone = 0.0
    for text, at, value in journal.db.execute("SELECT labels, at, value FROM samples"):
        labels = dict(tuple(pair) for pair in json.loads(text))
        if labels["__name__"].endswith("per_minute"):
            means[at] = value
        elif labels["__name__"].endswith("_readings") and labels["quality"] == "good":
            many[at] = value
        elif labels["__name__"].endswith("_straggler") and labels["quality"] == "good":
            alone += value
    return alone + math.fsum(mean * many[at] for at, mean in means.items())
