"""Alerts of the box in the home, from both sides of their bounds and of the time for which they must hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alert_rules import gateways
from tests.alert_rules.conditions import Row, cases
from tests.alert_rules.promtool import failures
from tests.alert_rules.test_box import ROWS as BOX
from tests.alert_rules.test_calling import ROWS as CALLING
from tests.alert_rules.test_storage import ROWS as STORAGE

HEARTBEAT = 'chevet_gateway_heartbeat_seconds{gateway="%s"}'
G01 = HEARTBEAT % "g01"
EXPECTED_OF = 'chevet_expected_interval_seconds{gateway="%s",device="d1",patient="p1",vital="heart_rate"}'
EXPECTED = EXPECTED_OF % "g01"
PULLED = 'up{job="chevet-gateways",instance="10.0.0.9:9805",gateway="g01",patient="p1"}'


def _gateways(number: int, *, offline: int, ago: int = 301) -> dict[str, str]:
    """The first `offline` were heard `ago` seconds ago, whenever one looks, the others now; one was given back."""
    names = [f"g{one:02}" for one in range(1, number + 1)]
    ages = {HEARTBEAT % name: f"-{ago}+60x9" if place < offline else "0+60x9" for place, name in enumerate(names)}
    return ages | {EXPECTED_OF % name: "10x9" for name in names} | {HEARTBEAT % "returned": "-301+60x9"}


ROWS = (
    Row(
        alert="ChevetGatewayOffline",
        rule="gateway.offline",
        severity="medium",
        minutes=2,
        at={G01: "-301+60x9", EXPECTED: "10x9"},
        inside=(
            {G01: "-300+60x9", EXPECTED: "10x9"},
            {G01: "-301+60x9", EXPECTED_OF % "g02": "10x9"},
        ),
        of={"gateway": "g01"},
        says=(
            "gateway offline, not heard for 5m 1s (limit > 5 min), g01",
            "passerelle hors ligne, non entendue depuis 5m 1s (limite > 5 min), g01",
            "Call the home: is the box lit, and the internet there? It goes on calling relatives by itself.",
            "Appeler le domicile : boîtier allumé, internet présent ? Il continue d'appeler les proches lui-même.",
        ),
    ),
    Row(
        alert="ChevetGatewayNeverHeard",
        rule="gateway.offline",
        severity="medium",
        minutes=15,
        at={EXPECTED: "10x20", HEARTBEAT % "g02": "0x20"},
        inside=({EXPECTED: "10x20", G01: "0x20"},),
        of={"gateway": "g01", "patient": "p1"},
        says=(
            "gateway never heard since it was assigned, signals awaited: 1 (limit ≥ 1), g01, patient p1",
            "passerelle jamais entendue depuis son affectation, signaux attendus : 1 (limite ≥ 1), g01, patient p1",
            "Ask who installed it: is it the right box, claimed, powered and online? Nobody watches this patient.",
            "Demander à l'installateur : bon boîtier, enrôlé, allumé, en ligne ? Personne ne surveille ce patient.",
        ),
    ),
    Row(
        alert="ChevetGatewayNotScraped",
        rule="gateway.scrape",
        severity="medium",
        minutes=5,
        at={PULLED: "0x9"},
        inside=({PULLED: "1x9"}, {'up{job="chevet-service",gateway="g01"}': "0x9"}),
        of={"gateway": "g01"},
        says=(
            "gateway's values cannot be fetched, g01",
            "valeurs de la passerelle inaccessibles, g01",
            "Look whether the gateway is online: if so its exporter or the way to it is down. Look at the patient.",
            "Voir si la passerelle est en ligne : si oui, l'exporter ou le chemin est en panne. Voir le patient.",
        ),
    ),
    Row(
        alert="ChevetGatewaysOfflineTogether",
        rule="gateways.offline",
        severity="high",
        team="operations",
        minutes=2,
        at=_gateways(15, offline=3),
        inside=(_gateways(21, offline=4), _gateways(10, offline=2)),
        says=(
            "gateways offline together: 20 % (limit ≥ 20 %)",
            "passerelles hors ligne ensemble : 20 % (limite ≥ 20 %)",
            "Call no homes: it is our side. Look at the proxy, the certificate, sign-in of gateways and the network.",
            "N'appeler aucun domicile : c'est chez nous. Voir proxy, certificat, authentification, réseau.",
        ),
    ),
)
TOGETHER = ROWS[-1]
# Homes that are off for more than a day are no outage of ours.
OF_LATE = replace(TOGETHER, at=_gateways(15, offline=3, ago=86_400), inside=(_gateways(15, offline=3, ago=86_401),))
CASES = tuple(cases((OF_LATE,)))


def test_every_alert_of_the_group_has_its_row() -> None:
    rows = (*ROWS, *BOX, *STORAGE, *CALLING)
    assert {row.alert for row in rows} == {alert.name for alert in gateways.GROUP.alerts}


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [gateways.GROUP], (*cases(ROWS), *CASES)) == ""
