"""Baselines and lines as Prometheus computes them are the library's, on hundreds of random patients, late ones too."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from typing import Any

import cramjam
import httpx2
import numpy as np
import pytest

from alert_rules import baseline, trends
from chevet import remote_write
from chevet.baseline import Usual, deviation, hours, usual
from chevet.severities import Side
from chevet.trends import Trend, trend
from provisioning.local import prometheus, servers
from provisioning.local.supervisor import Supervisor

MOMENT = 1_770_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400
PATIENTS = 300
HEART, SATURATION = "chevet_vital_heart_rate_per_minute", "chevet_vital_oxygen_saturation_percent"
NAMES = {"lower": "lower_quartile", "median": "median", "upper": "upper_quartile", "days": "days"}

Samples = list[tuple[int, float]]
"""Seconds since 1970, and a value; in order."""
Patients = dict[str, Samples]


def _unlike_days(draw: random.Random) -> Samples:
    """Some of fifteen days' hours, some windows of each, and always of the hour that is now."""
    level, found = draw.uniform(55, 90), []
    for day in range(15, -1, -1):
        if day and draw.random() < 0.4:
            continue
        shift = draw.choice((0, 0, 17, -17, 30)) if day == 0 else draw.gauss(0, 6)
        told = draw.sample(range(75), draw.randint(20, 70) if day == 0 else draw.randint(1, 12))
        found += [(MOMENT - day * DAY - ago * MINUTE, round(level + shift + draw.gauss(0, 2), 2)) for ago in told]
    return sorted(found)


def _line(draw: random.Random) -> Samples:
    """Four hours and more that go somewhere, or went and stopped."""
    begins, slope = draw.uniform(94, 98), draw.uniform(-1.5, -0.5)
    later = draw.choice((slope, slope, 0.3))
    told = sorted(draw.sample(range(270), draw.choice((100, 119, 120, 200, 260))), reverse=True)
    course = [slope * min(270 - ago, 150) / 60 + later * max(120 - ago, 0) / 60 for ago in told]
    return [
        (MOMENT - ago * MINUTE, round(begins + moved + draw.gauss(0, 0.3), 2))
        for ago, moved in zip(told, course, strict=True)
    ]


def _patients() -> tuple[Patients, Patients]:
    draw = random.Random(14)
    hearts = {f"p{number}": _unlike_days(draw) for number in range(PATIENTS)}
    return hearts, {f"p{number}": _line(draw) for number in range(PATIENTS)}


HEARTS, LINES = _patients()


def _arrays(samples: Samples) -> tuple[Any, Any]:
    return np.array([at * 1000 for at, _ in samples], dtype=np.int64), np.array([value for _, value in samples])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a Prometheus that has them all."""
    folder = tmp_path_factory.mktemp("long-term")
    text = folder / "history.om"
    with text.open("w", encoding="utf-8") as out:
        for metric, patients in ((HEART, HEARTS), (SATURATION, LINES)):
            for name, samples in patients.items():
                out.writelines(f'{metric}{{device="d",gateway="g",patient="{name}"}} {v} {at}\n' for at, v in samples)
        out.write("# EOF\n")
    building = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=480h", "-q"]
    subprocess.run([*building, str(text), str(folder / "blocks")], check=True, timeout=120)
    row = servers.on_free_ports(servers.PROMETHEUS)
    with Supervisor(folder / "stack") as stack:
        stack.assign_ports(row)
        place = stack.place("prometheus")
        prometheus.data(place).parent.mkdir(parents=True, exist_ok=True)
        (folder / "blocks").rename(prometheus.data(place))
        stack.start(row)
        yield place.url()


def _asked(url: str, expression: str) -> dict[str, float]:
    """The answer for each patient."""
    answer = httpx2.post(f"{url}/api/v1/query", data={"query": expression, "time": MOMENT}, timeout=60).json()
    assert answer["status"] == "success", answer
    return {row["metric"]["patient"]: float(row["value"][1]) for row in answer["data"]["result"]}


def _usual(samples: Samples) -> Usual | None:
    return usual(hours(*_arrays(samples), MOMENT * 1000)[1:])


def _tell(url: str, recorded: dict[str, dict[str, float]]) -> None:
    """What recording rules would have kept a minute ago."""
    series = [
        remote_write.series(name, {"patient": patient, "vital": "heart_rate"}, ((MOMENT - MINUTE) * 1000, value))
        for name, values in recorded.items()
        for patient, value in values.items()
    ]
    body = bytes(cramjam.snappy.compress_raw(remote_write.encode(series)))
    headers = {"Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    answer = httpx2.post(f"{url}/api/v1/write", content=body, headers=headers, timeout=60)
    assert answer.status_code == 204, answer.text


def _recordings() -> dict[str, str]:
    of_the_heart = [rule for rule in baseline.RECORDED.rules if dict(rule.labels) == {"vital": "heart_rate"}]  # type: ignore[union-attr]  # recordings
    return {rule.name: rule.expression for rule in of_the_heart}


@pytest.mark.parametrize("field", NAMES)
def test_what_is_usual_is_what_the_library_says(url: str, field: str) -> None:
    found = _asked(url, _recordings()[f"chevet:baseline:{NAMES[field]}"])
    expected = {name: band for name, samples in HEARTS.items() if (band := _usual(samples)) is not None}
    assert found == {name: pytest.approx(getattr(band, field), abs=1e-9) for name, band in expected.items()}
    assert len(expected) > 0.9 * PATIENTS


def test_who_is_unlike_their_usual_is_whom_the_library_finds(url: str) -> None:
    _tell(url, {name: _asked(url, expression) for name, expression in _recordings().items()})
    by_rule = {alert.rule: set(_asked(url, alert.expression)) for alert in baseline.GROUP.alerts}
    expected: dict[str, set[str]] = {"heart_rate.above_usual": set(), "heart_rate.below_usual": set()}
    for name, samples in HEARTS.items():
        now = deviation(*_arrays(samples), MOMENT * 1000, 10)
        if now is None or now.readings < 30 or now.usual.days < 7:
            continue
        if now.value >= now.usual.limit(1.5, 15, above=True) and not _beyond(samples, 111, Side.HIGH, 300, 4):
            assert now.deviation >= 1.5
            expected["heart_rate.above_usual"].add(name)
        if now.value <= now.usual.limit(1.5, 15, above=False) and not _beyond(samples, 50, Side.LOW, 300, 4):
            assert now.deviation <= -1.5
            expected["heart_rate.below_usual"].add(name)
    assert {rule: by_rule[rule] for rule in expected} == expected
    assert all(5 < len(names) < PATIENTS / 2 for names in expected.values())


def _beyond(samples: Samples, limit: float, side: Side, seconds: int, at_least: int) -> bool:
    """Whether the newest values all lie at the limit or beyond."""
    newest = [value for at, value in samples if at >= MOMENT - seconds]
    beyond = [value >= limit if side is Side.HIGH else value <= limit for value in newest]
    return len(newest) >= at_least and all(beyond)


def _trend(samples: Samples, seconds: int) -> Trend | None:
    return trend(*_arrays(samples), MOMENT * 1000, seconds, MINUTE)


def test_who_falls_to_the_limit_and_when_is_what_the_library_says(url: str) -> None:
    falling = next(alert for alert in trends.GROUP.alerts if alert.rule == "oxygen_saturation.falling")
    expected = {}
    for name, samples in LINES.items():
        line, later = _trend(samples, 4 * HOUR), _trend(samples, 2 * HOUR)
        if line is None or later is None or line.points < 120 or _beyond(samples, 91, Side.LOW, 300, 4):
            continue
        left = line.seconds_to(91, Side.LOW)
        if left is not None and left <= 2 * HOUR and line.slope * 4 * HOUR <= -3 and later.slope < 0:
            expected[name] = pytest.approx(left, rel=1e-6)
    assert _asked(url, falling.expression) == expected
    assert 10 < len(expected) < PATIENTS / 2


def test_what_came_late_is_counted_as_if_it_had_come_in_time(url: str) -> None:
    # Nothing of this patient but yesterday's hour, told a day late: behind the newest of all others, and yet counted.
    late = remote_write.series(
        HEART, {"device": "d", "gateway": "g", "patient": "p-late"}, ((MOMENT - DAY - 600) * 1000, 61.5)
    )
    body = bytes(cramjam.snappy.compress_raw(remote_write.encode([late])))
    headers = {"Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    median = _recordings()["chevet:baseline:median"]
    assert "p-late" not in _asked(url, median)
    assert httpx2.post(f"{url}/api/v1/write", content=body, headers=headers, timeout=60).status_code == 204
    assert _asked(url, median)["p-late"] == 61.5
