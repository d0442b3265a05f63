"""The service: whether it answers, what it needs, its errors, its limits; and whether Alertmanager is there."""

from __future__ import annotations

from alert_rules.conditions import HOUR, MINUTE, Condition, Unit, alerts, of
from alert_rules.monitor import MONITOR
from alert_rules.rows import Group, Sentence, Team
from chevet import metrics, promql, server_metrics
from chevet.severities import Severity

PATIENT = (metrics.PATIENT,)
LIMITS_KNOWN = HOUR
"""Seconds for which a limit not heard of is believed to be as it was; rules use it for a day."""
LOOKED = 5 * MINUTE
"""Seconds between two looks at the limits of that hour: each look goes back so far."""
_TEN = 10 * MINUTE


def absent(job: str) -> str:
    """1 where no target of a job answers, or there is none."""
    return f"absent({promql.bounded(promql.selector(server_metrics.UP, {'job': job}), '==', 1)})"


def stale_limits() -> str:
    """How many patients there are of whom signals are expected and no limit was heard."""
    expected = promql.by("count", PATIENT, metrics.EXPECTED_INTERVAL.name)
    heard = promql.sampled("count_over_time", metrics.LIMIT.name, LIMITS_KNOWN, LOOKED)
    return f"count({promql.joined(expected, 'unless', heard, PATIENT)})"


def _answers(selected: str) -> str:
    return promql.total(promql.grown(selected, _TEN))


_FAULTS = promql.matching(metrics.UPLINK_ANSWERS.name, {"reason": "unavailable|odd_answer"})

SERVICE = (
    Condition(
        name="ChevetServiceDown",
        rule="service.down",
        measured=absent(server_metrics.SERVICE_JOB),
        operator="==",
        bound=1,
        unit=Unit.STATE,
        lasting=2 * MINUTE,  # a release replaces its workers in less
        severity=Severity.HIGH,
        whose=None,
        what=Sentence(en="the service does not answer", fr="le service ne répond pas"),
        first=Sentence(
            en="Restart it and read its log. Gateways keep their values and call relatives; the staff sees no alarm.",
            fr="Le relancer, lire son journal. Les passerelles gardent et appellent ; le personnel ne voit rien.",
        ),
    ),
    Condition(
        name="ChevetDependencyDown",
        rule="service.dependency",
        measured=promql.by("min", ("part",), metrics.SERVICE_DEPENDENCY_UP.name),
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=2 * MINUTE,  # a restart of the database, or of the store
        severity=Severity.HIGH,
        whose=of("part"),
        what=Sentence(en="what the service needs does not answer", fr="ce dont le service a besoin ne répond pas"),
        first=Sentence(
            en="Restart it and look at its disk and log. Until then alarms do not reach the staff: tell the wards.",
            fr="Relancer, voir disque et journal. L'alarme n'atteint plus le personnel : prévenir les services.",
        ),
    ),
    Condition(
        name="ChevetServiceErrors",
        rule="service.errors",
        measured=f"100 * {_answers(_FAULTS)} / {_answers(metrics.UPLINK_ANSWERS.name)}",
        bound=10,
        unit=Unit.PERCENT,
        lasting=5 * MINUTE,  # a restart of the store is over, and gateways have tried again
        severity=Severity.MEDIUM,
        whose=None,
        what=Sentence(
            en="errors among the service's answers to gateways:", fr="erreurs parmi les réponses aux passerelles :"
        ),
        first=Sentence(
            en="Read the service's log for the error that comes most; look at its database and the store.",
            fr="Lire au journal du service l'erreur la plus fréquente ; voir sa base et le stockage.",
        ),
    ),
    Condition(
        name="ChevetLimitsStale",
        rule="service.limits",
        measured=stale_limits(),
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # who was assigned a moment ago has limits at the next scrape
        severity=Severity.MEDIUM,
        whose=None,  # operations hear of it by mail, where no patient is named
        what=Sentence(
            en="patients whose limits were not heard of for an hour:",
            fr="patients dont les limites sont sans nouvelles depuis une heure :",
        ),
        first=Sentence(
            en="See whether /metrics of the service shows chevet_limit of all patients; after a day defaults hold.",
            fr="Voir si /metrics du service montre chevet_limit de tous ; après un jour, limites par défaut.",
        ),
    ),
    Condition(
        name="ChevetAlertmanagerDown",
        rule="alertmanager.down",
        measured=absent(server_metrics.ALERTMANAGER_JOB),
        operator="==",
        bound=1,
        unit=Unit.STATE,
        lasting=2 * MINUTE,  # a restart
        severity=Severity.HIGH,
        whose=None,
        what=Sentence(en="Alertmanager does not answer", fr="Alertmanager ne répond pas"),
        first=Sentence(
            en="Restart it. Until then no rule's alert reaches anybody: have the wards look at their screens.",
            fr="Le relancer. D'ici là aucune alerte des règles ne part : faire regarder les écrans des services.",
        ),
    ),
)

GROUP = Group(name="chevet-service", every=60, rules=alerts(Team.OPERATIONS, "chevet-service", *SERVICE, *MONITOR))
