"""The journal and what is cut from it, on a real file: a restart at any point changes nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chevet.readings import Reading
from chevet.remote_write import decode
from exporters.gateway.exporter import newest
from exporters.gateway.uplink import journal as journals
from exporters.gateway.uplink.batches import Batches, decompressed
from exporters.gateway.uplink.cutting import ArrivalClock, Cutting
from exporters.gateway.uplink.journal import BadJournal, Journal, counts
from tests.exporters.gateway.uplink.homes import reading

MINUTE = 60_000
START = 1_700_000_040_000


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    one = Journal(tmp_path)
    yield one
    one.close()


def sent(journal: Journal) -> Counter[tuple[str, str, int, str]]:
    """Every sample that waits: (metric, quality, time, value)."""
    batches = Batches(journal)
    while batches.waiting():
        batches.cut()
    found: Counter[tuple[str, str, int, str]] = Counter()
    for (body,) in journal.db.execute("SELECT body FROM batches ORDER BY position, id"):
        for one in decode(decompressed(body)):
            quality = dict(one.labels).get("quality", "")
            found.update((one.name, quality, at, repr(value)) for at, value in one.samples)
    return found


def a_while() -> list[Reading]:
    """Ten minutes of a watch with a gap, a straggler, a missing one, and a thermometer that repeats itself."""
    watch = [reading(n, START + n * 10_000, 60.0 + n % 7) for n in range(60) if not 20 < n < 33]
    odd = [reading(97, START + 5 * MINUTE + 1, None), reading(98, START, 55.0), reading(99, START, 56.0)]
    patch = [reading(n, START + n // 2 * MINUTE, 36.0 + n / 10, "body_temperature", device="patch") for n in range(6)]
    return [*watch[:30], *patch[:3], *watch[30:], *odd, *patch[3:]]


def test_a_restart_after_every_reading_gives_the_same_samples(tmp_path: Path) -> None:
    at_once, piecemeal = tmp_path / "at_once", tmp_path / "piecemeal"
    for folder in (at_once, piecemeal):
        folder.mkdir()
    whole = Journal(at_once)
    Cutting(whole, push=True).take(a_while(), 0.0)
    for one in a_while():
        part = Journal(piecemeal)
        Cutting(part, push=True).take([one], 0.0)
        part.close()
    part = Journal(piecemeal)
    assert sent(part) == sent(whole)
    part.close()
    whole.close()


@settings(max_examples=25, deadline=None)
@given(
    arrivals=st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=40),
    restarts=st.sets(st.integers(0, 39), max_size=4),
)
def test_restarts_change_nothing_in_any_order_of_arrival(
    arrivals: list[tuple[int, bool]], restarts: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    def cut(at: set[int]) -> Counter[tuple[str, str, int, str]]:
        folder = tmp_path_factory.mktemp("journal")
        journal = Journal(folder)
        cutting = Cutting(journal, push=True)
        for number, (second, good) in enumerate(arrivals):
            if number in at:
                journal.close()
                journal = Journal(folder)
                cutting = Cutting(journal, push=True)
            cutting.take([reading(number, START + second * 1000, 60.0 + second % 9 if good else None)], 0.0)
        found = sent(journal)
        journal.close()
        (folder / "journal.reserve").unlink()
        return found

    assert cut(restarts) == cut(set())


def test_windows_and_stragglers_conserve_every_reading(journal: Journal) -> None:
    cutting = Cutting(journal, push=True)
    cutting.take(a_while(), 0.0)
    cutting.listen(10_000.0)
    samples = sent(journal)
    readings = sum(float(value) * n for (name, _, _, value), n in samples.items() if name.endswith("_readings"))
    alone = sum(n for (name, *_), n in samples.items() if name.endswith("_straggler"))
    assert readings + alone == len(a_while())
    assert counts(journal.db)["uncut"] == 0


def test_no_series_has_two_values_for_one_time(journal: Journal) -> None:
    same = [reading(n, START, 36.0 + n, "body_temperature") for n in range(3)]
    Cutting(journal, push=True).take(same, 0.0)
    temperatures = sorted((at, value) for name, _, at, value in sent(journal) if name.endswith("celsius"))
    assert temperatures == [(START, "36.0"), (START + 1, "37.0"), (START + 2, "38.0")]


def test_a_known_identity_is_dropped_whatever_else_it_says(journal: Journal) -> None:
    cutting = Cutting(journal, push=True)
    cutting.take([reading(1, START, 70.0)], 0.0)
    again = cutting.take([reading(1, START + 1, 71.0), reading(2, START + 2, 72.0)], 0.0)
    assert (again["duplicate"], again["journaled"]) == (1, 1)
    assert [one.value for one in journal.uncut()] == [70.0, 72.0]


def test_a_reading_from_the_future_travels_alone_and_closes_nothing(journal: Journal) -> None:
    cutting = Cutting(journal, push=True, wall=lambda: START / 1000)
    cutting.take([reading(1, START + 10 * 365 * 24 * 60 * MINUTE, 70.0)], 0.0)
    found = cutting.take([reading(2, START, 70.0), reading(3, START + 2 * MINUTE, 71.0)], 0.0)
    assert (found["window"], found["straggler"]) == (1, 0)
    assert sum(n for (name, *_), n in sent(journal).items() if name.endswith("_straggler")) == 1


def test_silence_is_counted_again_after_a_restart(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    Cutting(first, push=True).take([reading(1, START, 70.0)], 5000.0)
    first.close()
    second = Journal(tmp_path)
    cutting = Cutting(second, push=True)
    assert cutting.listen(119.0)["window"] == 0
    assert cutting.listen(120.0)["window"] == 1
    second.close()


def test_a_series_that_fell_silent_does_not_open_its_window_again(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    cutting = Cutting(first, push=True)
    for number in (1, 2):
        cutting.take([reading(number, START + number * MINUTE, 70.0)], number * 1000.0)
        cutting.listen(number * 1000.0 + 120)
    first.close()
    second = Journal(tmp_path)
    late = [reading(2 + number, START + number * MINUTE + 1, 71.0) for number in (1, 2)]
    assert Cutting(second, push=True).take(late, 0.0)["straggler"] == 2
    second.close()


def test_the_clock_of_arrival_stands_still_while_nothing_can_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 2.0, 4.0, 6.0, 1000.0])
    monkeypatch.setattr("exporters.gateway.uplink.cutting.time.monotonic", lambda: next(times))
    running = iter([True, False, True, True])
    clock = ArrivalClock(lambda: next(running))
    assert [clock.now() for _ in range(4)] == [2.0, 2.0, 4.0, 9.0]


def test_a_full_disk_keeps_nothing_of_a_batch_and_the_next_try_all_of_it(journal: Journal) -> None:
    cutting = Cutting(journal, push=True)
    cutting.take([reading(1, START, 70.0)], 0.0)
    journal.db.execute("PRAGMA max_page_count = 1")
    many = [reading(n, START + n * 1000, 60.0 + n % 7) for n in range(2, 5000)]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        cutting.take(many, 0.0)
    assert journal.full
    assert len(journal.uncut()) == 1
    journal.db.execute("PRAGMA max_page_count = 1000000")
    journal.find_room()
    assert not journal.full
    assert cutting.take(many, 0.0)["journaled"] == len(many)
    cutting.listen(10_000.0)
    readings = sum(float(v) * n for (name, _, _, v), n in sent(journal).items() if name.endswith("_readings"))
    assert readings == len(many) + 1


def test_identities_are_forgotten_by_running_time_and_never_before_they_are_cut(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "KEPT_TICKS", 2)
    cutting = Cutting(journal, push=True)
    cutting.take([reading(1, START, 36.0, "body_temperature"), reading(1, START, 70.0)], 0.0)
    forgotten = [journal.tick() for _ in range(4)]
    assert forgotten == [0, 0, 1, 0], "one was cut, the other still stands in no window"
    assert cutting.take([reading(1, START, 70.0)], 0.0)["duplicate"] == 1


def test_two_halves_stand_where_the_whole_stood(journal: Journal) -> None:
    batches = Batches(journal, most=4)
    Cutting(journal, push=True).take([reading(n, START + n, 36.0, "body_temperature") for n in range(4)], 0.0)
    batches.cut()
    batches.cut()
    whole = batches.oldest()
    assert whole is not None
    before = sent(journal)
    batches.halve(whole)
    assert sent(journal) == before
    half = batches.oldest()
    assert half is not None
    assert (half.position, half.samples) == (whole.position, 2)


def test_pull_keeps_the_newest_window_and_reading_of_each_series_and_no_samples(journal: Journal) -> None:
    cutting = Cutting(journal, push=False)
    cutting.take(a_while(), 0.0)
    assert counts(journal.db)["unsent"] == 0
    windows = {(one.name, dict(one.labels)["device"]): one.samples for one in newest.window_series(journal.db)}
    assert windows["chevet_vital_body_temperature_celsius", "patch"] == ((START + 2 * MINUTE + 1, 36.5),)
    latest = {dict(one.labels)["device"]: one.samples for one in newest.latest_series(journal.db)}
    assert latest["watch"] == ((START + 59 * 10_000, 60.0 + 59 % 7),)
    assert not [one for one in newest.window_series(journal.db) if one.name.endswith("_straggler")]


def test_a_file_that_is_no_journal_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_text("something else" * 1000)
    with pytest.raises(BadJournal, match="expected a journal of uplink"):
        Journal(tmp_path)


def test_the_journal_is_readable_by_its_owner_alone(journal: Journal, tmp_path: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
