"""What ought to arrive and does not: from what is expected, so that "never reported" has something to fire on too.

A sensor that was set up is given its first `stale_after` to be heard: nobody weighs themselves while it is unpacked.
Joins the gateway's own condition of a silent signal by the label `rule`.
"""

from __future__ import annotations

from alert_rules.conditions import duration
from alert_rules.rows import LANGUAGES, Alert, Group, Sentence
from alert_rules.sustained import camel
from chevet import metrics, promql
from chevet.severities import Kind, Severity
from chevet.signals import SILENT
from chevet.vitals import DEVICE_VITALS, Vital

SERIES = (metrics.GATEWAY, metrics.DEVICE)


def expression(vital: Vital) -> str:
    """The expected interval of each device of which nothing good came within `stale_after`."""
    came = promql.over("count_over_time", vital.metric, vital.stale_after or 0)
    return promql.joined(due(vital), "unless", came, SERIES)


def due(vital: Vital) -> str:
    """The expected interval of each device of which `vital` was expected `stale_after` ago already."""
    expected = promql.selector(metrics.EXPECTED_INTERVAL.name, {"vital": vital.key})
    then = promql.earlier(expected, vital.stale_after or 0)
    return promql.joined(expected, "and", then, (*SERIES, metrics.PATIENT))


def _alert(vital: Vital) -> Alert:
    long = {language: duration(vital.stale_after or 0, language) for language in LANGUAGES}
    return Alert(
        name=f"Chevet{camel(vital.key)}Silent",
        rule=f"{vital.key}.{SILENT}",
        expression=expression(vital),
        severity=Severity.MEDIUM,
        kind=Kind.TECHNICAL,
        summary=Sentence(
            en=f"no {vital.title['en']} for {long['en']} from {{{{ $labels.device }}}} of {{{{ $labels.gateway }}}}, "
            "patient {{ $labels.patient }}",
            fr=f"{vital.title['fr']} : rien depuis {long['fr']} de {{{{ $labels.device }}}} "
            "de {{ $labels.gateway }}, patient {{ $labels.patient }}",
        ),
        description=Sentence(
            en="One is expected every {{ $value | humanizeDuration }}. Is the sensor worn, charged and near?",
            fr="Attendue toutes les {{ $value | humanizeDuration }}. Le capteur est-il porté, chargé et proche ?",
        ),
        dashboard="chevet-patient",
    )


GROUP = Group(
    name="chevet-freshness",
    every=30,
    rules=tuple(_alert(vital) for vital in DEVICE_VITALS if vital.stale_after),
)
