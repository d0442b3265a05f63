"""What a patient's gateway sends to be measured is whole, and the measurement reads every sample of it back."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from bench.__main__ import main
from bench.errors import Unmeasured
from bench.pacing import Pace
from bench.scale import differences, grown
from bench.shifts import BATCH_SECONDS, FRESH_SECONDS, shift
from chevet import metrics
from chevet.remote_write import decode
from exporters.gateway.uplink.batches import decompressed

START = 1_900_000_020.0
MINUTES = 10


@pytest.fixture(scope="module")
def shifts():
    return [shift(f"g{number}", number, START, MINUTES * 60) for number in range(8)]


def test_a_body_holds_the_series_that_are_looked_for(shifts) -> None:
    for request in shifts[0]:
        assert decode(decompressed(request.body)) == list(request.series)


def test_requests_come_in_order_and_end_with_the_shift(shifts) -> None:
    for one in shifts:
        assert [request.at for request in one] == sorted(request.at for request in one)
        assert one[-1].at <= START + MINUTES * 60 + 2 * FRESH_SECONDS


def test_no_time_of_a_series_is_sent_twice(shifts) -> None:
    sent = Counter(
        (one.labels, at) for own in shifts for request in own for one in request.series for at, _ in one.samples
    )
    assert set(sent.values()) == {1}


def test_every_reading_is_counted_once_in_a_window_or_as_a_straggler_whoever_is_late(shifts, monkeypatch) -> None:
    """Of the same patient with nobody late there are as many."""

    def counted(own) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for request in own:
            for one in request.series:
                vital = one.name.removesuffix(metrics.READINGS).removesuffix(metrics.STRAGGLER)
                device = dict(one.labels)[metrics.DEVICE]
                if one.name.endswith(metrics.READINGS):
                    found[vital, device] += int(sum(value for _, value in one.samples))
                elif one.name.endswith(metrics.STRAGGLER):
                    found[vital, device] += len(one.samples)
        return found

    monkeypatch.setattr("bench.shifts.STRAGGLES", 10**9)
    for number, own in enumerate(shifts):
        assert counted(own) == counted(shift(f"g{number}", number, START, MINUTES * 60))


def test_some_readings_are_late_and_newest_values_come_every_few_seconds(shifts) -> None:
    names: defaultdict[str, int] = defaultdict(int)
    for own in shifts:
        for request in own:
            for one in request.series:
                names[next(end for end in (metrics.STRAGGLER, metrics.LATEST, "") if one.name.endswith(end))] += 1
    assert names[metrics.STRAGGLER] > 0
    assert names[metrics.LATEST] > len(shifts) * MINUTES * 60 / FRESH_SECONDS
    batches = [request.at for request in shifts[0] if not request.series[0].name.endswith(metrics.LATEST)]
    assert all(later - earlier >= BATCH_SECONDS for earlier, later in pairwise(batches[:-1]))


def test_time_that_runs_four_times_as_fast_is_due_in_a_quarter() -> None:
    pace = Pace(start=START, speed=4.0, begins=100.0)
    assert [pace.due(START), pace.due(START + 60)] == [100.0, 115.0]


@pytest.mark.parametrize(
    ("there", "count"),
    [({1: 2.0, 2: math.nan}, 0), ({1: 2.0}, 1), ({1: 2.5, 2: math.nan}, 1), ({1: 2.0, 2: math.nan, 3: 0.0}, 1)],
    ids=["the same", "missing", "another value", "too many"],
)
def test_a_sample_that_is_missing_wrong_or_too_many_is_a_difference(there: dict[int, float], count: int) -> None:
    assert differences({1: 2.0, 2: math.nan}, there) == count


def test_growth_is_not_told_of_loads_that_cost_nothing() -> None:
    loads = [{"patients": patients, "cpu_s": {"service": cpu}} for patients, cpu in ((1, 0.0), (10, 5.0), (100, 60.0))]
    assert grown(*loads[1:]) == 1.2
    with pytest.raises(Unmeasured, match=r"^growth: "):
        grown(*loads[:2])


def test_a_small_scale_is_measured_and_read_back_whole(capsys) -> None:
    code = main(["scale", "--patients", "20", "--minutes", "1", "--speed", "10"])
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    for load, patients in (("small", 2), ("large", 20)):
        assert said[load]["patients"] == patients
        assert said[load]["wrong"] == 0
        assert said[load]["samples"] > 30 * patients
        for process in ("service", "postgresql", "prometheus", "generator"):
            assert said[load]["cpu_s"][process] > 0 or process == "postgresql"
            assert said[load]["memory_mib"][process] > 10
    assert code == (1 if said["growth"] > 1.1 else 0)


@pytest.mark.parametrize("option", ["--patients", "--minutes", "--speed"])
def test_an_option_that_cannot_be_is_refused_by_name(option: str, capsys) -> None:
    assert main(["scale", option, "0"]) == 2
    assert capsys.readouterr().err.startswith(f"{option}: expected at least ")
