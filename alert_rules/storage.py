"""Conditions of a gateway's disk, and of the spool that lies on it."""

from __future__ import annotations

from alert_rules.conditions import DAY, HOME, HOUR, MINUTE, Condition, Unit, of
from alert_rules.rows import Sentence
from chevet import metrics, promql
from chevet.severities import Severity

GATEWAY = (metrics.GATEWAY,)

_FREE = promql.by("min", GATEWAY, metrics.DISK_FREE.name)
_SIZE = promql.by("max", GATEWAY, metrics.DISK_SIZE.name)
_FOLDED = promql.grown(promql.selector(metrics.SPOOL_FOLDED.name, {"exchange": "chevet.readings"}), 15 * MINUTE)

STORAGE = (
    Condition(
        name="ChevetGatewayDiskFilling",
        rule="gateway.disk_filling",
        measured=promql.by("min", GATEWAY, metrics.DISK_LEFT.name),
        operator="<=",
        bound=3 * DAY,
        unit=Unit.DURATION,
        lasting=HOUR,  # the trend is of hours, and there are days
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(en="gateway's disk full in", fr="disque de la passerelle plein dans"),
        first=Sentence(
            en="See by maintenance access what grows: logs, images, or a backlog that does not leave.",
            fr="Voir par télémaintenance ce qui grossit : journaux, images, ou un retard qui ne part pas.",
        ),
    ),
    Condition(
        name="ChevetGatewayDiskNearlyFull",
        rule="gateway.disk_full",
        measured=f"100 * {_FREE} / {_SIZE}",
        operator="<=",
        bound=10,
        unit=Unit.PERCENT,
        lasting=5 * MINUTE,  # an update is unpacked and gone
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="free on the gateway's disk:", fr="libre sur le disque de la passerelle :"),
        first=Sentence(
            en="Make room today: old logs and images first. Soon readings will be folded and details lost.",
            fr="Libérer aujourd'hui : anciens journaux et images d'abord. Bientôt les détails seront perdus.",
        ),
    ),
    Condition(
        name="ChevetSpoolFull",
        rule="gateway.spool_full",
        measured=promql.by("max", (metrics.GATEWAY, metrics.PROCESS), metrics.SPOOL_FULL.name),
        operator="==",
        bound=1,
        unit=Unit.STATE,
        lasting=2 * MINUTE,  # folding makes room within a minute where it can
        severity=Severity.MEDIUM,
        whose=of("process", "gateway"),
        what=Sentence(
            en="spool full, what sensors say is not taken in", fr="spool plein, les mesures ne sont plus prises"
        ),
        first=Sentence(
            en="Have somebody look at the patient, then make room on the box's disk.",
            fr="Faire voir le patient, puis libérer le disque du boîtier.",
        ),
    ),
    Condition(
        name="ChevetSpoolFolding",
        rule="gateway.spool_folding",
        measured=promql.by("sum", GATEWAY, _FOLDED),
        bound=1,
        unit=Unit.COUNT,
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(en="readings folded to windows in 15 min:", fr="mesures réduites à des fenêtres en 15 min :"),
        first=Sentence(
            en="See why the broker takes nothing, or the disk is small. Extremes are kept, single values are not.",
            fr="Voir pourquoi le broker ne prend rien, ou le disque est petit. Seuls les extrêmes sont gardés.",
        ),
    ),
)
