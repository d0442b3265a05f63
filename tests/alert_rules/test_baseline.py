"""An hour unlike one's own, from both sides of every number; and what is recorded of fourteen days, typed by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from alert_rules import baseline
from chevet.errors import BadRow
from tests.alert_rules.promtool import Case, Recorded, failures

D = '{gateway="g01",device="d1",patient="p1"}'
HEART, SATURATION = f"chevet_vital_heart_rate_per_minute{D}", f"chevet_vital_oxygen_saturation_percent{D}"
BREATH, TEMPERATURE = f"chevet_vital_respiratory_rate_per_minute{D}", f"chevet_vital_body_temperature_celsius{D}"
QUARTILES = ("lower_quartile", "median", "upper_quartile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """By hand: the quartiles of the hour, the value at the bound they make and the next one inside, how many it takes.

    `en` and `fr` are value and limit as they are told; `usual` the median.
    """

    alert: str
    rule: str
    severity: str
    vital: str
    series: str
    quartiles: tuple[float, float, float]
    at_bound: str
    inside: str
    windows: int
    every: int
    en: str
    fr: str
    usual: str


ROWS = (
    Row(
        alert="ChevetHeartRateAboveUsual",
        rule="heart_rate.above_usual",
        severity="medium",
        vital="heart_rate",
        series=HEART,
        quartiles=(60, 62, 64),  # 64 + 15
        at_bound="79",
        inside="78",
        windows=30,
        every=1,
        en="heart rate 79.0 /min for an hour (limit ≥ 79.0 /min)",
        fr="fréquence cardiaque 79.0 /min depuis une heure (limite ≥ 79.0 /min)",
        usual="62.0 /min",
    ),
    Row(
        alert="ChevetHeartRateBelowUsual",
        rule="heart_rate.below_usual",
        severity="low",
        vital="heart_rate",
        series=HEART,
        quartiles=(70, 72, 74),  # 70 - 15
        at_bound="55",
        inside="56",
        windows=30,
        every=1,
        en="heart rate 55.0 /min for an hour (limit ≤ 55.0 /min)",
        fr="fréquence cardiaque 55.0 /min depuis une heure (limite ≤ 55.0 /min)",
        usual="72.0 /min",
    ),
    Row(
        alert="ChevetRespiratoryRateAboveUsual",
        rule="respiratory_rate.above_usual",
        severity="medium",
        vital="respiratory_rate",
        series=BREATH,
        quartiles=(12, 12.5, 13),  # 13 + 5
        at_bound="18",
        inside="17",
        windows=30,
        every=1,
        en="respiratory rate 18.0 /min for an hour (limit ≥ 18.0 /min)",
        fr="fréquence respiratoire 18.0 /min depuis une heure (limite ≥ 18.0 /min)",
        usual="12.5 /min",
    ),
    Row(
        alert="ChevetOxygenSaturationBelowUsual",
        rule="oxygen_saturation.below_usual",
        severity="medium",
        vital="oxygen_saturation",
        series=SATURATION,
        quartiles=(97, 97.5, 98),  # 97 - 3
        at_bound="94",
        inside="95",
        windows=30,
        every=1,
        en="oxygen saturation 94.0 % for an hour (limit ≤ 94.0 %)",
        fr="saturation en oxygène 94.0 % depuis une heure (limite ≤ 94.0 %)",
        usual="97.5 %",
    ),
    Row(
        alert="ChevetBodyTemperatureAboveUsual",
        rule="body_temperature.above_usual",
        severity="medium",
        vital="body_temperature",
        series=TEMPERATURE,
        quartiles=(36.4, 36.5, 36.6),  # 36.6 + 1.1: IDSA 2008
        at_bound="37.7",
        inside="37.6",
        windows=6,
        every=5,
        en="body temperature 37.7 °C for an hour (limit ≥ 37.7 °C)",
        fr="température 37.7 °C depuis une heure (limite ≥ 37.7 °C)",
        usual="36.5 °C",
    ),
)


def _case(row: Row, name: str, values: str, windows: int, *, fires: bool, days: int = 14, **quartiles: str) -> Case:
    """At the last of so many windows, with the quartiles known all the while."""
    known = {name: f"{value}x{windows}" for name, value in zip(QUARTILES, row.quartiles, strict=True)} | quartiles
    recorded = {**known, "days": f"{days}x{windows}"}
    told = f"of {days} of 14 days. Call the patient: exertion, fever, pain, new medicines?"
    conseil = f"{days} jours sur 14. Appeler le patient : effort, fièvre, douleur, nouveaux médicaments ?"
    says = (
        f"{row.en}, patient p1",
        f"{row.fr}, patient p1",
        f"Usual at this hour: {row.usual}, the median {told}",
        f"Habituel à cette heure : {row.usual}, médiane de {conseil}",
    )
    return Case(
        name=f"{row.alert}: {name}",
        alert=row.alert,
        series={row.series: values}
        | {f'chevet:baseline:{name}{{patient="p1",vital="{row.vital}"}}': text for name, text in recorded.items()},
        every=f"{row.every}m",
        evaluated=f"{windows * row.every}m",
        at=f"{windows * row.every}m",
        says=says if fires else None,
        labels={"rule": row.rule, "kind": "clinical", "severity": row.severity},
        of=("patient",),
    )


def _of(row: Row) -> list[Case]:
    """From both sides of the bound, of the number of windows and of the days."""
    most = row.windows - 1
    return [
        _case(row, "at the bound", f"_ {row.at_bound}x{most}", row.windows, fires=True),
        _case(row, "inside the bound", f"_ {row.inside}x{most}", row.windows, fires=False),
        _case(row, "a window too few", f"_ _ {row.at_bound}x{most - 1}", row.windows, fires=False),
        _case(row, "seven days are enough", f"_ {row.at_bound}x{most}", row.windows, fires=True, days=7),
        _case(row, "six are not", f"_ {row.at_bound}x{most}", row.windows, fires=False, days=6),
    ]


FAST, SLOW = ROWS[0], ROWS[1]
# The band is 20 wide: 70 + 1.5 x 20.
WIDE = replace(
    FAST,
    quartiles=(50, 60, 70),
    en=FAST.en.replace("79.0", "100.0"),
    fr=FAST.fr.replace("79.0", "100.0"),
    usual="60.0 /min",
)
AFTER_A_WALK = replace(FAST, en=FAST.en.replace("79.0", "90.0", 1), fr=FAST.fr.replace("79.0", "90.0", 1))
SAID_ONCE = {"lower_quartile": "60", "median": "62", "upper_quartile": "64"}

SPECIAL = (
    _case(WIDE, "one and a half widths of a wide band", "_ 100x29", 30, fires=True),
    _case(WIDE, "less than that", "_ 99x29", 30, fires=False),
    _case(FAST, "29 lively minutes of an hour", "_ 62x30 90x28", 60, fires=False),
    _case(AFTER_A_WALK, "31 of them", "_ 62x28 90x30", 60, fires=True),
    _case(FAST, "where the limit itself is passed, its own rule speaks", "_ 79x23 115x5", 30, fires=False),
    _case(FAST, "the quartiles hold for half an hour", "79x29", 29, fires=True, **SAID_ONCE),
    _case(FAST, "and no longer", "79x30", 30, fires=False, **SAID_ONCE),
    _case(SLOW, "an hour in the other direction", "_ 90x29", 30, fires=False),
)

# From 15 days ago: a day too old, then fourteen, then the hour now, which is not among them.
FORTNIGHT = "1000 14 1 13 2 12 3 11 4 10 5 9 6 8 7 500"


def _recorded(
    name: str, values: str, expected: float | None, vital: str = "heart_rate", series: str = HEART
) -> Recorded:
    labels = f'chevet:baseline:{name}{{patient="p1",vital="{vital}"}}'
    return Recorded(
        name=f"{vital}: {name} of {values}",
        series={series: values},
        every="1d",
        evaluated="1d",
        at="15d",
        expression=f'chevet:baseline:{name}{{vital="{vital}"}}',
        samples={} if expected is None else {labels: expected},
    )


# 1 to 14: the first quartile lies a quarter of the way from the fourth to the fifth.
RECORDED = (
    _recorded("lower_quartile", FORTNIGHT, 4.25),
    _recorded("median", FORTNIGHT, 7.5),
    _recorded("upper_quartile", FORTNIGHT, 10.75),
    _recorded("days", FORTNIGHT, 14),
    _recorded("days", "_x10 60 61 _ _ 62 500", 3),
    _recorded("median", "_x10 60 61 _ _ 62 500", 61),
    _recorded("days", "1000 _x14 500", None),
    _recorded("median", FORTNIGHT, 7.5, "oxygen_saturation", SATURATION),
    _recorded("median", FORTNIGHT, 7.5, "respiratory_rate", BREATH),
    _recorded("median", FORTNIGHT, 7.5, "body_temperature", TEMPERATURE),
)
CASES = (*(case for row in ROWS for case in _of(row)), *SPECIAL, *RECORDED)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"vital": "weight"}, r"^vital: expected heart_rate or .*, got 'weight'$"),
        ({"least": 0}, r"^heart_rate\.least: expected more than 0, got 0$"),
    ],
)
def test_a_row_without_a_baseline_or_a_distance_is_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadRow, match=sentence):
        replace(baseline.UNUSUALS[0], **changed)


def test_every_alert_of_the_group_has_its_row() -> None:
    assert {row.alert for row in ROWS} == {alert.name for alert in baseline.GROUP.alerts}


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [baseline.RECORDED, baseline.GROUP], CASES) == ""
