"""The way of a reading from the radio to the rules: how fast, what waits where, how late, and what is set aside."""

from __future__ import annotations

from chevet import metrics, promql, recordings, server_metrics
from chevet.metrics import GATEWAY, Metric
from dashboards import called, units
from dashboards.fleet import BY_GATEWAY, CHOICE, OF_GATEWAYS, of, rising
from dashboards.rows import Called, Dashboard, Panel, Query, Section, Shape, Words, same

HOUR = 3600


def _speed(metric: Metric, en: str, fr: str, colour: str = "") -> Query:
    return Query(expression=promql.total(promql.per_second(of(metric))), legend=Words(en=en, fr=fr), colour=colour)


def _by(metric: Metric, *labels: str, of_what: str = "", words: tuple[Called, ...] = ()) -> Query:
    legend = same(of_what + " ".join(f"{{{{{label}}}}}" for label in labels))
    return Query(expression=promql.by("sum", labels, promql.per_second(of(metric))), legend=legend, called=words)


def _lines(
    title: Words, description: Words, queries: tuple[Query, ...], unit: str = units.COUNT, links_by: str = ""
) -> Panel:
    return Panel(
        title=title,
        description=description,
        shape=Shape.LINES,
        queries=queries,
        unit=unit,
        low=0,
        every=60,
        links_to="gateways" if links_by else "",
        links_by=links_by,
    )


WAY = _lines(
    Words(en="Readings on their way, per second", fr="Mesures en chemin, par seconde"),
    Words(
        en="For operations. The same readings counted at stations 1 to 3, and the samples that windows of them "
        "become at 4 and 5: a lower line than the one before it of its kind is where they stay or are dropped. The "
        "service counts for all gateways.",
        fr="Pour l'exploitation. Les mêmes mesures comptées aux étapes 1 à 3, et les échantillons qu'en font les "
        "fenêtres en 4 et 5 : une ligne plus basse que la précédente de son genre montre où elles restent. Le service "
        "compte pour toutes les passerelles.",
    ),
    (
        _speed(metrics.INTAKE_READINGS, "1 readings, intake", "1 mesures, intake"),
        _speed(metrics.URGENT_READINGS, "2 readings, urgent", "2 mesures, urgent"),
        _speed(metrics.UPLINK_READINGS, "3 readings, uplink", "3 mesures, uplink"),
        _speed(metrics.UPLINK_SAMPLES, "4 samples sent", "4 échantillons envoyés"),
        Query(
            expression=promql.total(promql.per_second(metrics.INGEST_SAMPLES.name)),
            legend=Words(en="5 samples at the service", fr="5 échantillons au service"),
        ),
    ),
    units.PER_SECOND,
)
RADIO = _lines(
    Words(en="Raw messages and reports", fr="Messages bruts et rapports radio"),
    Words(
        en="For operations. What sensors say, by what became of it: «refused» that rises is a new model or a broken "
        "sensor.",
        fr="Pour l'exploitation. Ce que disent les capteurs, selon ce qu'il en advient : des refus en hausse, c'est "
        "un nouveau modèle ou un capteur cassé.",
    ),
    (
        _by(metrics.INTAKE_MESSAGES, "outcome", of_what="messages, ", words=called.MESSAGES),
        _by(metrics.RADIO_REPORTS, "outcome", of_what="radio, ", words=called.REPORTS),
    ),
    units.PER_SECOND,
)
QUEUES = _lines(
    Words(en="Messages in the brokers' queues", fr="Messages dans les files des brokers"),
    Words(
        en="For operations. What waits at home, by queue, all gateways together: urgent queues should be empty, "
        "uplink's grows while the link is down.",
        fr="Pour l'exploitation. Ce qui attend à domicile, par file, toutes passerelles : les files urgentes doivent "
        "être vides, celle d'uplink grossit sans lien.",
    ),
    (
        Query(
            expression=promql.by("sum", ("queue",), of(metrics.BUS_QUEUE_MESSAGES)),
            legend=same("{{queue}}"),
        ),
    ),
)
SPOOL = _lines(
    Words(en="Waiting on disk", fr="En attente sur disque"),
    Words(
        en="For operations. Readings in the spool that the broker has not confirmed, and in uplink's journal that the "
        "service has not: both fall to nearly nothing when all is well.",
        fr="Pour l'exploitation. Mesures du spool que le broker n'a pas confirmées, et du journal d'uplink que le "
        "service n'a pas prises : presque rien quand tout va bien.",
    ),
    (
        Query(
            expression=promql.by("sum", ("exchange",), of(metrics.SPOOL_READINGS)),
            legend=same("spool, {{exchange}}"),
        ),
        Query(
            expression=promql.by("sum", ("state",), of(metrics.JOURNAL_ROWS)),
            legend=same("journal, {{state}}"),
            called=called.JOURNAL,
        ),
    ),
)
WINDOW_AGE = promql.by(
    "max", BY_GATEWAY, promql.over_step("max_over_time", promql.matching(recordings.WINDOW_AGE, OF_GATEWAYS))
)
LATENESS = _lines(
    Words(en="Age of the newest window, the ten latest", fr="Âge de la dernière fenêtre, les dix plus en retard"),
    Words(
        en="For operations. How old what rules see of each gateway is: one to two minutes where all is well; all "
        "lines up together is the service, one line is a home.",
        fr="Pour l'exploitation. Ancienneté de ce que voient les règles, par passerelle : une à deux minutes si tout "
        "va bien ; toutes les lignes ensemble, c'est le service, une seule, un domicile.",
    ),
    (Query(expression=promql.most(10, WINDOW_AGE), legend=same("{{gateway}}")),),
    units.SECONDS,
    GATEWAY,
)
STRAGGLERS = _lines(
    Words(en="Windows and stragglers, per second", fr="Fenêtres et retardataires, par seconde"),
    Words(
        en="For operations. What uplink cut; stragglers came after their window was closed: many of them mean that a "
        "sensor's radio repeats or a clock is wrong.",
        fr="Pour l'exploitation. Ce qu'uplink a découpé ; les retardataires sont venus après la fermeture de leur "
        "fenêtre : beaucoup, c'est une radio qui répète ou une horloge fausse.",
    ),
    (_by(metrics.UPLINK_CUTS, "cut", words=called.CUTS),),
    units.PER_SECOND,
)
ANSWERS = _lines(
    Words(en="Answers of the service, per second", fr="Réponses du service, par seconde"),
    Words(
        en="For operations. What gateways are told, by what they sent and why: everything but «stored» is kept and "
        "sent again, or set aside.",
        fr="Pour l'exploitation. Ce que les passerelles s'entendent répondre, par envoi et raison : tout sauf « "
        "stored » est gardé et renvoyé, ou mis de côté.",
    ),
    (_by(metrics.UPLINK_ANSWERS, "sent", "reason"),),
    units.PER_SECOND,
)
QUARANTINE = _lines(
    Words(en="Samples at the service, all gateways, each hour", fr="Échantillons au service, par heure"),
    Words(
        en="For operations. Samples stored and quarantined in the hour before each moment: list the quarantine by "
        "reason, correct and replay.",
        fr="Pour l'exploitation. Échantillons enregistrés et mis en quarantaine dans l'heure avant chaque instant : "
        "lister par raison, corriger, rejouer. Toutes passerelles.",
    ),
    (
        Query(
            expression=promql.by("sum", ("result",), promql.over("increase", metrics.INGEST_SAMPLES.name, HOUR)),
            legend=same("{{result}}"),
            called=called.SAMPLES,
        ),
    ),
)
_DEAD = promql.matching(metrics.BUS_QUEUE_MESSAGES.name, {**OF_GATEWAYS, "queue": "dead.+"})
DEAD = Panel(
    title=Words(en="Poison messages", fr="Messages empoisonnés"),
    description=Words(
        en="For operations. Messages that nobody could read, by gateway and queue: each has its reason beside it; a "
        "bar is there to be read, not to be emptied.",
        fr="Pour l'exploitation. Messages que personne n'a pu lire, par passerelle et file : chacun porte sa raison ; "
        "une barre se lit avant de se vider.",
    ),
    shape=Shape.BARS,
    queries=(
        Query(
            expression=promql.most(10, promql.by("max", (GATEWAY, "queue"), _DEAD)),
            legend=same("{{gateway}} {{queue}}"),
            instant=True,
        ),
    ),
    decimals=0,
    low=0,
    thresholds=rising(1, 100),
    links_to="gateways",
    links_by=GATEWAY,
)
RULES = Panel(
    title=Words(en="Rules: share of their interval that they take", fr="Règles : part de leur intervalle utilisée"),
    description=Words(
        en="For operations. How much of its interval each group of rules needs; from 25 % look for what has grown, "
        "near 100 % rules are late.",
        fr="Pour l'exploitation. Part de son intervalle dont chaque groupe de règles a besoin ; dès 25 % chercher ce "
        "qui a grossi, près de 100 % les règles sont en retard.",
    ),
    shape=Shape.LINES,
    queries=(
        Query(
            expression=promql.ratio(
                promql.by("max", ("rule_group",), server_metrics.RULE_DURATION),
                promql.by("max", ("rule_group",), server_metrics.RULE_INTERVAL),
            ),
            legend=same("{{rule_group}}"),
        ),
    ),
    unit=units.SHARE,
    low=0,
    thresholds=rising(0.25, 1),
    every=60,
)
BOARD = Dashboard(
    name="pipeline",
    title=Words(en="From radio to rule", fr="De la radio à la règle"),
    description=Words(
        en="For operations: where readings are on their way, and where they stay.",
        fr="Pour l'exploitation : où en sont les mesures, et où elles s'arrêtent.",
    ),
    variables=(CHOICE,),
    sections=(
        Section(title=Words(en="Speed", fr="Débit"), panels=(WAY, RADIO, STRAGGLERS, ANSWERS)),
        Section(title=Words(en="What waits", fr="Ce qui attend"), panels=(QUEUES, SPOOL, LATENESS, RULES)),
        Section(title=Words(en="What is set aside", fr="Ce qui est mis de côté"), panels=(QUARANTINE, DEAD)),
    ),
    since="6h",
    refresh="30s",
)
