"""NEWS2 in Prometheus: the bands of `chevet.news2` as recording rules, and alerts on the total.

A part is the last window's mean or single value within its shelf-life, rounded as the chart is read; of several devices
the worst counts. Only patients whom the service calls eligible are scored. A partial sum is a lower bound that alerts
just the same, and names what is missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from alert_rules.rows import Alert, Group, Recording, Sentence
from chevet import metrics, news2, promql, recordings
from chevet.news2 import BANDS, SATURATION_ON_SCALE_2, SHELF_LIFE, TENTHS, TITLES, Band, Part
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY

VALUE, POINTS, AGE = recordings.NEWS2_VALUE, recordings.NEWS2_POINTS, recordings.NEWS2_AGE
SCORE, PARTS, MISSING = recordings.NEWS2_SCORE, recordings.NEWS2_PARTS, recordings.NEWS2_MISSING

SOURCES: Mapping[Part, str] = MappingProxyType(
    {
        Part.RESPIRATION: BY_KEY["respiratory_rate"].metric,
        Part.SATURATION: BY_KEY["oxygen_saturation"].metric,
        Part.OXYGEN: metrics.NEWS2_OXYGEN.name,
        Part.SYSTOLIC: BY_KEY["systolic_pressure"].metric,
        Part.PULSE: BY_KEY["heart_rate"].metric,
        Part.CONSCIOUSNESS: metrics.NEWS2_CONSCIOUSNESS.name,
        Part.TEMPERATURE: BY_KEY["body_temperature"].metric,
    }
)
DECIDED = 86_400
"""Seconds for which the service's word on scale and eligibility holds."""
PATIENT = (metrics.PATIENT,)
STEPS = 60
"""How finely the age of a part is known, in parts of its shelf-life."""


def value(part: Part) -> str:
    """The part's newest value of each device, rounded half up."""
    newest = promql.over("last_over_time", SOURCES[part], SHELF_LIFE[part])
    return f"floor({newest} * 10 + 0.5) / 10" if part in TENTHS else f"floor({newest} + 0.5)"


def points(part: Part) -> str:
    """The points of a part for each eligible patient."""
    recorded = _of(part)
    scored = _on_scales(recorded) if part is Part.SATURATION else looked_up(recorded, BANDS[part])
    eligible = promql.bounded(recordings.NEWS2_ELIGIBLE, "==", 1)
    return promql.joined(promql.by("max", PATIENT, scored), "and", eligible, PATIENT)


def looked_up(recorded: str, bands: Iterable[Band]) -> str:
    """The points of `recorded` by bands; 0 where none of those that score holds it."""
    terms = [f"0 * {recorded}"]
    for band in bands:
        if band.points:
            bounds = ((">=", band.low), ("<=", band.high))
            within = [f"({recorded} {sign} bool {bound:g})" for sign, bound in bounds if math.isfinite(bound)]
            terms.append(" * ".join([f"{band.points:g}", *within]))
    return " + ".join(terms)


def _on_scales(recorded: str) -> str:
    """SpO2 on either scale. On the second, what lies above the target hangs on oxygen: unknown is missing, not air."""
    second = promql.bounded(recordings.NEWS2_SCALE, "==", 2)
    oxygen = _of(Part.OXYGEN)
    always = [band for band in SATURATION_ON_SCALE_2 if band.oxygen is None]
    supplied = [band for band in SATURATION_ON_SCALE_2 if band.oxygen]
    above = min(band.low for band in supplied)
    high, low = f"{recorded} >= {above:g}", f"{recorded} < {above:g}"
    alternatives = (
        promql.joined(looked_up(recorded, BANDS[Part.SATURATION]), "unless", second, PATIENT),
        promql.joined(looked_up(f"({low})", always), "and", second, PATIENT),
        promql.joined(
            promql.joined(looked_up(f"({high})", supplied), "and", second, PATIENT), "and", f"{oxygen} == 1", PATIENT
        ),
        promql.joined(promql.joined(f"0 * ({high})", "and", second, PATIENT), "and", f"{oxygen} == 0", PATIENT),
    )
    return " or ".join(f"({one})" for one in alternatives)


def _of(part: Part) -> str:
    return promql.selector(VALUE, {"part": part.value})


def age(part: Part) -> str:
    """Seconds since the part's newest value was measured."""
    every = min(SHELF_LIFE[part] // STEPS, 300)  # a single sample is seen for five minutes, and between two looks not
    return promql.age(PATIENT, SOURCES[part], SHELF_LIFE[part], every)


def _decided(metric: metrics.Metric) -> str:
    """What the service last said, read once for all parts: it says it at each scrape."""
    return promql.by("max", PATIENT, promql.over("last_over_time", metric.name, DECIDED))


def _recordings() -> Iterable[Recording]:
    for name, decided in (
        (recordings.NEWS2_ELIGIBLE, metrics.NEWS2_ELIGIBLE),
        (recordings.NEWS2_SCALE, metrics.NEWS2_SCALE),
    ):
        yield Recording(name=name, expression=_decided(decided), labels={})
    for name, expression in ((VALUE, value), (POINTS, points), (AGE, age)):
        for part in Part:
            yield Recording(name=name, expression=expression(part), labels={"part": part.value})
    yield Recording(name=SCORE, expression=promql.by("sum", PATIENT, POINTS), labels={})
    yield Recording(name=PARTS, expression=promql.by("count", PATIENT, POINTS), labels={})
    for place, part in enumerate(Part, start=1):  # its value is its place in the chart, by which a sentence sorts
        missing = promql.joined(PARTS, "unless", promql.selector(POINTS, {"part": part.value}), PATIENT)
        yield Recording(name=MISSING, expression=f"0 * ({missing}) + {place}", labels={"part": part.value})


def _sentence(language: str, words: str) -> str:
    """`words` with <score>, <parts> and <missing> as Prometheus knows them when it tells the alert."""
    own = '{patient="%s"}'
    parts = f"{{{{ with printf `max({PARTS}{own})` $labels.patient | query }}}}{{{{ . | first | value }}}}{{{{ end }}}}"
    named = "".join(
        f"{{{{ if eq .Labels.part `{part.value}` }}}} {TITLES[part][language]};{{{{ end }}}}" for part in Part
    )
    missing = f"{{{{ range printf `sort({MISSING}{own})` $labels.patient | query }}}}{named}{{{{ end }}}}"
    told = {"<score>": "{{ $value }}", "<parts>": f"{parts}/{len(Part)}", "<missing>": missing}
    for name, template in told.items():
        words = words.replace(name, template)
    return words


_SUMMARY = Sentence(
    en=_sentence("en", "NEWS2 <score> (<parts> parts), patient {{ $labels.patient }}"),
    fr=_sentence("fr", "NEWS2 <score> (<parts> paramètres), patient {{ $labels.patient }}"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A score of `at_least` so much, and of less than `until` where a more urgent row speaks from there."""

    name: str
    at_least: int
    until: int | None = None
    severity: Severity


TOTALS = (
    Total(name="ChevetNews2Emergency", at_least=7, severity=Severity.HIGH),
    Total(name="ChevetNews2Urgent", at_least=5, until=7, severity=Severity.MEDIUM),
)


def alert(row: Total) -> Alert:
    """The row as an alert, with what Chart 4 asks for."""
    asked = next(response for response in news2.RESPONSES if row.at_least >= response.at_least)
    held = f"{SCORE} >= {row.at_least}"
    return Alert(
        name=row.name,
        rule="news2.high",
        expression=held if row.until is None else f"{held} < {row.until}",
        severity=row.severity,
        kind=Kind.CLINICAL,
        summary=_SUMMARY,
        description=Sentence(
            en=_sentence("en", f"Chart 4 asks for {asked.title['en']}. Missing:<missing> else nothing."),
            fr=_sentence("fr", f"Réponse prévue : {asked.title['fr']}. Il manque :<missing> sinon rien."),
        ),
        dashboard="chevet-early-warning",
    )


GROUP = Group(
    name="chevet-early-warning",
    every=60,
    rules=(
        *_recordings(),
        *(alert(row) for row in TOTALS),
    ),
)
