"""The box in the home: whether it is heard, its clock, its disk, its processes, and whether it can call anybody."""

from __future__ import annotations

from alert_rules.box import BOX
from alert_rules.calling import CALLING
from alert_rules.clocks import CLOCK
from alert_rules.conditions import HOME, HOUR, MINUTE, Condition, Unit, alerts
from alert_rules.rows import Group, Sentence, Team
from alert_rules.storage import STORAGE
from chevet import metrics, promql, server_metrics
from chevet.severities import Severity

GATEWAY = (metrics.GATEWAY,)
OFFLINE = 5 * MINUTE
"""Seconds of no heartbeat, of which one is sent each minute."""
MANY, A_FEW = 20, 3
"""Percent of all gateways, and how many at least, from which on it is our side that is at fault."""

RECENT = 24 * HOUR
"""Seconds for which a gateway that is offline may be so for our sake: homes that are off for days are no fault of ours,
and those that follow would never be told of."""

# A box on a shelf, or long given back, has a last heartbeat too: only those of which something is expected count.
AGE = promql.joined(
    f"time() - {promql.by('max', GATEWAY, metrics.GATEWAY_HEARTBEAT.name)}",
    "and",
    metrics.EXPECTED_INTERVAL.name,
    GATEWAY,
)


def never_heard() -> str:
    """How many signals are expected of each gateway that never sent a heartbeat."""
    expected = promql.by("count", (metrics.GATEWAY, metrics.PATIENT), metrics.EXPECTED_INTERVAL.name)
    return promql.joined(expected, "unless", metrics.GATEWAY_HEARTBEAT.name, GATEWAY)


def offline_together() -> str:
    """Percent of all gateways that went offline of late, where they are more than a few."""
    offline = f"count({promql.bounded(promql.bounded(AGE, '>', OFFLINE), '<=', RECENT)})"
    return f"100 * {offline} / count({AGE}) and {promql.bounded(offline, '>=', A_FEW)}"


_HEARD = (
    Condition(
        name="ChevetGatewayOffline",
        rule="gateway.offline",
        measured=AGE,
        operator=">",
        bound=OFFLINE,
        unit=Unit.DURATION,
        lasting=2 * MINUTE,  # when we were away ourselves all heartbeats look old until the next
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="gateway offline, not heard for", fr="passerelle hors ligne, non entendue depuis"),
        first=Sentence(
            en="Call the home: is the box lit, and the internet there? It goes on calling relatives by itself.",
            fr="Appeler le domicile : boîtier allumé, internet présent ? Il continue d'appeler les proches lui-même.",
        ),
    ),
    Condition(
        name="ChevetGatewayNeverHeard",
        rule="gateway.offline",
        measured=never_heard(),
        bound=1,
        unit=Unit.COUNT,
        lasting=15 * MINUTE,  # it is being set up
        severity=Severity.MEDIUM,
        whose=Sentence(
            en="{{ $labels.gateway }}, patient {{ $labels.patient }}",
            fr="{{ $labels.gateway }}, patient {{ $labels.patient }}",
        ),
        what=Sentence(
            en="gateway never heard since it was assigned, signals awaited:",
            fr="passerelle jamais entendue depuis son affectation, signaux attendus :",
        ),
        first=Sentence(
            en="Ask who installed it: is it the right box, claimed, powered and online? Nobody watches this patient.",
            fr="Demander à l'installateur : bon boîtier, enrôlé, allumé, en ligne ? Personne ne surveille ce patient.",
        ),
    ),
    Condition(
        name="ChevetGatewayNotScraped",
        rule="gateway.scrape",
        measured=promql.by("min", GATEWAY, promql.selector(server_metrics.UP, {"job": server_metrics.GATEWAYS_JOB})),
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=5 * MINUTE,  # a restart of the exporter, or of the ward's network
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="gateway's values cannot be fetched", fr="valeurs de la passerelle inaccessibles"),
        first=Sentence(
            en="Look whether the gateway is online: if so its exporter or the way to it is down. Look at the patient.",
            fr="Voir si la passerelle est en ligne : si oui, l'exporter ou le chemin est en panne. Voir le patient.",
        ),
    ),
)

_TOGETHER = Condition(
    name="ChevetGatewaysOfflineTogether",
    rule="gateways.offline",
    measured=offline_together(),
    bound=MANY,
    unit=Unit.PERCENT,
    lasting=2 * MINUTE,  # as for one
    severity=Severity.HIGH,
    whose=None,
    what=Sentence(en="gateways offline together:", fr="passerelles hors ligne ensemble :"),
    first=Sentence(
        en="Call no homes: it is our side. Look at the proxy, the certificate, sign-in of gateways and the network.",
        fr="N'appeler aucun domicile : c'est chez nous. Voir proxy, certificat, authentification, réseau.",
    ),
)

GROUP = Group(
    name="chevet-gateways",
    every=60,
    rules=(
        *alerts(Team.WARD, "chevet-gateways", *_HEARD, *BOX, *CLOCK, *STORAGE, *CALLING),
        *alerts(Team.OPERATIONS, "chevet-gateways", _TOGETHER),
    ),
)
