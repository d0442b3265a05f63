"""Alerts of the way to the store, from both sides of their bounds and of the time for which they must hold."""

from __future__ import annotations

from pathlib import Path

from alert_rules import pipeline
from tests.alert_rules.conditions import Row, cases
from tests.alert_rules.promtool import Case, Recorded, failures

OF_GATEWAY = {"gateway": "g01"}
UPLINK = 'gateway="g01",process="uplink"'
ROWS_OF, QUEUED = f'chevet_journal_rows{{{UPLINK},state="%s"}}', f'chevet_bus_queue_messages{{{UPLINK},queue="uplink"}}'
CONSUMING = f"chevet_uplink_consuming{{{UPLINK}}}"
ANSWERS = f'chevet_uplink_answers_total{{{UPLINK},sent="batch",reason="%s"}}'
WAITING = f'chevet_uplink_waiting{{{UPLINK},sent="%s",reason="disk"}}'
SAMPLES = f'chevet_uplink_samples_total{{{UPLINK},outcome="%s"}}'
INGESTED = 'chevet_ingest_samples_total{result="%s"}'
STORED, QUARANTINED = INGESTED % "stored", INGESTED % "quarantined"
EXPECTED = 'chevet_expected_interval_seconds{gateway="g01",device="d1",patient="p1",vital="heart_rate"}'
WRITES = 'prometheus_http_requests_total{handler="%s",code="%s"}'
ODD = tuple(f"prometheus_tsdb_{what}_samples_total" for what in ("out_of_order", "out_of_bound", "too_old"))


def _window(gateway: str, vital: str = "heart_rate_per_minute") -> str:
    return f'chevet_vital_{vital}{{gateway="{gateway}",device="d1",patient="p-{gateway}"}}'


def _odd(*, by: str) -> dict[str, str]:
    return {f'{name}{{type="float"}}': "0x8 1x9" if name == by else "0x18" for name in ODD}


OF_HOMES = (
    Row(
        alert="ChevetUplinkBacklog",
        rule="uplink.backlog",
        severity="low",
        team="operations",
        minutes=60,
        at={ROWS_OF % "unsent": "8000x70", ROWS_OF % "unanswered": "2000x70", QUEUED: "10000x70"},
        inside=({ROWS_OF % "unsent": "8000x70", ROWS_OF % "unanswered": "1999x70", QUEUED: "10000x70"},),
        of=OF_GATEWAY,
        says=(
            "values that wait to leave: 20000 (limit ≥ 20000), g01",
            "valeurs qui attendent de partir : 20000 (limite ≥ 20000), g01",
            "See whether it falls: a backlog leaves by itself. If it grows, see what uplink waits for.",
            "Voir si le retard baisse : il part seul. S'il grossit, voir ce qu'uplink attend.",
        ),
    ),
    Row(
        alert="ChevetUplinkStopped",
        rule="uplink.stopped",
        severity="medium",
        team="operations",
        minutes=15,
        at={CONSUMING: "0x20"},
        inside=({CONSUMING: "1x20"},),
        of=OF_GATEWAY,
        says=(
            "uplink takes nothing from the broker, g01",
            "uplink ne prend plus rien au broker, g01",
            "Read uplink's log on the box: journal full, disk full, service away. Nothing is lost in a week.",
            "Lire le journal d'uplink : journal plein, disque plein, service absent. Rien n'est perdu en 7 jours.",
        ),
    ),
    Row(
        alert="ChevetUplinkRefused",
        rule="uplink.refused",
        severity="medium",
        team="operations",
        minutes=5,
        since=8,
        at={ANSWERS % "unauthorized": "_x8 1x9"},
        inside=({ANSWERS % "unauthorized": "_x8 0x9"}, {ANSWERS % "stored": "_x8 5x9"}),
        of={"gateway": "g01", "sent": "batch", "reason": "unauthorized"},
        says=(
            "batch: answers «unauthorized» in 15 min: 1 (limit ≥ 1), g01",
            "batch : réponses « unauthorized » en 15 min : 1 (limite ≥ 1), g01",
            "See the runbook for the reason: unauthorized is a token, not_the_service a proxy, refused a bad batch.",
            "Voir la raison au manuel : unauthorized, un jeton ; not_the_service, un proxy ; refused, un lot faux.",
        ),
    ),
    Row(
        alert="ChevetUplinkWaiting",
        rule="uplink.waiting",
        severity="low",
        team="operations",
        minutes=15,
        at={WAITING % "journal": "1x20"},
        inside=({WAITING % "journal": "0x20"}, {WAITING % "alert": "1x20"}),
        of={"gateway": "g01", "reason": "disk", "sent": "journal"},
        says=(
            "journal waits because of «disk»: 1 (limit ≥ 1), g01",
            "journal en attente, « disk » : 1 (limite ≥ 1), g01",
            "If many gateways say so, look at the service; if one does, at its link, its disk and its token.",
            "Si plusieurs passerelles le disent, voir le service ; une seule, son lien, son disque, son jeton.",
        ),
    ),
    Row(
        alert="ChevetSamplesSetAside",
        rule="uplink.set_aside",
        severity="low",
        team="operations",
        minutes=0,
        since=8,
        at={SAMPLES % "dead_lettered": "_x8 1x9"},
        inside=({SAMPLES % "dead_lettered": "_x8 0x9"}, {SAMPLES % "stored": "_x8 5x9"}),
        of={"gateway": "g01", "outcome": "dead_lettered"},
        says=(
            "samples dead_lettered in an hour: 1 (limit ≥ 1), g01",
            "échantillons dead_lettered en une heure : 1 (limite ≥ 1), g01",
            "Read the reason in the quarantine or in dead.uplink; correct and replay, or delete.",
            "Lire la raison en quarantaine ou dans dead.uplink ; corriger et rejouer, ou supprimer.",
        ),
    ),
)

OF_ALL = (
    Row(
        alert="ChevetQuarantineGrowing",
        rule="ingest.quarantine",
        severity="medium",
        team="operations",
        minutes=0,
        since=8,
        at={QUARANTINED: "_x8 1000x9"},
        inside=({QUARANTINED: "_x8 999x9"}, {STORED: "_x8 5000x9"}),
        says=(
            "samples quarantined in an hour: 1000 (limit ≥ 1000)",
            "échantillons en quarantaine en une heure : 1000 (limite ≥ 1000)",
            "List the quarantine by reason: one reason for many gateways is a fault of ours, or of a release.",
            "Lister la quarantaine par raison : la même pour plusieurs passerelles, c'est nous ou une version.",
        ),
    ),
    Row(
        alert="ChevetIngestRejecting",
        rule="ingest.rejecting",
        severity="medium",
        team="operations",
        minutes=10,
        since=8,
        at={QUARANTINED: "_x8 5x12", STORED: "_x8 95x12"},
        inside=({QUARANTINED: "_x8 4x12", STORED: "_x8 96x12"},),
        says=(
            "samples that ingest does not take: 5 % (limit ≥ 5 %)",
            "échantillons refusés à l'entrée : 5 % (limite ≥ 5 %)",
            "List the quarantine by reason; look for a release, an assignment or a clock that changed.",
            "Lister la quarantaine par raison ; chercher une version, une affectation, une horloge changée.",
        ),
    ),
    Row(
        alert="ChevetWindowsLate",
        rule="pipeline.late",
        severity="medium",
        team="operations",
        minutes=5,
        since=5,
        at={_window("g01"): "70", _window("g02"): "70", _window("g03"): "70x20"},
        inside=(
            {_window("g01"): "70", _window("g02"): "70x20", _window("g03"): "70x20"},
            {
                _window("g01"): "70",
                _window("g01", "oxygen_saturation_percent"): "97x20",
                _window("g02"): "70x20",
                _window("g03"): "70",
            },
        ),
        says=(
            "values come late, median age of the newest window 10m 0s (limit ≥ 5 min)",
            "valeurs en retard, âge médian de la dernière fenêtre 10m 0s (limite ≥ 5 min)",
            "Look where values wait: gateways' journals, ingest's answers, then the store's load.",
            "Voir où les valeurs attendent : journaux des passerelles, réponses à l'entrée, charge du stockage.",
        ),
    ),
    Row(
        alert="ChevetNoSamples",
        rule="pipeline.none",
        severity="high",
        team="operations",
        minutes=5,
        since=10,
        at={EXPECTED: "10x20", _window("g01"): "70"},
        inside=({EXPECTED: "10x20", _window("g02"): "70x6"}, {_window("g01"): "70"}),
        says=(
            "no value of any patient arrives, signals awaited: 1 (limit ≥ 1)",
            "aucune valeur d'aucun patient, signaux attendus : 1 (limite ≥ 1)",
            "Tell every ward that its screens are blind; then go along the way: proxy, ingest, store.",
            "Prévenir chaque service que ses écrans sont aveugles ; puis suivre proxy, entrée, stockage.",
        ),
    ),
    Row(
        alert="ChevetStoreRefusesWrites",
        rule="store.refuses",
        severity="medium",
        team="operations",
        minutes=10,
        since=1,
        at={WRITES % ("/api/v1/write", "500"): "0 1x4 2x4 3x4"},
        inside=(
            {WRITES % ("/api/v1/write", "500"): "0 1x5 2x5 3x5"},
            {WRITES % ("/api/v1/write", "204"): "0+1x20", WRITES % ("/api/v1/query", "500"): "0+1x20"},
        ),
        of={"code": "500"},
        says=(
            "writes that Prometheus answers with 500 in 5 min: 1 (limit ≥ 1)",
            "écritures auxquelles Prometheus répond 500 en 5 min : 1 (limite ≥ 1)",
            "Read Prometheus's log for the sentence: 400 is a sample that the guard let through, 500 its disk.",
            "Lire la phrase au journal de Prometheus : 400, un échantillon passé à tort ; 500, son disque.",
        ),
    ),
    *(
        Row(
            alert="ChevetStoreDropsSamples",
            rule="store.drops",
            severity="low",
            team="operations",
            minutes=0,
            since=9,
            at=series,
            inside=(_odd(by="none of them"),),
            says=(
                "samples too old or out of order for Prometheus in 10 min: 1 (limit ≥ 1)",
                "échantillons trop vieux ou désordonnés pour Prometheus en 10 min : 1 (limite ≥ 1)",
                "Compare out_of_order_time_window with the guard's eight days; look for a target with odd timestamps.",
                "Comparer out_of_order_time_window aux huit jours admis ; chercher une cible aux heures étranges.",
            ),
        )
        for series in (*(_odd(by=name) for name in ODD), {f'{ODD[0]}{{type="float"}}': "_x9 1x9"})
    ),
)
ROWS = (*OF_HOMES, *OF_ALL)

YOUNGER = Case(
    name="the newest window was a second too young five minutes ago",
    alert="ChevetWindowsLate",
    series={_window("g01"): "_ 70"},
    every="1s",
    at="10m",
)


def _looked_for(name: str, at: str, samples: dict[str, float]) -> Recorded:
    """One window at the very beginning, which is seen until the look four minutes later."""
    series = {_window("g01"): "70"}
    asked = "chevet:window:age_seconds"
    return Recorded(name=name, series=series, evaluated=at, at=at, expression=asked, samples=samples)


SEEN = (
    _looked_for("for an hour the newest is known", "3810s", {'chevet:window:age_seconds{gateway="g01"}': 3810}),
    _looked_for("and then it is not", "3870s", {}),
)
CASES = (YOUNGER, *SEEN)


def test_every_alert_of_the_group_has_its_row() -> None:
    assert {row.alert for row in ROWS} == {alert.name for alert in pipeline.GROUP.alerts}


def test_every_bound_of_one_home_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [pipeline.GROUP], cases(OF_HOMES)) == ""


def test_every_bound_of_all_homes_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [pipeline.GROUP], [*cases(OF_ALL), *CASES]) == ""
