"""Conditions of a gateway's clock: wrong, stepping, or never compared with the service's."""

from __future__ import annotations

from alert_rules.conditions import HOME, HOUR, MINUTE, Condition, Unit
from alert_rules.rows import Sentence
from chevet import metrics, promql, segments
from chevet.severities import Severity

GATEWAY = (metrics.GATEWAY,)
RESTATED = segments.RESTATED / 1000
"""Seconds from which on times are put right: a clock that is less off is right."""

_OFFSET = promql.by("max", GATEWAY, metrics.SEGMENT_OFFSET.name)
_UPLINK = promql.selector(metrics.PROCESS_UP.name, {metrics.PROCESS: "uplink"})
_UNCOMPARED = promql.joined(promql.bounded(_UPLINK, "==", 1), "unless", metrics.SEGMENT_OFFSET.name, GATEWAY)

CLOCK = (
    Condition(
        name="ChevetGatewayClockWrong",
        rule="gateway.clock",
        measured=_OFFSET,
        compared=f"abs({_OFFSET})",
        bound=RESTATED,
        unit=Unit.DURATION,
        lasting=10 * MINUTE,  # a box that has just started gets the time within minutes
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(en="gateway's clock, to be put right by", fr="horloge de la passerelle, à corriger de"),
        first=Sentence(
            en="See that the box reaches a time server. Times of what it measured are put right meanwhile.",
            fr="Vérifier que le boîtier joint un serveur de temps. D'ici là, les heures des mesures sont corrigées.",
        ),
    ),
    Condition(
        name="ChevetGatewayClockSteps",
        rule="gateway.clock_steps",
        measured=promql.by("sum", GATEWAY, promql.grown(metrics.CLOCK_STEPS.name, HOUR)),
        bound=3,
        unit=Unit.COUNT,
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(
            en="steps of the gateway's clock in an hour:", fr="sauts d'horloge de la passerelle en une heure :"
        ),
        first=Sentence(
            en="Look for two programs that set the time on the box, or for a time server that is wrong.",
            fr="Chercher deux programmes qui règlent l'heure du boîtier, ou un serveur de temps faux.",
        ),
    ),
    Condition(
        name="ChevetGatewayClockUnknown",
        rule="gateway.clock_unknown",
        measured=promql.by("max", GATEWAY, _UNCOMPARED),
        operator="==",
        bound=1,
        unit=Unit.STATE,
        lasting=15 * MINUTE,  # some tries over a slow link
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(
            en="gateway's clock was never compared, no value leaves",
            fr="horloge de la passerelle jamais comparée, aucune valeur ne part",
        ),
        first=Sentence(
            en="See in uplink's log why the service's time is not had. Alarms and SMS go on.",
            fr="Voir dans le journal d'uplink pourquoi l'heure du service manque. Alarmes et SMS continuent.",
        ),
    ),
)
