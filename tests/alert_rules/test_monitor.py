"""Alerts about the monitor itself, from both sides of their bounds and of the time for which they must hold."""

from __future__ import annotations

from pathlib import Path

from alert_rules import service
from tests.alert_rules.conditions import Row, cases
from tests.alert_rules.promtool import failures

OF_GROUP = {"rule_group": "/etc/rules/vitals.yml;chevet-sustained"}
GROUP = '{rule_group="/etc/rules/vitals.yml;chevet-sustained"}'
FAILED, MISSED = (f"prometheus_rule_{what}_total{GROUP}" for what in ("evaluation_failures", "group_iterations_missed"))
TOOK, INTERVAL = (f"prometheus_rule_group_{what}_seconds{GROUP}" for what in ("last_duration", "interval"))
DROPPED, KNOWN = "prometheus_notifications_dropped_total", "prometheus_notifications_alertmanagers_discovered"
UNSENT = 'alertmanager_notifications_failed_total{integration="%s"}'
UNWRITTEN = "prometheus_tsdb_wal_writes_failed_total"
BLOCKS, ROOM = "prometheus_tsdb_storage_blocks_bytes", "prometheus_tsdb_retention_limit_bytes"
TROUBLES = tuple(
    f"prometheus_tsdb_{what}_total"
    for what in (
        "checkpoint_creations_failed",
        "compactions_failed",
        "head_truncations_failed",
        "reloads_failures",
        "wal_corruptions",
        "wal_truncations_failed",
    )
)
TROUBLE_SAYS = (
    "failures of Prometheus's database in an hour: 1 (limit ≥ 1)",
    "échecs de la base de Prometheus en une heure : 1 (limite ≥ 1)",
    "Read Prometheus's log for «tsdb»: room, file rights, or a corrupt block. Take a snapshot first.",
    "Lire « tsdb » au journal de Prometheus : place, droits, bloc abîmé. D'abord une copie.",
)


def _troubled(by: str) -> dict[str, str]:
    return {name: "0x8 1x9" if name == by else "0x18" for name in TROUBLES}


EACH_FIVE, EACH_SIX = "0 1x4 2x4 3x4", "0 1x5 2x5 3x5"
"""One more within any five minutes, and one more in six, so that for a minute there is none."""

RULES = (
    Row(
        alert="ChevetRulesFailing",
        rule="prometheus.rules_failing",
        severity="high",
        team="operations",
        minutes=2,
        since=1,
        at={FAILED: "0 1x9"},
        inside=({FAILED: "0x9"},),
        of=OF_GROUP,
        says=(
            "rules that could not be evaluated in 5 min: 1 (limit ≥ 1), /etc/rules/vitals.yml;chevet-sustained",
            "règles non évaluées en 5 min : 1 (limite ≥ 1), /etc/rules/vitals.yml;chevet-sustained",
            "Read the rule's error at /rules of Prometheus: no alert comes from it until it is mended.",
            "Lire l'erreur de la règle à /rules de Prometheus : elle n'alerte plus tant qu'elle échoue.",
        ),
    ),
    Row(
        alert="ChevetRulesSlow",
        rule="prometheus.rules_slow",
        severity="low",
        team="operations",
        minutes=10,
        at={TOOK: "7.5x12", INTERVAL: "15x12"},
        inside=({TOOK: "7.35x12", INTERVAL: "15x12"},),
        of=OF_GROUP,
        says=(
            "of their interval rules take 50 % (limit ≥ 50 %), /etc/rules/vitals.yml;chevet-sustained",
            "part de leur intervalle que prennent les règles : 50 % (limite ≥ 50 %), "
            "/etc/rules/vitals.yml;chevet-sustained",
            "Give Prometheus more processor, or the group a longer interval, before evaluations are missed.",
            "Donner du processeur à Prometheus, ou un intervalle plus long au groupe, avant d'en manquer.",
        ),
    ),
    Row(
        alert="ChevetRulesMissed",
        rule="prometheus.rules_missed",
        severity="medium",
        team="operations",
        minutes=5,
        since=1,
        at={MISSED: "0 1x9"},
        inside=({MISSED: "0x9"},),
        of=OF_GROUP,
        says=(
            "evaluations missed in 15 min: 1 (limit ≥ 1), /etc/rules/vitals.yml;chevet-sustained",
            "évaluations manquées en 15 min : 1 (limite ≥ 1), /etc/rules/vitals.yml;chevet-sustained",
            "Look at Prometheus's processor and disk: its alerts come late now.",
            "Voir processeur et disque de Prometheus : ses alertes arrivent en retard.",
        ),
    ),
)

NOTIFICATIONS = (
    Row(
        alert="ChevetNotificationsDropped",
        rule="prometheus.dropped",
        severity="high",
        team="operations",
        minutes=10,
        since=1,
        at={DROPPED: EACH_FIVE},
        inside=({DROPPED: EACH_SIX}, {DROPPED: "0 1x20"}),
        says=(
            "alerts that did not reach Alertmanager in 5 min: 1 (limit ≥ 1)",
            "alertes perdues vers Alertmanager en 5 min : 1 (limite ≥ 1)",
            "See whether Alertmanager answers where Prometheus looks for it; have the wards look at their screens.",
            "Voir si Alertmanager répond là où Prometheus le cherche ; faire regarder les écrans des services.",
        ),
    ),
    Row(
        alert="ChevetNoAlertmanager",
        rule="prometheus.no_alertmanager",
        severity="high",
        team="operations",
        minutes=5,
        at={KNOWN: "0x9"},
        inside=({KNOWN: "1x9"},),
        says=(
            "Prometheus knows no Alertmanager",
            "Prometheus ne connaît aucun Alertmanager",
            "Look at «alerting» in prometheus.yml and reload it: no rule's alert reaches anybody.",
            "Voir « alerting » dans prometheus.yml et recharger : aucune alerte des règles ne part.",
        ),
    ),
    Row(
        alert="ChevetNotificationsFailing",
        rule="alertmanager.failing",
        severity="high",
        team="operations",
        minutes=5,
        since=1,
        at={UNSENT % "email": "0 1x9", UNSENT % "webhook": "0x9"},
        inside=({UNSENT % "email": "0x9"},),
        of={"integration": "email"},
        says=(
            "notifications that could not be sent in 10 min: 1 (limit ≥ 1), email",
            "notifications non parties en 10 min : 1 (limite ≥ 1), email",
            "Read Alertmanager's log for this way; look at its alerts by hand until it works again.",
            "Lire le journal d'Alertmanager pour cette voie ; consulter ses alertes à la main d'ici là.",
        ),
    ),
    *(
        Row(
            alert=f"Chevet{server}ReloadFailed",
            rule=f"{server.lower()}.reload",
            severity="medium",
            team="operations",
            minutes=5,
            at={f"{server.lower()}_config_last_reload_successful": "0x9"},
            inside=({f"{server.lower()}_config_last_reload_successful": "1x9"},),
            says=(
                f"{server} did not take its configuration",
                f"{server} n'a pas pris sa configuration",
                "The old one is in force. Render and check it again, then read the log for the line that is refused.",
                "L'ancienne reste en vigueur. La produire et vérifier à nouveau, lire au journal la ligne refusée.",
            ),
        )
        for server in ("Prometheus", "Alertmanager")
    ),
)

DISK = (
    Row(
        alert="ChevetStoreUnwritten",
        rule="prometheus.wal",
        severity="high",
        team="operations",
        minutes=1,
        since=1,
        at={UNWRITTEN: "0 1x9"},
        inside=({UNWRITTEN: "0x9"},),
        says=(
            "writes that Prometheus's disk did not take in 5 min: 1 (limit ≥ 1)",
            "écritures refusées par le disque de Prometheus en 5 min : 1 (limite ≥ 1)",
            "Make room on Prometheus's disk at once: nothing that arrives is kept. Gateways keep it for a week.",
            "Libérer aussitôt le disque de Prometheus : rien n'est gardé. Les passerelles gardent une semaine.",
        ),
    ),
    *(
        Row(
            alert="ChevetStoreTrouble",
            rule="prometheus.tsdb",
            severity="medium",
            team="operations",
            minutes=5,
            since=9,
            at=_troubled(name),
            inside=(_troubled("none of them"),),
            says=TROUBLE_SAYS,
        )
        for name in TROUBLES
    ),
    Row(
        alert="ChevetStoreNearlyFull",
        rule="prometheus.retention",
        severity="low",
        team="operations",
        minutes=60,
        at={BLOCKS: "90x70", ROOM: "100x70"},
        inside=({BLOCKS: "89x70", ROOM: "100x70"}, {BLOCKS: "90x70", ROOM: "0x70"}),
        says=(
            "of their room Prometheus's blocks take 90 % (limit ≥ 90 %)",
            "part de leur place que prennent les blocs de Prometheus : 90 % (limite ≥ 90 %)",
            "Give it a larger disk and storage.tsdb.retention.size before the oldest history is dropped.",
            "Agrandir le disque et storage.tsdb.retention.size avant que l'histoire la plus ancienne ne parte.",
        ),
    ),
)
ROWS = (*RULES, *NOTIFICATIONS, *DISK)


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [service.GROUP], cases(ROWS)) == ""
