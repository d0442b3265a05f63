"""Nobody is called for a heart or a breath that a walk explains, and is for all else: typed by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alert_rules import baseline, trends
from tests.alert_rules import test_baseline, test_trends
from tests.alert_rules.promtool import Case, failures

ACTIVITY = 'chevet_vital_activity_milli_g{gateway="g02",device="belt",patient="p1"}'
"""Of another device behind another gateway: the person is the same."""


def _moving(case: Case, name: str, values: str, *, fires: bool) -> Case:
    return replace(
        case, name=f"{case.alert}: {name}", series=case.series | {ACTIVITY: values}, says=case.says if fires else None
    )


def _unusual(row: test_baseline.Row) -> Case:
    """An hour of sixty windows, where half of them would do."""
    most = 60 // row.every - 1
    return test_baseline._case(row, "an hour", f"_ {row.at_bound}x{most}", most + 1, fires=True)


def _line(row: test_trends.Row) -> Case:
    ends = test_trends._meets_in(row, 3600.5)
    return test_trends._case(row, "a line", test_trends._line(row, ends, row.an_hour), "1h 0m 0s")


FAST, _, BREATH, SATURATION, _ = test_baseline.ROWS
FALLING, RISING, SLOWING, QUICKER, SLOWER, *_ = test_trends.ROWS
A_QUARTER, LESS = "_ 5x43 40x15", "_ 5x44 40x14"
"""Sixteen minutes of an hour's sixty, and fifteen."""
OF_FOUR_HOURS, LESS_OF_FOUR = "_ 5x99 40x15 5x123", "_ 5x99 40x14 5x124"
CASES = (
    _moving(_unusual(FAST), "sixteen minutes of walking", A_QUARTER, fires=False),
    _moving(_unusual(FAST), "fifteen", LESS, fires=True),
    _moving(_unusual(FAST), "an hour just below a walk", "_ 39x59", fires=True),
    _moving(_unusual(FAST), "a walk before this hour", "400 5x59", fires=True),
    _moving(_unusual(BREATH), "sixteen minutes of walking", A_QUARTER, fires=False),
    _moving(_unusual(BREATH), "fifteen", LESS, fires=True),
    _moving(_unusual(SATURATION), "a walk does not explain it", "_ 200x59", fires=True),
    *(
        _moving(_line(row), name, values, fires=fires)
        for row in (RISING, SLOWING, QUICKER, SLOWER)
        for name, values, fires in (
            ("a walk of sixteen minutes two hours ago", OF_FOUR_HOURS, False),
            ("of fifteen", LESS_OF_FOUR, True),
        )
    ),
    _moving(_line(FALLING), "a walk does not explain it", "_ 200x239", fires=True),
)


def test_a_walk_explains_a_quick_heart_and_breath_and_nothing_else(tmp_path: Path) -> None:
    assert failures(tmp_path, [baseline.GROUP, trends.GROUP], CASES) == ""
