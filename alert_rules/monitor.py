"""Conditions of the monitor itself: Prometheus's rules, notifications, configuration and disk; Alertmanager's ways."""

from __future__ import annotations

from alert_rules.conditions import HOUR, MINUTE, Condition, Unit, of
from alert_rules.rows import Sentence
from chevet import promql, server_metrics
from chevet.severities import Severity

_GROUP = ("rule_group",)
_TROUBLES = (
    server_metrics.COMPACTIONS_FAILED,
    server_metrics.BLOCK_RELOADS_FAILED,
    server_metrics.HEAD_UNCUT,
    server_metrics.CHECKPOINTS_FAILED,
    server_metrics.WAL_UNCUT,
    server_metrics.WAL_CORRUPT,
)
_BOUNDED = promql.bounded(server_metrics.RETENTION_BYTES, ">", 0)


def _grown(counter: str, seconds: int, *labels: str) -> str:
    return promql.by("sum", labels, promql.grown(counter, seconds))


_RULES = (
    Condition(
        name="ChevetRulesFailing",
        rule="prometheus.rules_failing",
        measured=_grown(server_metrics.RULE_FAILURES, 5 * MINUTE, *_GROUP),
        bound=1,
        unit=Unit.COUNT,
        lasting=2 * MINUTE,  # once may be a moment in which two gateways claimed one patient
        severity=Severity.HIGH,
        whose=of("rule_group"),
        what=Sentence(en="rules that could not be evaluated in 5 min:", fr="règles non évaluées en 5 min :"),
        first=Sentence(
            en="Read the rule's error at /rules of Prometheus: no alert comes from it until it is mended.",
            fr="Lire l'erreur de la règle à /rules de Prometheus : elle n'alerte plus tant qu'elle échoue.",
        ),
    ),
    Condition(
        name="ChevetRulesSlow",
        rule="prometheus.rules_slow",
        measured=promql.by("max", _GROUP, f"100 * {server_metrics.RULE_DURATION} / {server_metrics.RULE_INTERVAL}"),
        bound=50,
        unit=Unit.PERCENT,
        lasting=10 * MINUTE,  # a compaction takes the machine for a while
        severity=Severity.LOW,
        whose=of("rule_group"),
        what=Sentence(en="of their interval rules take", fr="part de leur intervalle que prennent les règles :"),
        first=Sentence(
            en="Give Prometheus more processor, or the group a longer interval, before evaluations are missed.",
            fr="Donner du processeur à Prometheus, ou un intervalle plus long au groupe, avant d'en manquer.",
        ),
    ),
    Condition(
        name="ChevetRulesMissed",
        rule="prometheus.rules_missed",
        measured=_grown(server_metrics.RULE_MISSED, 15 * MINUTE, *_GROUP),
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # one that is missed while it starts is none
        severity=Severity.MEDIUM,
        whose=of("rule_group"),
        what=Sentence(en="evaluations missed in 15 min:", fr="évaluations manquées en 15 min :"),
        first=Sentence(
            en="Look at Prometheus's processor and disk: its alerts come late now.",
            fr="Voir processeur et disque de Prometheus : ses alertes arrivent en retard.",
        ),
    ),
)

_NOTIFICATIONS = (
    Condition(
        name="ChevetNotificationsDropped",
        rule="prometheus.dropped",
        measured=_grown(server_metrics.DROPPED, 5 * MINUTE),
        bound=1,
        unit=Unit.COUNT,
        lasting=10 * MINUTE,  # what is dropped while both start is told again a minute later
        severity=Severity.HIGH,
        whose=None,
        what=Sentence(
            en="alerts that did not reach Alertmanager in 5 min:", fr="alertes perdues vers Alertmanager en 5 min :"
        ),
        first=Sentence(
            en="See whether Alertmanager answers where Prometheus looks for it; have the wards look at their screens.",
            fr="Voir si Alertmanager répond là où Prometheus le cherche ; faire regarder les écrans des services.",
        ),
    ),
    Condition(
        name="ChevetNoAlertmanager",
        rule="prometheus.no_alertmanager",
        measured=f"max({server_metrics.ALERTMANAGERS})",
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=5 * MINUTE,  # discovery after a reload
        severity=Severity.HIGH,
        whose=None,
        what=Sentence(en="Prometheus knows no Alertmanager", fr="Prometheus ne connaît aucun Alertmanager"),
        first=Sentence(
            en="Look at «alerting» in prometheus.yml and reload it: no rule's alert reaches anybody.",
            fr="Voir « alerting » dans prometheus.yml et recharger : aucune alerte des règles ne part.",
        ),
    ),
    Condition(
        name="ChevetNotificationsFailing",
        rule="alertmanager.failing",
        measured=_grown(server_metrics.UNSENT, 10 * MINUTE, "integration"),
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # it tries again by itself, and then nothing more is counted
        severity=Severity.HIGH,
        whose=of("integration"),
        what=Sentence(en="notifications that could not be sent in 10 min:", fr="notifications non parties en 10 min :"),
        first=Sentence(
            en="Read Alertmanager's log for this way; look at its alerts by hand until it works again.",
            fr="Lire le journal d'Alertmanager pour cette voie ; consulter ses alertes à la main d'ici là.",
        ),
    ),
)

_CONFIGURATION = tuple(
    Condition(
        name=f"Chevet{server}ReloadFailed",
        rule=f"{server.lower()}.reload",
        measured=f"min({reloaded})",
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=5 * MINUTE,  # whoever is at it corrects it in that time
        severity=Severity.MEDIUM,
        whose=None,
        what=Sentence(en=f"{server} did not take its configuration", fr=f"{server} n'a pas pris sa configuration"),
        first=Sentence(
            en="The old one is in force. Render and check it again, then read the log for the line that is refused.",
            fr="L'ancienne reste en vigueur. La produire et vérifier à nouveau, lire au journal la ligne refusée.",
        ),
    )
    for server, reloaded in (
        ("Prometheus", server_metrics.PROMETHEUS_RELOADED),
        ("Alertmanager", server_metrics.ALERTMANAGER_RELOADED),
    )
)

_DISK = (
    Condition(
        name="ChevetStoreUnwritten",
        rule="prometheus.wal",
        measured=_grown(server_metrics.WAL_UNWRITTEN, 5 * MINUTE),
        bound=1,
        unit=Unit.COUNT,
        lasting=MINUTE,  # there is no good reason for even one, but one evaluation may err
        severity=Severity.HIGH,
        whose=None,
        what=Sentence(
            en="writes that Prometheus's disk did not take in 5 min:",
            fr="écritures refusées par le disque de Prometheus en 5 min :",
        ),
        first=Sentence(
            en="Make room on Prometheus's disk at once: nothing that arrives is kept. Gateways keep it for a week.",
            fr="Libérer aussitôt le disque de Prometheus : rien n'est gardé. Les passerelles gardent une semaine.",
        ),
    ),
    Condition(
        name="ChevetStoreTrouble",
        rule="prometheus.tsdb",
        measured=" + ".join(_grown(counter, HOUR) for counter in _TROUBLES),
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # it tries again, and one that succeeds leaves the count as it is
        severity=Severity.MEDIUM,
        whose=None,
        what=Sentence(
            en="failures of Prometheus's database in an hour:", fr="échecs de la base de Prometheus en une heure :"
        ),
        first=Sentence(
            en="Read Prometheus's log for «tsdb»: room, file rights, or a corrupt block. Take a snapshot first.",
            fr="Lire « tsdb » au journal de Prometheus : place, droits, bloc abîmé. D'abord une copie.",
        ),
    ),
    Condition(
        name="ChevetStoreNearlyFull",
        rule="prometheus.retention",
        measured=f"100 * max({server_metrics.BLOCK_BYTES}) / max({_BOUNDED})",
        bound=90,
        unit=Unit.PERCENT,
        lasting=HOUR,  # blocks are merged and counted twice for a while
        severity=Severity.LOW,
        whose=None,
        what=Sentence(
            en="of their room Prometheus's blocks take", fr="part de leur place que prennent les blocs de Prometheus :"
        ),
        first=Sentence(
            en="Give it a larger disk and storage.tsdb.retention.size before the oldest history is dropped.",
            fr="Agrandir le disque et storage.tsdb.retention.size avant que l'histoire la plus ancienne ne parte.",
        ),
    ),
)

MONITOR = (*_RULES, *_NOTIFICATIONS, *_CONFIGURATION, *_DISK)
