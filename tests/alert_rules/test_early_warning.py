"""NEWS2 as Prometheus computes it: equal to the library on every bound of every band and on thousands of patients."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alert_rules import early_warning
from alert_rules.prometheus import rule_file
from alert_rules.rows import Recording
from chevet.news2 import Observation, Part, Scale, Score, score
from tests.alert_rules.promtool import Case, failures

SERIES = {
    Part.RESPIRATION: "chevet_vital_respiratory_rate_per_minute",
    Part.SATURATION: "chevet_vital_oxygen_saturation_percent",
    Part.OXYGEN: "chevet_news2_oxygen",
    Part.SYSTOLIC: "chevet_vital_systolic_pressure_mmhg",
    Part.PULSE: "chevet_vital_heart_rate_per_minute",
    Part.CONSCIOUSNESS: "chevet_news2_consciousness",
    Part.TEMPERATURE: "chevet_vital_body_temperature_celsius",
}
# The first value of each band of Chart 1, by hand.
EDGES: dict[Part, tuple[float, ...]] = {
    Part.RESPIRATION: (9, 12, 21, 25),
    Part.SATURATION: (84, 86, 88, 92, 93, 94, 95, 96, 97),
    Part.OXYGEN: (),
    Part.SYSTOLIC: (91, 101, 111, 220),
    Part.PULSE: (41, 51, 91, 111, 131),
    Part.CONSCIOUSNESS: (),
    Part.TEMPERATURE: (35.1, 36.1, 38.1, 39.1),
}
RANGES = {
    Part.RESPIRATION: (4.0, 40.0),
    Part.SATURATION: (75.0, 100.0),
    Part.SYSTOLIC: (70.0, 240.0),
    Part.PULSE: (30.0, 170.0),
    Part.TEMPERATURE: (33.5, 41.0),
}
CODES = {Part.OXYGEN: (0, 1), Part.CONSCIOUSNESS: (0, 1, 2, 3, 4)}
Values = dict[Part, float]


def _about_every_edge() -> Iterator[tuple[Values, Scale]]:
    """Each edge, what rounds up to it and what does not, on both scales, on air, on oxygen and with neither known."""
    for part, edges in EDGES.items():
        step = 0.1 if part is Part.TEMPERATURE else 1
        for edge in edges:
            for value in (edge, edge - 0.5 * step + 1e-6, edge - 0.5 * step - 1e-6, edge - step):
                for scale in Scale:
                    for oxygen in ({}, {Part.OXYGEN: 0}, {Part.OXYGEN: 1}):
                        yield {part: value, **oxygen}, scale
    for part, codes in CODES.items():
        for code in codes:
            yield {part: code}, Scale.ONE


def _random(number: int) -> Iterator[tuple[Values, Scale]]:
    draw = random.Random(2017)
    for _ in range(number):
        values: Values = {part: round(draw.uniform(*bounds), 2) for part, bounds in RANGES.items()}
        values |= {part: draw.choice(codes) for part, codes in CODES.items()}
        complete = draw.random() < 0.5
        kept = {part: value for part, value in values.items() if complete or draw.random() < 0.7}
        yield kept, draw.choice(list(Scale))


def _compared(folder: Path, patients: list[tuple[Values, Scale]]) -> str:
    """What promtool finds unequal between Prometheus's scores and the library's."""
    inputs, scores, parts = [], [], []
    for number, (values, scale) in enumerate(patients):
        labels = f'{{patient="p{number}"}}'
        for part, value in values.items():
            device = f'{{patient="p{number}",gateway="g",device="d"}}' if part in RANGES else labels
            inputs.append({"series": SERIES[part] + device, "values": f"{value!r}"})
        inputs.append({"series": f"chevet_news2_eligible{labels}", "values": "1"})
        inputs.append({"series": f"chevet_news2_scale{labels}", "values": scale.value})
        observed = {part: Observation(value=value, at=0) for part, value in values.items()}
        library: Score = score(observed, 0, scale)
        if library.points:
            scores.append({"labels": f"chevet:news2:score{labels}", "value": library.total})
            parts.append({"labels": f"chevet:news2:parts{labels}", "value": len(library.points)})
    recorded = tuple(rule for rule in early_warning.GROUP.rules if isinstance(rule, Recording))
    (folder / "rules.yml").write_text(rule_file(replace(early_warning.GROUP, rules=recorded)))
    test = {
        "interval": "1m",
        "input_series": inputs,
        "promql_expr_test": [
            {"expr": "chevet:news2:score", "eval_time": "0m", "exp_samples": scores},
            {"expr": "chevet:news2:parts", "eval_time": "0m", "exp_samples": parts},
        ],
    }
    content = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "cases.yml").write_text(json.dumps(content))
    done = subprocess.run(
        ["promtool", "test", "rules", "cases.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[:2000]


def test_prometheus_scores_every_bound_of_every_band_as_the_library_does(tmp_path: Path) -> None:
    patients = list(_about_every_edge())
    assert len(patients) > 500
    assert _compared(tmp_path, patients) == ""


def test_prometheus_scores_three_thousand_complete_and_partial_patients_as_the_library_does(tmp_path: Path) -> None:
    patients = list(_random(3000))
    for first in range(0, 3000, 500):  # the tool gives each expression a hundred seconds
        assert _compared(tmp_path, patients[first : first + 500]) == ""


def test_an_unequal_score_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SERIES, Part.PULSE, "chevet_vital_of_somebody_else")
    assert "FAILED" in _compared(tmp_path, [({Part.PULSE: 140, Part.OXYGEN: 0}, Scale.ONE)])


# By hand from Chart 1: 3 + 2 + 2, then 3 + 1 + 2, then 3 + 2, then 2 + 2.
D = 'gateway="g01",device="d1",patient="p1"'
P = 'patient="p1"'
SEVEN = {
    f"chevet_vital_respiratory_rate_per_minute{{{D}}}": "25",
    f"chevet_vital_heart_rate_per_minute{{{D}}}": "111",
    f"chevet_news2_oxygen{{{P}}}": "1",
    f"chevet_news2_eligible{{{P}}}": "1",
}
SIX = SEVEN | {f"chevet_vital_heart_rate_per_minute{{{D}}}": "91"}
FIVE = SEVEN | {f"chevet_vital_heart_rate_per_minute{{{D}}}": "90"}
FOUR = FIVE | {f"chevet_vital_respiratory_rate_per_minute{{{D}}}": "24"}
SAYS = (
    "NEWS2 {score} (3/7 parts), patient p1",
    "NEWS2 {score} (3/7 paramètres), patient p1",
    "Chart 4 asks for {en}. Missing: {missing_en}; else nothing.",
    "Réponse prévue : {fr}. Il manque : {missing_fr}; sinon rien.",
)
MISSING = {
    "missing_en": "oxygen saturation; systolic pressure; consciousness; temperature",
    "missing_fr": "saturation; pression systolique; conscience; température",
}
EMERGENCY = {
    "en": "emergency: continuous, critical-care team",
    "fr": "urgence vitale : continu, équipe de réanimation",
}
URGENT = {
    "en": "urgent: hourly, medical team at once",
    "fr": "urgent : toutes les heures, équipe médicale aussitôt",
}


def _case(name: str, alert: str, series: dict[str, str], severity: str, words: dict[str, str], score: int) -> Case:
    says = tuple(text.format(score=score, **words, **MISSING) for text in SAYS) if words else None
    return Case(
        name=name,
        alert=alert,
        series=series,
        at="0m",
        says=says,  # type: ignore[arg-type]  # there are as many as SAYS has
        labels={"rule": "news2.high", "kind": "clinical", "severity": severity},
        of=("patient",),
    )


CASES = (
    _case("7 is an emergency", "ChevetNews2Emergency", SEVEN, "high", EMERGENCY, 7),
    _case("7 is not told twice", "ChevetNews2Urgent", SEVEN, "medium", {}, 7),
    _case("6 is no emergency", "ChevetNews2Emergency", SIX, "high", {}, 6),
    _case("6 is urgent", "ChevetNews2Urgent", SIX, "medium", URGENT, 6),
    _case("5 is urgent", "ChevetNews2Urgent", FIVE, "medium", URGENT, 5),
    _case("5 is no emergency", "ChevetNews2Emergency", FIVE, "high", {}, 5),
    _case("4 is neither", "ChevetNews2Urgent", FOUR, "medium", {}, 4),
    _case(
        "who is not eligible is not scored",
        "ChevetNews2Emergency",
        SEVEN | {f"chevet_news2_eligible{{{P}}}": "0"},
        "high",
        {},
        7,
    ),
)


def test_five_and_seven_are_told_with_what_is_missing(tmp_path: Path) -> None:
    assert failures(tmp_path, [early_warning.GROUP], CASES) == ""
