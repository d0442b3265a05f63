"""What lies in the filled Prometheus: three residents' fourteen days, and what only machinery can say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chevet import metrics
from chevet.vitals import DEVICE_VITALS
from simulators.devices import BY_NAME, DEVICES
from simulators.history import Line, Stretch, lines
from simulators.measurements import measurements
from simulators.patients import patient
from simulators.residents import Resident
from simulators.script import Occurrence, occurrence
from tests.filled import alarms, expected, machines, slow, struck, weeks
from tests.filled.struck import STRUCK

MINUTE, DAY = 60.0, 86_400.0
WELL, ILL, DIABETIC, FALLEN, AT_BOUNDS = "p-well", "p-ill", "p-diabetic", "p-fallen", "p-at-bounds"
NEW = "p-new"
GATEWAYS = {WELL: "g01", ILL: "g02", DIABETIC: "g03"}
HOMES = {
    **{name: (gateway, DEVICES) for name, gateway in GATEWAYS.items()},
    AT_BOUNDS: ("g05", (BY_NAME["cuff"], BY_NAME["glucose-sensor"])),
    STRUCK.pseudonym: (STRUCK.gateway, STRUCK.devices),
    NEW: ("g08", DEVICES),
}
"""Gateway and devices of whom anything is expected; of the new one nothing ever came."""
LATEST_DAYS = 2
WIDE = 900
"""Seconds of a window of the two weeks; those of the last day are the catalogue's own."""


def people() -> tuple[Resident, ...]:
    """One who is well, one whose breath and pressure are not, one whose glucose is not."""
    ill = replace(patient(7), saturation=90.2, resting_respiration=23.0, systolic=152.0, diastolic=96.0)
    diabetic = replace(patient(12), fasting_glucose=150.0, meal_rise=120.0, glucose_unit="mg/dL")
    bodies = {WELL: patient(3), ILL: ill, DIABETIC: diabetic}
    return tuple(
        Resident(gateway=GATEWAYS[name], pseudonym=name, body=body, devices=DEVICES) for name, body in bodies.items()
    )


def texts(now: float) -> Iterator[str]:
    """All of it as OpenMetrics, up to `now`."""
    turns = now - DAY
    stretches = (Stretch(after=now - 14 * DAY, until=turns, period=WIDE), Stretch(after=turns, until=now))
    yield from _measured(people(), stretches, now)
    yield from _measured((STRUCK,), stretches[1:], now, struck.occurrences(now))
    yield from expositions(now)


def _measured(
    residents: tuple[Resident, ...], stretches: tuple[Stretch, ...], now: float, struck_by: Sequence[Occurrence] = ()
) -> Iterator[str]:
    """Windows, and the newest as `_latest`."""
    for resident in residents:
        for line in lines(resident, stretches, struck_by):
            yield line.text()
            if line.name in _MEANS:
                yield _latest(line, now - LATEST_DAYS * DAY).text()


_MEANS = {vital.metric for vital in DEVICE_VITALS}


def _latest(line: Line, since: float) -> Line:
    kept = line.ends >= since
    return replace(line, name=line.name + metrics.LATEST, ends=line.ends[kept], values=line.values[kept])


def expositions(now: float) -> Iterator[str]:
    """What the service exports of patients, and what has no simulator."""
    yield from expected.said(now, HOMES, NEW)
    yield from expected.observed(now, (WELL, ILL, DIABETIC))
    yield from alarms.kept(now, {name: gateway for name, (gateway, _) in HOMES.items()})
    yield from _fall(now)
    yield from _at_bounds(now)
    yield from struck.measured_now_and_then(now)
    yield from weeks.measured(now)
    yield from slow.said(now)
    yield from machines.said(now)


def _fall(now: float) -> Iterator[str]:
    """The scripted episode that fills what is rightly empty on other days."""
    episode = occurrence("fall", now - 3600)
    measured = measurements(BY_NAME["accelerometer"], patient(21), now - 7200, now, (episode,))
    column = next(one for one in measured.columns if one.attribute.vital == "fall")
    labels = f'{{device="accelerometer",gateway="g04",patient="{FALLEN}"}}'
    for at, value in zip(measured.last_seen[column.due], column.values[column.due], strict=True):
        yield f"chevet_vital_fall_g{labels} {value:.10g} {at:.3f}\n"


PRESSURES = ((140, 90), (141, 80), (90, 60), (89, 70), (150, 55), (120, 91), (120, 59))
GLUCOSES = (251, 250, 181, 53, 54, 69, 70, 180)
"""An hour apart; and each for ten readings, five minutes apart."""


def _at_bounds(now: float) -> Iterator[str]:
    """Someone who measures exactly at the bounds, and one step beyond."""
    cuff = f'{{device="cuff",gateway="g05",patient="{AT_BOUNDS}"}}'
    for place, which in enumerate(("systolic", "diastolic")):
        for ago, pair in zip(range(len(PRESSURES), 0, -1), PRESSURES, strict=True):
            yield f"chevet_vital_{which}_pressure_mmhg{cuff} {pair[place]} {now - ago * 3600 - 7:.0f}\n"
    sensor = f'{{device="glucose-sensor",gateway="g05",patient="{AT_BOUNDS}"}}'
    readings = [value for value in GLUCOSES for _ in range(10)]
    for ago, value in zip(range(len(readings), 0, -1), readings, strict=True):
        yield f"chevet_vital_glucose_sensor_mg_per_dl{sensor} {value} {now - ago * 300 - 60:.0f}\n"
