"""The way from a home to the store: backlogs, refusals, what is set aside, how late windows are, whether any come."""

from __future__ import annotations

from alert_rules.conditions import HOME, HOUR, MINUTE, Condition, Unit, alerts
from alert_rules.rows import Group, Recording, Sentence, Team
from alert_rules.storing import STORING
from chevet import metrics, promql
from chevet.recordings import WINDOW_AGE
from chevet.severities import Severity
from chevet.vitals import DEVICE_VITALS

GATEWAY = (metrics.GATEWAY,)
LOOKED_BACK, STEP = HOUR, 2 * MINUTE
"""How far, and how finely, the newest window of a gateway is looked for."""
LATE, NONE = 5 * MINUTE, 10 * MINUTE
"""The age of a newest window: three times what it takes where all is well, and beyond any doubt."""

_MINUTES = 15 * MINUTE
_WAY = ("batch", "latest", "journal", "consumer", "dead letter", "clock")
"""What uplink may wait with, alarms apart."""
_REFUSALS = "refused|unauthorized|not_the_service|odd_answer"


def window_age() -> str:
    """Seconds since the end of the newest window of each gateway, of whichever vital has windows."""
    newest = " or ".join(
        promql.labelled(f"max_over_time(timestamp({vital.metric})[{LOOKED_BACK}s:{STEP}s])", metrics.VITAL, vital.key)
        for vital in DEVICE_VITALS
        if vital.window
    )
    return f"time() - {promql.by('max', GATEWAY, newest)}"


def _sum(counter: str, seconds: int, *labels: str) -> str:
    return promql.by("sum", labels, promql.grown(counter, seconds))


_UNSENT = promql.by("sum", GATEWAY, promql.matching(metrics.JOURNAL_ROWS.name, {"state": "unsent|unanswered"}))
_QUEUED = promql.by("max", GATEWAY, promql.selector(metrics.BUS_QUEUE_MESSAGES.name, {"queue": "uplink"}))
_ANSWERS = promql.matching(metrics.UPLINK_ANSWERS.name, {"reason": _REFUSALS})
_WAITING = promql.matching(metrics.UPLINK_WAITING.name, {"sent": "|".join(_WAY)})
_ASIDE = promql.matching(metrics.UPLINK_SAMPLES.name, {"outcome": "quarantined|dead_lettered"})
_QUARANTINED = promql.selector(metrics.INGEST_SAMPLES.name, {"result": "quarantined"})
_SOME = f"count({promql.bounded(WINDOW_AGE, '<', NONE)})"

_OF_A_HOME = (
    Condition(
        name="ChevetUplinkBacklog",
        rule="uplink.backlog",
        measured=f"{_UNSENT} + {_QUEUED}",
        bound=20_000,  # a home with one of each sensor in a day
        unit=Unit.COUNT,
        lasting=HOUR,  # a week's backlog has left after less
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(en="values that wait to leave:", fr="valeurs qui attendent de partir :"),
        first=Sentence(
            en="See whether it falls: a backlog leaves by itself. If it grows, see what uplink waits for.",
            fr="Voir si le retard baisse : il part seul. S'il grossit, voir ce qu'uplink attend.",
        ),
    ),
    Condition(
        name="ChevetUplinkStopped",
        rule="uplink.stopped",
        measured=promql.by("max", GATEWAY, metrics.UPLINK_CONSUMING.name),
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=_MINUTES,  # it pauses on purpose while the service is away
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="uplink takes nothing from the broker", fr="uplink ne prend plus rien au broker"),
        first=Sentence(
            en="Read uplink's log on the box: journal full, disk full, service away. Nothing is lost in a week.",
            fr="Lire le journal d'uplink : journal plein, disque plein, service absent. Rien n'est perdu en 7 jours.",
        ),
    ),
    Condition(
        name="ChevetUplinkRefused",
        rule="uplink.refused",
        measured=_sum(_ANSWERS, _MINUTES, metrics.GATEWAY, "sent", "reason"),
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # a token that has just expired is renewed at once
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(
            en="{{ $labels.sent }}: answers «{{ $labels.reason }}» in 15 min:",
            fr="{{ $labels.sent }} : réponses « {{ $labels.reason }} » en 15 min :",
        ),
        first=Sentence(
            en="See the runbook for the reason: unauthorized is a token, not_the_service a proxy, refused a bad batch.",
            fr="Voir la raison au manuel : unauthorized, un jeton ; not_the_service, un proxy ; refused, un lot faux.",
        ),
    ),
    Condition(
        name="ChevetUplinkWaiting",
        rule="uplink.waiting",
        measured=promql.by("max", (metrics.GATEWAY, "sent", "reason"), _WAITING),
        bound=1,
        unit=Unit.COUNT,
        lasting=_MINUTES,  # it waits longer each time, up to minutes
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(
            en="{{ $labels.sent }} waits because of «{{ $labels.reason }}»:",
            fr="{{ $labels.sent }} en attente, « {{ $labels.reason }} » :",
        ),
        first=Sentence(
            en="If many gateways say so, look at the service; if one does, at its link, its disk and its token.",
            fr="Si plusieurs passerelles le disent, voir le service ; une seule, son lien, son disque, son jeton.",
        ),
    ),
    Condition(
        name="ChevetSamplesSetAside",
        rule="uplink.set_aside",
        measured=_sum(_ASIDE, HOUR, metrics.GATEWAY, "outcome"),
        bound=1,
        unit=Unit.COUNT,
        severity=Severity.LOW,
        whose=HOME,
        what=Sentence(
            en="samples {{ $labels.outcome }} in an hour:", fr="échantillons {{ $labels.outcome }} en une heure :"
        ),
        first=Sentence(
            en="Read the reason in the quarantine or in dead.uplink; correct and replay, or delete.",
            fr="Lire la raison en quarantaine ou dans dead.uplink ; corriger et rejouer, ou supprimer.",
        ),
    ),
)

_OF_ALL = (
    Condition(
        name="ChevetQuarantineGrowing",
        rule="ingest.quarantine",
        measured=_sum(_QUARANTINED, HOUR),
        bound=1000,  # more than one home sends in that time
        unit=Unit.COUNT,
        severity=Severity.MEDIUM,
        whose=None,
        what=Sentence(en="samples quarantined in an hour:", fr="échantillons en quarantaine en une heure :"),
        first=Sentence(
            en="List the quarantine by reason: one reason for many gateways is a fault of ours, or of a release.",
            fr="Lister la quarantaine par raison : la même pour plusieurs passerelles, c'est nous ou une version.",
        ),
    ),
    Condition(
        name="ChevetIngestRejecting",
        rule="ingest.rejecting",
        measured=f"100 * {_sum(_QUARANTINED, _MINUTES)} / {_sum(metrics.INGEST_SAMPLES.name, _MINUTES)}",
        bound=5,
        unit=Unit.PERCENT,
        lasting=10 * MINUTE,  # one gateway's backlog of a bad hour passes in less
        severity=Severity.MEDIUM,
        whose=None,
        what=Sentence(en="samples that ingest does not take:", fr="échantillons refusés à l'entrée :"),
        first=Sentence(
            en="List the quarantine by reason; look for a release, an assignment or a clock that changed.",
            fr="Lister la quarantaine par raison ; chercher une version, une affectation, une horloge changée.",
        ),
    ),
    Condition(
        name="ChevetWindowsLate",
        rule="pipeline.late",
        measured=f"quantile(0.5, {WINDOW_AGE})",
        bound=LATE,
        unit=Unit.DURATION,
        lasting=5 * MINUTE,  # a restart of the service or of the store
        severity=Severity.MEDIUM,
        whose=None,
        what=Sentence(
            en="values come late, median age of the newest window",
            fr="valeurs en retard, âge médian de la dernière fenêtre",
        ),
        first=Sentence(
            en="Look where values wait: gateways' journals, ingest's answers, then the store's load.",
            fr="Voir où les valeurs attendent : journaux des passerelles, réponses à l'entrée, charge du stockage.",
        ),
    ),
    Condition(
        name="ChevetNoSamples",
        rule="pipeline.none",
        measured=f"count({metrics.EXPECTED_INTERVAL.name}) unless on () ({_SOME})",
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # with the ten minutes of a window's age a quarter of an hour blind
        severity=Severity.HIGH,
        whose=None,
        what=Sentence(
            en="no value of any patient arrives, signals awaited:",
            fr="aucune valeur d'aucun patient, signaux attendus :",
        ),
        first=Sentence(
            en="Tell every ward that its screens are blind; then go along the way: proxy, ingest, store.",
            fr="Prévenir chaque service que ses écrans sont aveugles ; puis suivre proxy, entrée, stockage.",
        ),
    ),
)

GROUP = Group(
    name="chevet-pipeline",
    every=60,
    rules=(
        Recording(name=WINDOW_AGE, expression=window_age(), labels={}),
        *alerts(Team.OPERATIONS, "chevet-pipeline", *_OF_A_HOME, *_OF_ALL, *STORING),
    ),
)
