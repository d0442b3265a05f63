"""Chart 1 of NEWS2 as Prometheus reads it: every band at both of its ends, and how long a part counts, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alert_rules import early_warning
from tests.alert_rules.promtool import Recorded, failures

SERIES = {
    "respiration": "chevet_vital_respiratory_rate_per_minute",
    "saturation": "chevet_vital_oxygen_saturation_percent",
    "oxygen": "chevet_news2_oxygen",
    "systolic": "chevet_vital_systolic_pressure_mmhg",
    "pulse": "chevet_vital_heart_rate_per_minute",
    "consciousness": "chevet_news2_consciousness",
    "temperature": "chevet_vital_body_temperature_celsius",
}
# Value and points, from RCP 2017, Chart 1. A code of no chart brings no points.
CHART: dict[str, tuple[tuple[float, int], ...]] = {
    "respiration": ((3, 3), (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3), (60, 3)),
    "saturation": ((60, 3), (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)),
    "oxygen": ((0, 0), (1, 2), (2, 0)),
    "systolic": ((60, 3), (90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3), (260, 3)),
    "pulse": (
        (20, 3),
        (40, 3),
        (41, 1),
        (50, 1),
        (51, 0),
        (90, 0),
        (91, 1),
        (110, 1),
        (111, 2),
        (130, 2),
        (131, 3),
        (200, 3),
    ),
    "consciousness": ((0, 0), (1, 3), (2, 3), (3, 3), (4, 3), (5, 0)),
    "temperature": (
        (33, 3),
        (35.0, 3),
        (35.1, 1),
        (36.0, 1),
        (36.1, 0),
        (38.0, 0),
        (38.1, 1),
        (39.0, 1),
        (39.1, 2),
        (41, 2),
    ),
}
# SpO2 on scale 2 with what is known of oxygen (1 supplied, 0 air), and the points; none where they hang on it.
SCALE_2: tuple[tuple[float, int | None, int | None], ...] = (
    (70, None, 3),
    (83, None, 3),
    (84, None, 2),
    (85, 0, 2),
    (86, 1, 1),
    (87, None, 1),
    (88, None, 0),
    (92, 1, 0),
    (93, None, None),
    (93, 0, 0),
    (99, 0, 0),
    (93, 1, 1),
    (94, 1, 1),
    (95, 1, 2),
    (96, 1, 2),
    (97, 1, 3),
    (100, 1, 3),
)
# Minutes for which a part counts.
SHELF_LIFE = {
    "respiration": 30,
    "saturation": 30,
    "pulse": 30,
    "temperature": 60,
    "systolic": 720,
    "oxygen": 720,
    "consciousness": 720,
}
ALWAYS = "1x3000"
"""Each half minute for 25 hours."""


def _points(part: str, patient: str) -> str:
    return f'chevet:news2:points{{part="{part}",patient="{patient}"}}'


def _read(part: str) -> Recorded:
    """Every value of a part, each of a patient of its own."""
    series, samples = {}, {}
    for number, (value, points) in enumerate(CHART[part]):
        patient = f"p{number}"
        series |= {
            f'{SERIES[part]}{{patient="{patient}"}}': str(value),
            f'chevet_news2_eligible{{patient="{patient}"}}': "1",
        }
        samples[_points(part, patient)] = points
    return Recorded(
        name=f"{part} on the chart",
        series=series,
        expression=f'chevet:news2:points{{part="{part}"}}',
        samples=samples,
    )


def _on_scale_2() -> Recorded:
    series, samples = {}, {}
    for number, (value, oxygen, points) in enumerate(SCALE_2):
        own = f'{{patient="p{number}"}}'
        series |= {f"{SERIES['saturation']}{own}": str(value), f"chevet_news2_eligible{own}": "1"}
        series[f"chevet_news2_scale{own}"] = "2"
        if oxygen is not None:
            series[f"chevet_news2_oxygen{own}"] = str(oxygen)
        if points is not None:
            samples[_points("saturation", f"p{number}")] = points
    return Recorded(
        name="saturation on scale 2",
        series=series,
        expression='chevet:news2:points{part="saturation"}',
        samples=samples,
    )


def _kept(part: str, minutes: int) -> Iterator[Recorded]:
    """Measured half a minute after the beginning: known half a minute before its time is over, and not half after."""
    value, points = CHART[part][0]
    for name, at, samples in (
        ("still counts", minutes, {_points(part, "p1"): float(points)}),
        ("counts no more", minutes + 1, {}),
    ):
        yield Recorded(
            name=f"{part} {name}",
            series={f'{SERIES[part]}{{patient="p1"}}': f"_ {value}", 'chevet_news2_eligible{patient="p1"}': ALWAYS},
            every="30s",
            evaluated=f"{at}m",
            at=f"{at}m",
            expression=f'chevet:news2:points{{part="{part}"}}',
            samples=samples,
        )


def _decided(name: str, at: int, samples: dict[str, float]) -> Recorded:
    """The service said half a minute after the beginning who is scored."""
    return Recorded(
        name=f"eligibility {name}",
        series={
            'chevet_vital_heart_rate_per_minute{patient="p1"}': ALWAYS,
            'chevet_news2_eligible{patient="p1"}': "_ 1",
        },
        every="30s",
        evaluated=f"{at}m",
        at=f"{at}m",
        expression="chevet:news2:score",
        samples=samples,
    )


CASES = (
    *(_read(part) for part in CHART),
    _on_scale_2(),
    *(case for part, minutes in SHELF_LIFE.items() for case in _kept(part, minutes)),
    _decided("holds for a day", 1440, {'chevet:news2:score{patient="p1"}': 3}),
    _decided("and no longer", 1441, {}),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_prometheus_reads_the_chart(tmp_path: Path, case: Recorded) -> None:
    assert failures(tmp_path, [early_warning.GROUP], [case]) == ""
