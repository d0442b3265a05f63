"""The episodes that can be put on: rows of what happens to the body or to a device, and which alert it should raise.

What follows an illness (a fast heart in a desaturation) stays short of its own limits, so that each row is answered by
exactly the alerts it expects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from chevet.severities import Severity
from chevet.signals import CHECK, SILENT

MINUTE = 60.0


class Fault(StrEnum):
    """What can be wrong with a device or a home though the patient is well."""

    SILENT = "silent"
    PROBE_OFF = "probe_off"
    FLAT_BATTERY = "flat_battery"
    MOTION = "motion"
    WRONG_CLOCK = "wrong_clock"
    LINK_DOWN = "link_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The vital is drawn towards `target`, in the unit of its row."""

    vital: str
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The alert that an episode should raise once it has lasted `after` seconds beyond its onset."""

    vital: str
    rule: str
    severity: Severity
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One row. `onset` seconds to reach the targets, `lasts` seconds at them, `recovers` seconds back.

    `device` is where a fault strikes unless another is named; "" means the whole home. `shift` is a wrong clock's error
    in seconds. The first of `effects` is what the episode is about.
    """

    name: str
    title: str
    onset: float = 0
    lasts: float
    recovers: float = 0
    effects: tuple[Effect, ...] = ()
    fault: Fault | None = None
    device: str = ""
    shift: float = 0
    expects: tuple[Expected, ...] = ()


def _clinical(vital: str, side: str, severity: Severity, after: float) -> tuple[Expected, ...]:
    return (Expected(vital=vital, rule=f"{vital}.{side}", severity=severity, after=after),)


def _technical(ending: str, after: float, *vitals: str) -> tuple[Expected, ...]:
    return tuple(
        Expected(vital=vital, rule=f"{vital}.{ending}", severity=Severity.MEDIUM, after=after) for vital in vitals
    )


_OF_OXIMETER = ("oxygen_saturation", "heart_rate")

EPISODES: tuple[Episode, ...] = (
    Episode(
        name="mild-desaturation",
        title="SpO2 falls to 90 %, the heart quickens",
        onset=30,
        lasts=4 * MINUTE,
        recovers=45,
        effects=(Effect(vital="oxygen_saturation", target=90), Effect(vital="heart_rate", target=96)),
        expects=_clinical("oxygen_saturation", "low", Severity.MEDIUM, 80),
    ),
    Episode(
        name="deep-desaturation",
        title="SpO2 falls to 74 %, heart and breath quicken",
        onset=15,
        lasts=4 * MINUTE,
        recovers=60,
        effects=(
            Effect(vital="oxygen_saturation", target=74),
            Effect(vital="heart_rate", target=104),
            Effect(vital="respiratory_rate", target=18.5),
        ),
        expects=_clinical("oxygen_saturation", "low", Severity.HIGH, 40),
    ),
    Episode(
        name="hypoglycaemia",
        title="glucose falls to 46 mg/dL",
        onset=2,
        lasts=20 * MINUTE,
        recovers=15 * MINUTE,
        effects=(Effect(vital="glucose_sensor", target=46), Effect(vital="heart_rate", target=92)),
        expects=_clinical("glucose_sensor", "low", Severity.HIGH, 10),
    ),
    Episode(
        name="tachycardia",
        title="the heart runs at 144 /min",
        onset=20,
        lasts=4 * MINUTE,
        recovers=40,
        effects=(Effect(vital="heart_rate", target=144), Effect(vital="respiratory_rate", target=18.5)),
        expects=_clinical("heart_rate", "high", Severity.HIGH, 80),
    ),
    Episode(
        name="bradycardia",
        title="the heart slows to 36 /min",
        onset=20,
        lasts=4 * MINUTE,
        recovers=40,
        effects=(Effect(vital="heart_rate", target=36),),
        expects=_clinical("heart_rate", "low", Severity.HIGH, 80),
    ),
    Episode(
        name="fever",
        title="temperature rises to 39.5 °C",
        onset=10 * MINUTE,
        lasts=60 * MINUTE,
        recovers=30 * MINUTE,
        effects=(
            Effect(vital="body_temperature", target=39.5),
            Effect(vital="heart_rate", target=99),
            Effect(vital="respiratory_rate", target=18.5),
        ),
        expects=_clinical("body_temperature", "high", Severity.MEDIUM, 25 * MINUTE),
    ),
    Episode(
        name="high-fever",
        title="temperature rises to 40.6 °C",
        onset=10 * MINUTE,
        lasts=60 * MINUTE,
        recovers=40 * MINUTE,
        effects=(
            Effect(vital="body_temperature", target=40.6),
            Effect(vital="heart_rate", target=104),
            Effect(vital="respiratory_rate", target=18.5),
        ),
        expects=_clinical("body_temperature", "high", Severity.HIGH, 25 * MINUTE),
    ),
    Episode(
        name="fall",
        title="a fall of 3.4 g, then no movement",
        lasts=10 * MINUTE,
        effects=(Effect(vital="fall", target=3.4), Effect(vital="activity", target=4)),
        expects=_clinical("fall", "high", Severity.HIGH, 0),
    ),
    Episode(
        name="sensor-silent",
        title="the oximeter says nothing",
        lasts=10 * MINUTE,
        fault=Fault.SILENT,
        device="oximeter",
        expects=_technical(SILENT, 5 * MINUTE + 20, *_OF_OXIMETER),
    ),
    Episode(
        name="probe-off",
        title="the finger is out of the oximeter",
        lasts=7 * MINUTE,
        fault=Fault.PROBE_OFF,
        device="oximeter",
        expects=(
            *_technical(CHECK, 5 * MINUTE + 20, *_OF_OXIMETER),
            *_technical(SILENT, 5 * MINUTE + 20, *_OF_OXIMETER),
        ),
    ),
    Episode(
        name="flat-battery",
        title="the oximeter's battery falls to nothing, then silence",
        onset=2 * MINUTE,
        lasts=10 * MINUTE,
        fault=Fault.FLAT_BATTERY,
        device="oximeter",
        expects=_technical(SILENT, 7 * MINUTE + 20, *_OF_OXIMETER),
    ),
    Episode(
        name="motion",
        title="the hand moves: low values that are not to be believed",
        lasts=2 * MINUTE,
        fault=Fault.MOTION,
        device="oximeter",
    ),
    Episode(
        name="wrong-clock",
        title="the radio's clock is two hours ahead",
        lasts=5 * MINUTE,
        fault=Fault.WRONG_CLOCK,
        shift=7200,
    ),
    Episode(
        name="link-down",
        title="the home's link to the server is cut",
        lasts=10 * MINUTE,
        fault=Fault.LINK_DOWN,
    ),
)
BY_NAME: Mapping[str, Episode] = MappingProxyType({row.name: row for row in EPISODES})
