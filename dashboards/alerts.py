"""What alerting costs and whom: alerts per patient-day, by rule and patient, how long, and how soon one is called."""

from __future__ import annotations

from chevet import metrics, promql, recordings
from chevet.metrics import PATIENT
from chevet.severities import Kind, Severity
from dashboards import colours
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Words, same
from dashboards.taken import CALLED, OPEN, SEVERITIES, SMS, TAKEN
from dashboards.ward import BY_PATIENT, EVERYONE, OF_PATIENTS, PATIENTS_CHOICE

DAY, MINUTE = 86_400, 60
_BLUE = (Threshold(value=None, colour=colours.BLUE),)
_KINDS = {
    Kind.CLINICAL: (Words(en="clinical", fr="cliniques"), colours.VERMILLION),
    Kind.TECHNICAL: (Words(en="technical", fr="techniques"), colours.BLUE),
}


def _firing(**labels: str) -> str:
    return promql.matching(recordings.ALERTS, {"alertstate": "firing", **OF_PATIENTS, **labels})


def _begun(**labels: str) -> str:
    """Alerts that began in the 24 hours before each moment."""
    return promql.begun(_firing(**labels), DAY)


_PATIENTS = f"count({EVERYONE})"
_ALL_PATIENTS = f"count({promql.by('max', BY_PATIENT, metrics.EXPECTED_INTERVAL.name)})"
"""The service counts what it registers for all of them together, whoever is chosen."""
_REGISTERED = promql.total(promql.over("increase", metrics.ALERTS_REGISTERED.name, DAY))


def minutes_in_alarm(fired: str) -> str:
    """Of the last day, by rule, of the ten longest. A second less, for some Prometheus would count both ends: 1441."""
    by_rule = promql.by("max", ("alertname",), fired)
    return promql.most(10, promql.sampled("sum_over_time", by_rule, DAY - 1, MINUTE))


def _per_patient_day(kind: Kind) -> str:
    begun = promql.total(promql.either(promql.by("sum", BY_PATIENT, _begun(kind=kind.value)), EVERYONE))
    return promql.ratio(begun, _PATIENTS)


def _by_severity(severity: Severity) -> str:
    return promql.total(promql.either(promql.by("sum", BY_PATIENT, _begun(severity=severity.value)), EVERYONE))


BURDEN = Panel(
    title=Words(en="Alerts per patient-day", fr="Alarmes par patient et par jour"),
    description=Words(
        en="For those who answer for alarms. Alerts that began in 24 hours, by patient watched, as Prometheus counts "
        "them, and dashed of all patients as the service registered them, those of gateways among them. Where it "
        "rises and few are found true, rules are too eager, and people stop listening.",
        fr="Pour les responsables des alarmes. Alarmes débutées en 24 heures, par patient suivi, selon Prometheus, et "
        "en tirets selon le service pour tous, celles des passerelles comprises. Si le nombre monte et que peu sont "
        "vraies, les règles sont trop sensibles et on n'écoute plus.",
    ),
    shape=Shape.LINES,
    queries=(
        *(
            Query(expression=_per_patient_day(kind), legend=words, colour=colour)
            for kind, (words, colour) in _KINDS.items()
        ),
        Query(
            expression=promql.ratio(_REGISTERED, _ALL_PATIENTS),
            legend=Words(en="registered by the service", fr="enregistrées par le service"),
            colour=colours.GREY,
            dashed=True,
        ),
    ),
    decimals=1,
    low=0,
    every=3600,
)
SEVERITY = Panel(
    title=Words(en="Alerts begun, each 24 hours, by severity", fr="Alarmes débutées, par 24 heures et gravité"),
    description=Words(
        en="For those who answer for alarms. How many of each severity began in the 24 hours before each moment: high "
        "ones call people out of their beds.",
        fr="Pour les responsables des alarmes. Combien de chaque gravité ont débuté dans les 24 heures avant chaque "
        "instant : les hautes réveillent des gens.",
    ),
    shape=Shape.LINES,
    queries=tuple(
        Query(expression=_by_severity(severity), legend=words, colour=colours.OF_SEVERITY[severity])
        for severity, words in SEVERITIES.items()
    ),
    decimals=0,
    low=0,
    stacked=True,
    every=3600,
)
BY_RULE = Panel(
    title=Words(en="The ten busiest rules, last 24 h", fr="Les dix règles les plus actives, 24 h"),
    description=Words(
        en="For those who answer for alarms. Which rules began most alerts: the first bar is the first rule to look "
        "at again.",
        fr="Pour les responsables des alarmes. Les règles qui ont déclenché le plus d'alarmes : la première barre est "
        "la première règle à revoir.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=promql.most(10, promql.by("sum", ("alertname",), _begun())),
            legend=same("{{alertname}}"),
            instant=True,
        ),
    ),
    decimals=0,
    low=0,
    thresholds=_BLUE,
)
BY_PATIENT_PANEL = Panel(
    title=Words(en="The five most alarmed patients, last 24 h", fr="Les cinq patients avec le plus d'alarmes, 24 h"),
    description=Words(
        en="For nurses. Whose alerts began most often: limits of their own, or a better place for the sensor, may "
        "spare them and you.",
        fr="Pour les infirmiers. Chez qui les alarmes débutent le plus souvent : des limites propres ou un capteur "
        "mieux posé peuvent soulager tout le monde.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=promql.most(5, promql.by("sum", BY_PATIENT, _begun())),
            legend=same("{{patient}}"),
            instant=True,
        ),
    ),
    decimals=0,
    low=0,
    thresholds=_BLUE,
    links_to="patient",
    links_by=PATIENT,
)
LASTING = Panel(
    title=Words(en="Minutes in alarm by rule, last 24 h", fr="Minutes en alarme par règle, 24 h"),
    description=Words(
        en="For those who answer for alarms. For how many minutes at least one patient was in alarm by each rule: a "
        "long bar with few alerts is one that nobody ended.",
        fr="Pour les responsables des alarmes. Minutes pendant lesquelles au moins un patient était en alarme, par "
        "règle : longue barre et peu d'alarmes, c'est une alarme que personne n'a levée.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=minutes_in_alarm(_firing()),
            legend=same("{{alertname}}"),
            instant=True,
        ),
    ),
    unit="m",
    decimals=0,
    low=0,
    thresholds=_BLUE,
)
NOW = Panel(
    title=Words(en="Open now", fr="Ouvertes maintenant"),
    description=Words(
        en="For nurses. Each patient's alerts that fire at this moment, by severity; a click opens the patient.",
        fr="Pour les infirmiers. Les alarmes de chaque patient en ce moment, par gravité ; un clic ouvre le patient.",
    ),
    shape=Shape.TABLE,
    queries=tuple(
        Query(
            expression=promql.either(
                promql.by("count", BY_PATIENT, _firing(severity=severity.value)),
                EVERYONE,
            ),
            legend=words,
            instant=True,
            decimals=0,
            thresholds=(
                Threshold(value=None, colour=colours.CALM),
                Threshold(value=1, colour=colours.OF_SEVERITY[severity]),
            ),
        )
        for severity, words in SEVERITIES.items()
    ),
    key=PATIENT,
    sort=SEVERITIES[Severity.HIGH],
    links_to="patient",
)
BOARD = Dashboard(
    name="alerts",
    title=Words(en="Alerts", fr="Alarmes"),
    description=Words(
        en="For those who answer for alarms: how many, of which rules, of whom, and how soon somebody was called.",
        fr="Pour les responsables des alarmes : combien, de quelles règles, chez qui, et en combien de temps on a "
        "appelé.",
    ),
    variables=(PATIENTS_CHOICE,),
    sections=(
        Section(title=Words(en="Burden", fr="Charge"), panels=(BURDEN, SEVERITY, BY_RULE, BY_PATIENT_PANEL)),
        Section(
            title=Words(en="Open, and how long", fr="Ouvertes, et durée"),
            panels=(NOW, LASTING, OPEN, TAKEN),
        ),
        Section(title=Words(en="Calls to relatives", fr="Appels aux proches"), panels=(CALLED, SMS)),
    ),
    since="7d",
)
