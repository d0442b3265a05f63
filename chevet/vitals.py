"""The catalogue: one row per vital. Numbers and their sources: CLINICAL section 4; a clinician signs them before use.

Values, plausible ranges, limits and margins are all in the row's `unit`, which is the unit of its metric.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from chevet.errors import BadRow
from chevet.severities import Severity, Side
from chevet.units import BY_UCUM

MINUTE = 60
HOUR = 60 * MINUTE

GRACE = 30
"""Seconds that a window waits for its own stragglers."""

NEWS2 = "RCP, National Early Warning Score 2, 2017, Chart 1"
GLUCOSE_CONSENSUS = "International consensus on time in range, Diabetes Care 2019;42:1593"
DEFAULT = "Chevet's default, to be signed by a clinician"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a patient should not be: beyond `value` on `side` for `lasting` seconds, over `at_least` good readings."""

    side: Side
    severity: Severity
    value: float
    inclusive: bool = True
    lasting: int
    at_least: int
    source: str = NEWS2

    @property
    def operator(self) -> str:
        """The comparison as it is written in rules and sentences."""
        return ("<" if self.side is Side.LOW else ">") + ("=" if self.inclusive else "")

    def broken_by(self, value: float) -> bool:
        """Whether `value` lies beyond this limit; at the limit only where it is inclusive."""
        if value == self.value:
            return self.inclusive
        return (value < self.value) is (self.side is Side.LOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypass:
    """A value so far out that it is called about without waiting for the limit's `lasting`."""

    side: Side
    value: float
    lasting: int
    at_least: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Clears:
    """How an alarm ends: inside the limit by `margin` for the limit's own `lasting`, but at least `at_least` seconds.

    `by_person` is for what no later reading takes back, such as a fall.
    """

    margin: float = 0
    at_least: int = MINUTE
    next_reading: bool = False
    by_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vital:
    """One row of the catalogue. Times are seconds; None where the table has a dash."""

    key: str
    title: Mapping[str, str]
    unit: str
    loinc: tuple[str, ...] = ()
    plausible: tuple[float, float] | None
    limits: tuple[Limit, ...] = ()
    bypasses: tuple[Bypass, ...] = ()
    clears: Clears = field(default_factory=Clears)
    interval: int | None = None
    stale_after: int | None = None
    window: int | None = None
    by_device: bool = True

    def __post_init__(self) -> None:
        if self.unit not in BY_UCUM:
            raise BadRow(f"{self.key}.unit: expected one of {', '.join(BY_UCUM)}, got {self.unit!r}", field="unit")
        for limit in self.limits:
            if not self.is_plausible(limit.value):
                raise BadRow(f"{self.key}.limits: expected within {self.plausible}, got {limit.value}", field="limits")

    @property
    def metric(self) -> str:
        """The name of its series: `chevet_vital_<key>_<unit>`."""
        return f"chevet_vital_{self.key}_{BY_UCUM[self.unit].metric}"

    @property
    def shown_unit(self) -> str:
        """The unit as people write it."""
        return BY_UCUM[self.unit].shown

    def is_plausible(self, value: float) -> bool:
        """Whether a device can truthfully say this; NaN never is, and a vital without a range says nothing."""
        return self.plausible is not None and self.plausible[0] <= value <= self.plausible[1]


def _limit(side: Side, severity: Severity, value: float, lasting: int, at_least: int, source: str = NEWS2) -> Limit:
    return Limit(side=side, severity=severity, value=value, lasting=lasting, at_least=at_least, source=source)


def _beyond(side: Side, severity: Severity, value: float, lasting: int, at_least: int, source: str) -> Limit:
    """A limit that is itself still inside, written < or >."""
    return replace(_limit(side, severity, value, lasting, at_least, source), inclusive=False)


_LOW, _HIGH = Side.LOW, Side.HIGH
_URGENT, _MEDIUM = Severity.HIGH, Severity.MEDIUM

VITALS: tuple[Vital, ...] = (
    Vital(
        key="heart_rate",
        title={"en": "heart rate", "fr": "fréquence cardiaque"},
        unit="/min",
        loinc=("8867-4",),
        plausible=(10, 300),
        limits=(
            _limit(_LOW, _URGENT, 40, MINUTE, 3),
            _limit(_LOW, _MEDIUM, 50, MINUTE, 3),
            _limit(_HIGH, _URGENT, 131, MINUTE, 3),
            _limit(_HIGH, _MEDIUM, 111, MINUTE, 3),
        ),
        bypasses=(Bypass(side=_LOW, value=30, lasting=20), Bypass(side=_HIGH, value=160, lasting=20)),
        clears=Clears(margin=5),
        interval=10,
        stale_after=5 * MINUTE,
        window=MINUTE,
    ),
    Vital(
        key="oxygen_saturation",
        title={"en": "oxygen saturation", "fr": "saturation en oxygène"},
        unit="%",
        loinc=("2708-6", "59408-5"),
        plausible=(1, 100),
        limits=(_limit(_LOW, _URGENT, 88, MINUTE, 3, DEFAULT), _limit(_LOW, _MEDIUM, 91, MINUTE, 3)),
        bypasses=(Bypass(side=_LOW, value=78, lasting=20),),
        clears=Clears(margin=2),
        interval=10,
        stale_after=5 * MINUTE,
        window=MINUTE,
    ),
    Vital(
        key="respiratory_rate",
        title={"en": "respiratory rate", "fr": "fréquence respiratoire"},
        unit="/min",
        loinc=("9279-1",),
        plausible=(3, 80),
        limits=(
            _limit(_LOW, _URGENT, 8, 3 * MINUTE, 3),
            _limit(_HIGH, _URGENT, 25, 3 * MINUTE, 3),
            _limit(_HIGH, _MEDIUM, 21, 3 * MINUTE, 3),
        ),
        bypasses=(Bypass(side=_LOW, value=4, lasting=MINUTE), Bypass(side=_HIGH, value=35, lasting=MINUTE)),
        clears=Clears(margin=2),
        interval=30,
        stale_after=10 * MINUTE,
        window=MINUTE,
    ),
    Vital(
        key="body_temperature",
        title={"en": "body temperature", "fr": "température"},
        unit="Cel",
        loinc=("8310-5",),
        plausible=(25, 45),
        limits=(
            _limit(_LOW, _URGENT, 35.0, 10 * MINUTE, 2),
            _limit(_HIGH, _URGENT, 40.0, 10 * MINUTE, 2, DEFAULT),
            _limit(_HIGH, _MEDIUM, 39.1, 10 * MINUTE, 2),
        ),
        clears=Clears(margin=0.3),
        interval=5 * MINUTE,
        stale_after=30 * MINUTE,
    ),
    Vital(
        key="systolic_pressure",
        title={"en": "systolic pressure", "fr": "pression systolique"},
        unit="mm[Hg]",
        loinc=("8480-6",),
        plausible=(40, 300),
        limits=(
            _limit(_LOW, _URGENT, 90, 0, 1),
            _limit(_HIGH, _URGENT, 220, 0, 1),
            _limit(_HIGH, _MEDIUM, 180, 0, 1, DEFAULT),
        ),
        clears=Clears(next_reading=True),
        interval=24 * HOUR,
        stale_after=26 * HOUR,
    ),
    Vital(
        key="diastolic_pressure",
        title={"en": "diastolic pressure", "fr": "pression diastolique"},
        unit="mm[Hg]",
        loinc=("8462-4",),
        plausible=(20, 200),
        limits=(_limit(_HIGH, _URGENT, 120, 0, 1, DEFAULT), _limit(_HIGH, _MEDIUM, 110, 0, 1, DEFAULT)),
        clears=Clears(next_reading=True),
        interval=24 * HOUR,
        stale_after=26 * HOUR,
    ),
    Vital(
        key="glucose_sensor",
        title={"en": "glucose (sensor)", "fr": "glycémie (capteur)"},
        unit="mg/dL",
        loinc=("99504-3",),
        plausible=(20, 600),
        limits=(
            _beyond(_LOW, _URGENT, 54, 0, 1, GLUCOSE_CONSENSUS),
            _beyond(_LOW, _MEDIUM, 70, 10 * MINUTE, 2, GLUCOSE_CONSENSUS),
            _beyond(_HIGH, _MEDIUM, 250, HOUR, 2, GLUCOSE_CONSENSUS),
        ),
        clears=Clears(margin=5),
        interval=5 * MINUTE,
        stale_after=20 * MINUTE,
    ),
    Vital(
        key="glucose_finger",
        title={"en": "glucose (finger)", "fr": "glycémie (doigt)"},
        unit="mg/dL",
        loinc=("41653-7",),
        plausible=(10, 1000),
        limits=(
            _beyond(_LOW, _URGENT, 54, 0, 1, GLUCOSE_CONSENSUS),
            _beyond(_LOW, _MEDIUM, 70, 0, 1, GLUCOSE_CONSENSUS),
            _beyond(_HIGH, _MEDIUM, 250, 0, 1, GLUCOSE_CONSENSUS),
        ),
        clears=Clears(next_reading=True),
        interval=24 * HOUR,
        stale_after=26 * HOUR,
    ),
    Vital(
        key="weight",
        title={"en": "weight", "fr": "poids"},
        unit="g",
        loinc=("29463-7",),
        plausible=(2_000, 350_000),
        clears=Clears(next_reading=True),
        interval=24 * HOUR,
        stale_after=50 * HOUR,
    ),
    Vital(
        key="activity",
        title={"en": "activity", "fr": "activité"},
        unit="m[g]",
        plausible=(0, 16_000),
        interval=MINUTE,
        stale_after=15 * MINUTE,
        window=MINUTE,
    ),
    Vital(
        key="fall",
        title={"en": "fall", "fr": "chute"},
        unit="[g]",
        plausible=(0, 16),
        limits=(_limit(_HIGH, _URGENT, 2.5, 0, 1, DEFAULT),),
        clears=Clears(by_person=True),
    ),
    Vital(
        key="supplemental_oxygen",
        title={"en": "supplemental oxygen", "fr": "apport d'oxygène"},
        unit="{code}",
        loinc=("3151-8",),
        plausible=None,
        interval=12 * HOUR,
        stale_after=12 * HOUR,
        by_device=False,
    ),
    Vital(
        key="consciousness",
        title={"en": "consciousness", "fr": "conscience"},
        unit="{code}",
        loinc=("67775-7",),
        plausible=None,
        interval=12 * HOUR,
        stale_after=12 * HOUR,
        by_device=False,
    ),
)
BY_KEY: Mapping[str, Vital] = MappingProxyType({vital.key: vital for vital in VITALS})
DEVICE_VITALS: tuple[Vital, ...] = tuple(vital for vital in VITALS if vital.by_device)
