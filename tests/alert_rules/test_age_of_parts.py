"""How old a part of NEWS2 is, told at any time of its shelf-life: a single value is seen for five minutes only."""

from __future__ import annotations

from pathlib import Path

import pytest

from alert_rules import early_warning
from tests.alert_rules.promtool import Recorded, failures

# CLINICAL 1: systolic 12 h, temperature 1 h. Measured once, a minute after the beginning.
SYSTOLIC = 'chevet_vital_systolic_pressure_mmhg{device="cuff",gateway="g01",patient="p1"}'
TEMPERATURE = 'chevet_vital_body_temperature_celsius{device="thermometer",gateway="g01",patient="p1"}'


def _aged(part: str, series: str, minutes: int) -> Recorded:
    asked = f'chevet:news2:age_seconds{{part="{part}"}}'
    return Recorded(
        name=f"{part} at {minutes} min",
        series={series: "_ 120"},
        at=f"{minutes}m",
        expression=asked,
        samples={f'chevet:news2:age_seconds{{part="{part}",patient="p1"}}': (minutes - 1) * 60.0},
    )


CASES = (
    *(_aged("systolic", SYSTOLIC, minutes) for minutes in (6, 7, 11, 17, 101, 403, 720)),
    *(_aged("temperature", TEMPERATURE, minutes) for minutes in (7, 29, 60)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_parts_age_is_that_of_its_last_value(tmp_path: Path, case: Recorded) -> None:
    assert failures(tmp_path, [early_warning.GROUP], [case]) == ""
