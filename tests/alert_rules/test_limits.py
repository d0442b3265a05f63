"""Which limit holds for a patient: what is said now, what was said within a day, the catalogue's; by hand."""

from __future__ import annotations

from pathlib import Path

from alert_rules import limits, sustained
from tests.alert_rules.promtool import Case, Recorded, failures

SATURATION = 'chevet_vital_oxygen_saturation_percent{gateway="g01",device="d1",patient="p1"}'
OWN = 'patient="p1",severity="high",side="low",vital="oxygen_saturation"'
SAID, KNOWN = f"chevet_limit{{{OWN}}}", f"chevet:limit:known{{{OWN}}}"
SAYS = (
    "oxygen saturation 85 % (limit ≤ 88 %), patient p1",
    "saturation en oxygène 85 % (limite ≤ 88 %), patient p1",
    "Seen over the last 5 min on d1. Look at the patient first, then at the sensor.",
    "Sur les dernières 5 min, par d1. Voir d'abord le patient, puis le capteur.",
)


def _remembered(name: str, at: int, samples: dict[str, float]) -> Recorded:
    """Said once, half a minute after the beginning."""
    return Recorded(
        name=f"a limit {name}",
        series={f'{SAID[:-1]},instance="127.0.0.1:1"}}': "_ 80"},
        every="30s",
        evaluated=f"{at}m",
        at=f"{at}m",
        expression="chevet:limit:known",
        samples=samples,
    )


def _judged(name: str, at: int, *, fires: bool, **series: str) -> Case:
    """A saturation of 85: beyond the catalogue's 88, and inside a prescribed 80."""
    return Case(
        name=name,
        alert="ChevetOxygenSaturationLowHigh",
        series={SATURATION: "85x60", **series},
        every="30s",
        evaluated=f"{at}m",
        at=f"{at}m",
        says=SAYS if fires else None,
        labels={"rule": "oxygen_saturation.low", "kind": "clinical", "severity": "high"},
    )


CASES = (
    _remembered("is remembered for a day", 1440, {KNOWN: 80}),
    _remembered("is not remembered for longer", 1441, {}),
    _judged("what is remembered holds for ten minutes more", 10, fires=False, **{KNOWN: "_ 80 stale"}),
    _judged("and then the catalogue's limit does", 11, fires=True, **{KNOWN: "_ 80 stale"}),
    _judged("what is said now counts at once", 5, fires=False, **{SAID: "88x9 80"}),
)


def test_each_patients_limit_is_the_newest_that_is_known(tmp_path: Path) -> None:
    assert failures(tmp_path, [limits.GROUP, sustained.GROUP], CASES) == ""
