"""Alerts about the service, Prometheus and Alertmanager, from both sides of their bounds; and the watchdog."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alert_rules import service, watchdog
from tests.alert_rules.conditions import Row, cases
from tests.alert_rules.promtool import Case, failures
from tests.alert_rules.test_monitor import ROWS as MONITOR

SERVICE, ALERTMANAGER = (f'up{{job="{job}",instance="127.0.0.1:1"}}' for job in ("chevet-service", "alertmanager"))
SECOND = SERVICE.replace(":1", ":2")
PART = 'chevet_service_dependency_up{job="chevet-service",instance="127.0.0.1:1",part="%s"}'
ANSWERS = 'chevet_uplink_answers_total{gateway="g01",process="uplink",sent="batch",reason="%s"}'
EXPECTED = 'chevet_expected_interval_seconds{gateway="g01",device="d1",patient="p1",vital="heart_rate"}'
LIMIT = 'chevet_limit{patient="%s",vital="heart_rate",severity="high",side="low"}'

ROWS = (
    Row(
        alert="ChevetServiceDown",
        rule="service.down",
        severity="high",
        team="operations",
        minutes=2,
        at={SERVICE: "0x9", ALERTMANAGER: "1x9"},
        inside=({SERVICE: "1x9"}, {SERVICE: "0x9", SECOND: "1x9"}),
        says=(
            "the service does not answer",
            "le service ne répond pas",
            "Restart it and read its log. Gateways keep their values and call relatives; the staff sees no alarm.",
            "Le relancer, lire son journal. Les passerelles gardent et appellent ; le personnel ne voit rien.",
        ),
    ),
    Row(
        alert="ChevetDependencyDown",
        rule="service.dependency",
        severity="high",
        team="operations",
        minutes=2,
        at={PART % "database": "0x9", PART % "store": "1x9"},
        inside=({PART % "database": "1x9"},),
        of={"part": "database"},
        says=(
            "what the service needs does not answer, database",
            "ce dont le service a besoin ne répond pas, database",
            "Restart it and look at its disk and log. Until then alarms do not reach the staff: tell the wards.",
            "Relancer, voir disque et journal. L'alarme n'atteint plus le personnel : prévenir les services.",
        ),
    ),
    Row(
        alert="ChevetServiceErrors",
        rule="service.errors",
        severity="medium",
        team="operations",
        minutes=5,
        since=8,
        at={ANSWERS % "unavailable": "_x8 10x9", ANSWERS % "stored": "_x8 90x9"},
        inside=(
            {ANSWERS % "unavailable": "_x8 9x9", ANSWERS % "stored": "_x8 91x9"},
            {ANSWERS % "no_answer": "_x8 50x9", ANSWERS % "stored": "_x8 50x9"},
        ),
        says=(
            "errors among the service's answers to gateways: 10 % (limit ≥ 10 %)",
            "erreurs parmi les réponses aux passerelles : 10 % (limite ≥ 10 %)",
            "Read the service's log for the error that comes most; look at its database and the store.",
            "Lire au journal du service l'erreur la plus fréquente ; voir sa base et le stockage.",
        ),
    ),
    Row(
        alert="ChevetLimitsStale",
        rule="service.limits",
        severity="medium",
        team="operations",
        minutes=5,
        since=61,
        at={EXPECTED: "10x70", LIMIT % "p1": "40 stale", LIMIT % "p2": "40x70"},
        inside=({EXPECTED: "10x70", LIMIT % "p1": "40x5 stale"}, {LIMIT % "p1": "40 stale"}),
        says=(
            "patients whose limits were not heard of for an hour: 1 (limit ≥ 1)",
            "patients dont les limites sont sans nouvelles depuis une heure : 1 (limite ≥ 1)",
            "See whether /metrics of the service shows chevet_limit of all patients; after a day defaults hold.",
            "Voir si /metrics du service montre chevet_limit de tous ; après un jour, limites par défaut.",
        ),
    ),
    Row(
        alert="ChevetAlertmanagerDown",
        rule="alertmanager.down",
        severity="high",
        team="operations",
        minutes=2,
        at={ALERTMANAGER: "0x9", SERVICE: "1x9"},
        inside=({ALERTMANAGER: "1x9"},),
        says=(
            "Alertmanager does not answer",
            "Alertmanager ne répond pas",
            "Restart it. Until then no rule's alert reaches anybody: have the wards look at their screens.",
            "Le relancer. D'ici là aucune alerte des règles ne part : faire regarder les écrans des services.",
        ),
    ),
)

WATCHDOG = Case(
    name="with nothing in the store",
    alert="ChevetWatchdog",
    series={},
    at="0m",
    of=(),
    labels={"rule": "watchdog", "kind": "technical", "severity": "info", "team": "operations"},
    says=(
        "rules are evaluated",
        "les règles sont évaluées",
        "Nothing to do: this alert always fires. Act when it no longer arrives.",
        "Rien à faire : cette alerte est toujours là. Agir quand elle n'arrive plus.",
    ),
)
ANSWERED = {ANSWERS % "unavailable": "_x8 10x20", ANSWERS % "stored": "_x8 90x20"}


def _errors(name: str, at: str, *, told: bool) -> Case:
    case = next(case for case in cases(ROWS) if case.alert == "ChevetServiceErrors")
    return replace(case, name=name, series=ANSWERED, at=at, says=case.says if told else None)


COUNTED = (
    _errors("answers of ten minutes count", "17m", told=True),
    _errors("and no older ones", "18m", told=False),
)
CASES = (WATCHDOG, *COUNTED)


def test_every_alert_of_the_group_has_its_row() -> None:
    assert {row.alert for row in (*ROWS, *MONITOR)} == {alert.name for alert in service.GROUP.alerts}


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [service.GROUP], cases(ROWS)) == ""


def test_the_service_is_down_too_where_nobody_scrapes_it(tmp_path: Path) -> None:
    [case, *_] = cases(ROWS[:1])
    unscraped = Case(name="no target", alert=case.alert, series={}, at="2m", says=case.says, labels=case.labels, of=())
    assert failures(tmp_path, [service.GROUP], [unscraped]) == ""


def test_the_watchdog_always_fires(tmp_path: Path) -> None:
    assert failures(tmp_path, [watchdog.GROUP], [WATCHDOG]) == ""


def test_errors_are_counted_for_ten_minutes(tmp_path: Path) -> None:
    assert failures(tmp_path, [service.GROUP], COUNTED) == ""
