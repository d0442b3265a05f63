"""Minutes of a night, from 22 to 6 h where it is an hour later than in Greenwich: typed by hand, from both sides."""

from __future__ import annotations

from pathlib import Path

from alert_rules import desaturation
from tests.alert_rules.promtool import Case, Recorded, failures

SATURATION = 'chevet_vital_oxygen_saturation_percent{gateway="g01",device="d1",patient="p1"}'
ANOTHERS = 'chevet_vital_oxygen_saturation_percent{gateway="g01",device="d2",patient="p1"}'
LIMIT = 'chevet_limit{patient="p1",vital="oxygen_saturation",severity="high",side="low"}'


def _case(name: str, values: str, says: tuple[str, str, str] | None = None, limit: str = "") -> Case:
    """Asked at noon of a night of which the part after midnight is known. `says`: limit, minutes, minutes measured."""
    at, minutes, measured = says or ("", "", "")
    told = (
        f"oxygen saturation at night at {at} % or below for {minutes} min (limit ≥ 5 min), patient p1",
        f"saturation en oxygène nocturne à {at} % ou moins pendant {minutes} min (limite ≥ 5 min), patient p1",
        f"Of {measured} min measured between 22 and 6 h. Look at the night on the dashboard, then speak with the "
        "doctor about oxygen, medicines and sleep.",
        f"Sur {measured} min mesurées entre 22 et 6 h. Regarder la nuit sur le tableau, puis voir avec le médecin "
        "l'oxygène, les médicaments et le sommeil.",
    )
    return Case(
        name=name,
        alert="ChevetNightDesaturation",
        series={SATURATION: values} | ({LIMIT: limit} if limit else {}),
        evaluated="12h",
        at="12h",
        says=told if says else None,
        labels={"rule": "oxygen_saturation.night", "kind": "clinical", "severity": "low"},
        of=("patient",),
    )


def _recorded(name: str, of: str, at: str, expected: float | None, **series: str) -> Recorded:
    given = {SATURATION: series["values"]}
    given |= {LIMIT: series["limit"]} if "limit" in series else {}
    given |= {ANOTHERS: series["other"]} if "other" in series else {}
    return Recorded(
        name=name,
        series=given,
        evaluated=at,
        at=at,
        expression=f"chevet:night:{of}_minutes",
        samples={} if expected is None else {f'chevet:night:{of}_minutes{{patient="p1"}}': expected},
    )


ALERTED = (
    _case("five minutes at the limit", "_ 88x4 97x94", ("88", "5", "100")),
    _case("four", "_ 88x3 97x94"),
    _case("a hundred minutes just above it", "_ 89x99"),
    _case("five minutes here and there", "_ 88x1 95x50 80 95x50 88x1", ("88", "5", "107")),
    _case("five minutes of the day", "_x400 80x4"),
    _case("a prescribed 84 does not count 88", "_ 88x99", limit="84x720"),
    _case("a prescribed 84 counts 84", "_ 84x4", ("84", "5", "5"), limit="84x720"),
)
# 5 o'clock in Greenwich is 6 h, minute 300; 21 o'clock is 22 h, minute 1260. A window is told when it ends.
RECORDED = (
    _recorded("the last window of a night ends at 6 h", "measured", "12h", 30, values="_x271 97x59"),
    _recorded("the first begins at 22 h", "measured", "24h", 30, values="_x1231 97x59"),
    _recorded("a night holds 480 minutes, until the next begins", "measured", "45h", 480, values="97x2800"),
    _recorded("nothing is known of a day", "measured", "12h", None, values="_x400 97x59"),
    _recorded("a night without any is none, and known", "desaturated", "12h", 0, values="_ 97x59"),
    _recorded("the worse of two devices", "desaturated", "12h", 7, values="_ 85x2 97x50", other="_ 85x6 97x50"),
    # For an hour it was 80, then it was 88 again.
    _recorded("each minute has its own limit", "desaturated", "12h", 10, values="_ 85x69", limit="80x60 88x720"),
)
CASES = (*ALERTED, *RECORDED)


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [desaturation.GROUP], CASES) == ""
