"""Lines that go to a limit, from both sides of every number: typed by hand from CLINICAL 4 and the defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from alert_rules import trends
from tests.alert_rules.promtool import Case, failures

D = '{gateway="g01",device="d1",patient="p1"}'
HEART, SATURATION = f"chevet_vital_heart_rate_per_minute{D}", f"chevet_vital_oxygen_saturation_percent{D}"
BREATH, TEMPERATURE = f"chevet_vital_respiratory_rate_per_minute{D}", f"chevet_vital_body_temperature_celsius{D}"
LIMIT = 'chevet_limit{patient="p1",vital="oxygen_saturation",severity="medium",side="low"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """By hand: a limit and a line that goes `an_hour`.

    `enough` and `too_flat` are the slopes an hour that move by just more and just less than it takes over four hours,
    and end near the limit at `near`. `values` must lie behind the line, of which one comes each `every` minutes.
    """

    alert: str
    rule: str
    series: str
    limit: float
    unit: str
    an_hour: float
    enough: float
    too_flat: float
    near: float
    values: int
    every: int
    en: str
    fr: str


ROWS = (
    Row(
        alert="ChevetOxygenSaturationFalling",
        rule="oxygen_saturation.falling",
        series=SATURATION,
        limit=91,
        unit="%",
        an_hour=-2,
        enough=-0.755,  # 3 in four hours
        too_flat=-0.745,
        near=91.1,
        values=120,
        every=1,
        en="oxygen saturation falling",
        fr="saturation en oxygène en baisse",
    ),
    Row(
        alert="ChevetHeartRateRising",
        rule="heart_rate.rising",
        series=HEART,
        limit=111,
        unit="/min",
        an_hour=10,
        enough=5.01,  # 20 in four hours
        too_flat=4.99,
        near=110,
        values=120,
        every=1,
        en="heart rate rising",
        fr="fréquence cardiaque en hausse",
    ),
    Row(
        alert="ChevetHeartRateFalling",
        rule="heart_rate.falling",
        series=HEART,
        limit=50,
        unit="/min",
        an_hour=-10,
        enough=-5.01,
        too_flat=-4.99,
        near=51,
        values=120,
        every=1,
        en="heart rate falling",
        fr="fréquence cardiaque en baisse",
    ),
    Row(
        alert="ChevetRespiratoryRateRising",
        rule="respiratory_rate.rising",
        series=BREATH,
        limit=21,
        unit="/min",
        an_hour=3,
        enough=1.255,  # 5 in four hours
        too_flat=1.245,
        near=20.9,
        values=120,
        every=1,
        en="respiratory rate rising",
        fr="fréquence respiratoire en hausse",
    ),
    Row(
        alert="ChevetRespiratoryRateFalling",
        rule="respiratory_rate.falling",
        series=BREATH,
        limit=8,
        unit="/min",
        an_hour=-3,
        enough=-1.255,
        too_flat=-1.245,
        near=8.1,
        values=120,
        every=1,
        en="respiratory rate falling",
        fr="fréquence respiratoire en baisse",
    ),
    Row(
        alert="ChevetBodyTemperatureRising",
        rule="body_temperature.rising",
        series=TEMPERATURE,
        limit=39.1,
        unit="°C",
        an_hour=0.5,
        enough=0.2005,  # 0.8 in four hours
        too_flat=0.1995,
        near=39.05,
        values=24,
        every=5,
        en="body temperature rising",
        fr="température en hausse",
    ),
    Row(
        alert="ChevetBodyTemperatureFalling",
        rule="body_temperature.falling",
        series=TEMPERATURE,
        limit=35,
        unit="°C",
        an_hour=-0.5,
        enough=-0.2005,
        too_flat=-0.1995,
        near=35.05,
        values=24,
        every=5,
        en="body temperature falling",
        fr="température en baisse",
    ),
)
FOUR_HOURS = 240


def _line(row: Row, ends: float, an_hour: float, *stretches: tuple[int, int]) -> str:
    """A line that lies at `ends` when four hours are over, with a value in each stretch from one minute to another."""
    step, told, after = an_hour * row.every / 60, [], 0
    for first, last in stretches or ((row.every, FOUR_HOURS),):
        begins, more = ends - an_hour * (FOUR_HOURS - first) / 60, (last - first) // row.every
        told += ["_"] * ((first - after) // row.every) + [f"{begins:.9f}{step:+.9f}x{more}"]
        after = last + row.every
    return " ".join(told)


def _meets_in(row: Row, seconds: float) -> float:
    return row.limit - row.an_hour * seconds / 3600


def _told(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    return f"{minutes}m {left}s" if minutes < 60 else f"1h {minutes - 60}m {left}s"


def _case(row: Row, name: str, values: str, left: str = "", prescribed: str = "") -> Case:
    limit = prescribed or f"{row.limit:g}"
    says = (
        f"{row.en}, at {limit} {row.unit} in {left} (limit ≤ 2 h), patient p1",
        f"{row.fr}, à {limit} {row.unit} dans {left} (limite ≤ 2 h), patient p1",
        "If it goes on as in the last 4 h on d1. Look at the patient now, while there is time.",
        "Si cela continue comme ces 4 dernières heures, par d1. Voir le patient maintenant, tant qu'il est temps.",
    )
    return Case(
        name=f"{row.alert}: {name}",
        alert=row.alert,
        series={row.series: values} | ({LIMIT: f"{prescribed}x{FOUR_HOURS}"} if prescribed else {}),
        every=f"{row.every}m",
        evaluated=f"{FOUR_HOURS}m",
        at=f"{FOUR_HOURS}m",
        says=says if left else None,
        labels={"rule": row.rule, "kind": "clinical", "severity": "medium"},
    )


def _of(row: Row) -> list[Case]:
    """From both sides of the time that is left, of the change and of the number of values."""
    near = abs(row.near - row.limit) / abs(row.enough) * 3600
    before = FOUR_HOURS - row.every * (row.values - 2)
    late, away = _meets_in(row, 3600.5), 2 * row.limit - _meets_in(row, 3600.5)
    return [
        _case(row, "just within two hours", _line(row, _meets_in(row, 7199.5), row.an_hour), "1h 59m 59s"),
        _case(row, "just beyond them", _line(row, _meets_in(row, 7200.5), row.an_hour)),
        _case(row, "moved enough", _line(row, row.near, row.enough), _told(near)),
        _case(row, "moved too little", _line(row, row.near, row.too_flat)),
        _case(
            row,
            "half of the values, the first as old as it may be",
            _line(row, late, row.an_hour, (row.every, row.every), (before, FOUR_HOURS)),
            "1h 0m 0s",
        ),
        _case(row, "the first too old", _line(row, late, row.an_hour, (0, 0), (before, FOUR_HOURS))),
        _case(row, "moves away from the limit", _line(row, late, -row.an_hour)),
        _case(row, "comes back from beyond it", _line(row, away, -row.an_hour)),
    ]


FALLING = ROWS[0]
_LAST_FALL = "98-0.04x119 93.2-0.001x119"
BEGINNING = {"up": "1"}
"""Something at the very beginning: promtool takes no sample that is older by an hour than the first it is given."""
SPECIAL = (
    _case(FALLING, "has fallen and stays", "_ 98-0.04x119 93.2+0.001x119"),
    _case(FALLING, "has fallen and goes on", f"_ {_LAST_FALL}", "44m 24s"),
    _case(FALLING, "where it is beyond, the rule on the limit speaks", "_ 97-0.02x233 91x5"),
    _case(FALLING, "a prescribed 85 is far", _line(FALLING, 93, -2), prescribed="85"),
    _case(FALLING, "a prescribed 85 is near", _line(FALLING, 86.5003, -2), "45m 0s", prescribed="85"),
)


DAY = 1440


def _after(case: Case, days_ago: int, *stretches: str, device: str = "d1") -> Case:
    """With the same four hours so many days ago, as `stretches`: values and gaps of 241 minutes."""
    then = D.replace("d1", device)
    days = {HEART: f"_x{days_ago * DAY} {case.series[HEART]}"}
    days = {f"chevet_vital_heart_rate_per_minute{then}": " ".join(stretches)} | days
    if device == "d1":
        days = {HEART: f"{' '.join(stretches)} _x{days_ago * DAY - FOUR_HOURS - 1} {case.series[HEART]}"}
    at = f"{days_ago * DAY + FOUR_HOURS}m"
    return replace(case, series=BEGINNING | days, at=at, evaluated=at)


def _heart(name: str, *, low: bool, speaks: bool) -> Case:
    row = ROWS[2] if low else ROWS[1]
    return _case(row, name, _line(row, _meets_in(row, 3600.5), row.an_hour), "1h 0m 0s" if speaks else "")


SLOWS, SLOWS_LESS = "70-0.0418x240", "70-0.0415x240"
"""By just more and just less than ten in four hours, half of what it takes."""
BEDTIMES = (
    _after(_heart("slows each evening", low=True, speaks=False), 1, SLOWS),
    _after(_heart("slowed on another device", low=True, speaks=False), 1, SLOWS, device="d2"),
    _after(_heart("slowed three days ago", low=True, speaks=False), 3, SLOWS),
    _after(_heart("slowed four days ago", low=True, speaks=True), 4, SLOWS),
    _after(_heart("slowed by less the evening before", low=True, speaks=True), 1, SLOWS_LESS),
    _after(_heart("quickened the evening before", low=True, speaks=True), 1, "60+0.0418x240"),
    _after(_heart("slowed by enough values", low=True, speaks=False), 1, "_x121 70-0.2x119"),
    _after(_heart("slowed by one value less", low=True, speaks=True), 1, "_x122 70-0.2x118"),
    _after(_heart("quickens each morning", low=False, speaks=False), 1, "60+0.0418x240"),
    _after(_heart("slowed the morning before", low=False, speaks=True), 1, SLOWS),
)
OXYGEN_EACH_EVENING = replace(
    _case(FALLING, "falls each evening", f"98-0.03x240 _x{DAY - FOUR_HOURS - 1} _ {_LAST_FALL}", "44m 24s"),
    at=f"{DAY + FOUR_HOURS}m",
    evaluated=f"{DAY + FOUR_HOURS}m",
)
CASES = (*(case for row in ROWS for case in _of(row)), *SPECIAL, *BEDTIMES, OXYGEN_EACH_EVENING)


def test_every_alert_of_the_group_has_its_row() -> None:
    assert {row.alert for row in ROWS} == {alert.name for alert in trends.GROUP.alerts}


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [trends.GROUP], CASES) == ""
