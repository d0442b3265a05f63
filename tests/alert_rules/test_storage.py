"""Alerts of a gateway's disk and spool, from both sides of their bounds."""

from __future__ import annotations

from pathlib import Path

from alert_rules import gateways
from tests.alert_rules.conditions import Row, cases
from tests.alert_rules.promtool import failures

OF_GATEWAY = {"gateway": "g01"}
LEFT = 'chevet_disk_left_seconds{gateway="g01",process="agent"}'
FREE, SIZE = (f'chevet_disk_{what}_bytes{{gateway="g01",process="agent"}}' for what in ("free", "size"))
FULL = 'chevet_spool_full{gateway="g01",process="intake"}'
FOLDED = 'chevet_spool_folded_readings_total{gateway="g01",process="intake",exchange="%s"}'

ROWS = (
    Row(
        alert="ChevetGatewayDiskFilling",
        rule="gateway.disk_filling",
        severity="low",
        minutes=60,
        at={LEFT: "259200x70"},
        inside=({LEFT: "259201x70"}, {FREE: "1x70"}),
        of=OF_GATEWAY,
        says=(
            "gateway's disk full in 3d 0h 0m 0s (limit ≤ 3 d), g01",
            "disque de la passerelle plein dans 3d 0h 0m 0s (limite ≤ 3 j), g01",
            "See by maintenance access what grows: logs, images, or a backlog that does not leave.",
            "Voir par télémaintenance ce qui grossit : journaux, images, ou un retard qui ne part pas.",
        ),
    ),
    Row(
        alert="ChevetGatewayDiskNearlyFull",
        rule="gateway.disk_full",
        severity="medium",
        minutes=5,
        at={FREE: "10x9", SIZE: "100x9"},
        inside=({FREE: "11x9", SIZE: "100x9"},),
        of=OF_GATEWAY,
        says=(
            "free on the gateway's disk: 10 % (limit ≤ 10 %), g01",
            "libre sur le disque de la passerelle : 10 % (limite ≤ 10 %), g01",
            "Make room today: old logs and images first. Soon readings will be folded and details lost.",
            "Libérer aujourd'hui : anciens journaux et images d'abord. Bientôt les détails seront perdus.",
        ),
    ),
    Row(
        alert="ChevetSpoolFull",
        rule="gateway.spool_full",
        severity="medium",
        minutes=2,
        at={FULL: "1x9"},
        inside=({FULL: "0x9"},),
        of={"gateway": "g01", "process": "intake"},
        says=(
            "spool full, what sensors say is not taken in, intake of g01",
            "spool plein, les mesures ne sont plus prises, intake de g01",
            "Have somebody look at the patient, then make room on the box's disk.",
            "Faire voir le patient, puis libérer le disque du boîtier.",
        ),
    ),
    Row(
        alert="ChevetSpoolFolding",
        rule="gateway.spool_folding",
        severity="low",
        minutes=0,
        since=8,
        at={FOLDED % "chevet.readings": "_x8 1x9"},
        inside=({FOLDED % "chevet.readings": "_x8 0x9"}, {FOLDED % "chevet.urgent": "_x8 5x9"}),
        of=OF_GATEWAY,
        says=(
            "readings folded to windows in 15 min: 1 (limit ≥ 1), g01",
            "mesures réduites à des fenêtres en 15 min : 1 (limite ≥ 1), g01",
            "See why the broker takes nothing, or the disk is small. Extremes are kept, single values are not.",
            "Voir pourquoi le broker ne prend rien, ou le disque est petit. Seuls les extrêmes sont gardés.",
        ),
    ),
)


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [gateways.GROUP], cases(ROWS)) == ""
