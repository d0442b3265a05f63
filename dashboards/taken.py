"""What comes of alerts: how many are open, how soon somebody takes them, and how soon a relative is called."""

from __future__ import annotations

from chevet import metrics, promql
from chevet.metrics import PATIENT
from chevet.severities import Severity
from dashboards import called, colours, units
from dashboards.rows import Panel, Query, Shape, Threshold, Words, same
from dashboards.ward import OF_PATIENTS

DAY = 86_400
SEVERITIES = {
    Severity.HIGH: Words(en="high", fr="haute"),
    Severity.MEDIUM: Words(en="medium", fr="moyenne"),
    Severity.LOW: Words(en="low", fr="basse"),
}
OF_PATIENTS_OR_NOBODY = {PATIENT: f"{OF_PATIENTS[PATIENT]}|"}
"""With the alerts about a gateway or the service, which are no patient's."""
OPEN = Panel(
    title=Words(en="Open alerts, as the service counts", fr="Alarmes ouvertes, selon le service"),
    description=Words(
        en="For those who answer for alarms. Alerts of gateways and of rules that have not cleared, each condition "
        "once, and those that are no patient's. A level that never falls is one that nobody ends.",
        fr="Pour les responsables des alarmes. Alarmes des passerelles et des règles non levées, chaque situation une "
        "fois, avec celles d'aucun patient. Un niveau qui ne baisse jamais, c'est que personne ne les lève.",
    ),
    shape=Shape.LINES,
    queries=tuple(
        Query(
            expression=promql.total(
                promql.matching(metrics.ALERT_OPEN.name, {"severity": severity.value, **OF_PATIENTS_OR_NOBODY})
            ),
            legend=words,
            colour=colours.OF_SEVERITY[severity],
        )
        for severity, words in SEVERITIES.items()
    ),
    decimals=0,
    low=0,
    stacked=True,
    every=60,
)


def _waited(severity: Severity, share: float, en: str, fr: str) -> Query:
    taken = promql.selector(metrics.ALERT_TAKEN.name + "_bucket", {"severity": severity.value})
    counted = promql.by("sum", ("le",), promql.over("increase", taken, DAY))
    words = SEVERITIES[severity]
    return Query(
        expression=promql.bucket_quantile(share, counted),
        legend=Words(en=f"{words.en}, {en}", fr=f"{words.fr}, {fr}"),
        colour=colours.OF_SEVERITY[severity],
        dashed=share > 0.5,
    )


TAKEN = Panel(
    title=Words(en="Time to take, each 24 hours", fr="Délai de prise en charge, par 24 heures"),
    description=Words(
        en="For those who answer for alarms. How long half and, dashed, nine tenths of the alerts waited until "
        "somebody took them. After 3 min a high one calls the doctor, after 8 min everybody: the grey lines.",
        fr="Pour les responsables des alarmes. Combien de temps la moitié et, en tirets, neuf dixièmes des alarmes ont "
        "attendu quelqu'un. Après 3 min une haute appelle le médecin, après 8 min tout le monde : lignes grises.",
    ),
    shape=Shape.LINES,
    queries=tuple(
        _waited(severity, share, en, fr)
        for severity in (Severity.HIGH, Severity.MEDIUM)
        for share, en, fr in ((0.5, "half within", "la moitié en"), (0.9, "nine tenths within", "neuf dixièmes en"))
    ),
    unit=units.SECONDS,
    low=0,
    thresholds=(
        Threshold(value=None, colour=colours.CALM),
        Threshold(value=180, colour=colours.GREY),
        Threshold(value=480, colour=colours.GREY),
    ),
    every=3600,
)
_SECONDS = promql.by("sum", ("le",), promql.over("increase", metrics.SMS_SECONDS.name + "_bucket", DAY))
CALLED = Panel(
    title=Words(en="From decision to first SMS, last 24 h", fr="De la décision au premier SMS, 24 h"),
    description=Words(
        en="For those who answer for alarms. In which time half and nine tenths of the calls to relatives left the "
        "gateway; it should stay below 5 s.",
        fr="Pour les responsables des alarmes. En combien de temps la moitié et neuf dixièmes des appels aux proches "
        "ont quitté la passerelle ; attendu sous 5 s.",
    ),
    shape=Shape.NUMBER,
    queries=tuple(
        Query(expression=promql.bucket_quantile(share, _SECONDS), legend=words, instant=True)
        for share, words in (
            (0.5, Words(en="half within", fr="la moitié en")),
            (0.9, Words(en="nine tenths within", fr="neuf dixièmes en")),
        )
    ),
    unit=units.SECONDS,
    decimals=1,
    thresholds=(
        Threshold(value=None, colour=colours.CALM),
        Threshold(value=5, colour=colours.OF_SEVERITY[Severity.MEDIUM]),
    ),
    height=8,
)
SMS = Panel(
    title=Words(en="SMS, each hour", fr="SMS, par heure"),
    description=Words(
        en="For those who answer for alarms and for operations. SMS handed over and failed, all gateways: a failed "
        "one is followed by the next contact or channel.",
        fr="Pour les responsables des alarmes et l'exploitation. SMS remis et échoués, toutes passerelles : après un "
        "échec, contact ou canal suivant.",
    ),
    shape=Shape.LINES,
    queries=(
        Query(
            expression=promql.by("sum", ("outcome",), promql.over("increase", metrics.SMS_ATTEMPTS.name, 3600)),
            legend=same("{{outcome}}"),
            called=called.SMS,
        ),
    ),
    decimals=0,
    low=0,
    every=900,
)
