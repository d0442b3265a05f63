"""The service, its store and what tells alerts: whether each answers, what it refuses, what it could not do."""

from __future__ import annotations

from chevet import metrics, promql, server_metrics
from dashboards import called, colours, units
from dashboards.fleet import rising
from dashboards.pipeline import RULES
from dashboards.rows import Dashboard, Panel, Query, Section, Shape, Threshold, Told, Words, same

HOUR = 3600
_DOWN = (
    Threshold(value=None, colour=colours.VERMILLION),
    Threshold(value=1, colour=colours.CALM),
)


_UP_OR_DOWN = (
    Told(low=0, high=0, words=Words(en="down", fr="en panne")),
    Told(low=1, high=1, words=Words(en="up", fr="en marche")),
)


def _hourly(name: str, en: str, fr: str) -> Query:
    return Query(expression=promql.total(promql.over("increase", name, HOUR)), legend=Words(en=en, fr=fr))


def _lines(title: Words, description: Words, *queries: Query, unit: str = units.COUNT) -> Panel:
    return Panel(title=title, description=description, shape=Shape.LINES, queries=queries, unit=unit, low=0, every=60)


UP = Panel(
    title=Words(en="Answers", fr="Répond"),
    description=Words(
        en="For operations. Whether each target that is scraped answers, each part that the service needs, and whether "
        "each configuration was taken.",
        fr="Pour l'exploitation. Si chaque cible interrogée répond, chaque partie dont le service a besoin, et si "
        "chaque configuration a été prise.",
    ),
    shape=Shape.NUMBER,
    queries=(
        Query(
            expression=promql.by("min", ("job",), server_metrics.UP),
            legend=same("{{job}}"),
            instant=True,
            told=_UP_OR_DOWN,
        ),
        Query(
            expression=promql.by("min", ("part",), metrics.SERVICE_DEPENDENCY_UP.name),
            legend=same("{{part}}"),
            instant=True,
            told=_UP_OR_DOWN,
        ),
        *(
            Query(
                expression=promql.by("min", ("job",), reloaded),
                legend=Words(en="configuration of {{job}}", fr="configuration de {{job}}"),
                instant=True,
                told=_UP_OR_DOWN,
            )
            for reloaded in (server_metrics.PROMETHEUS_RELOADED, server_metrics.ALERTMANAGER_RELOADED)
        ),
    ),
    decimals=0,
    thresholds=_DOWN,
    width=16,
    height=4,
)
INGEST = _lines(
    Words(en="Samples from gateways, per second", fr="Échantillons des passerelles, par seconde"),
    Words(
        en="For operations. What ingest stored and what it set aside: a fall without an alert at the gateways is ours.",
        fr="Pour l'exploitation. Ce qu'ingest a enregistré et mis de côté : une chute sans alarme des passerelles "
        "vient de chez nous.",
    ),
    Query(
        expression=promql.by("sum", ("result",), promql.per_second(metrics.INGEST_SAMPLES.name)),
        legend=same("{{result}}"),
        called=called.SAMPLES,
    ),
    unit=units.PER_SECOND,
)
REGISTERED = _lines(
    Words(en="Alerts registered, each hour", fr="Alarmes enregistrées, par heure"),
    Words(
        en="For operations. Alerts that the service saw for the first time, by severity; a peak is one cause seen by "
        "many.",
        fr="Pour l'exploitation. Alarmes vues par le service pour la première fois, par gravité ; un pic est une "
        "cause vue par beaucoup.",
    ),
    Query(
        expression=promql.by("sum", ("severity",), promql.over("increase", metrics.ALERTS_REGISTERED.name, HOUR)),
        legend=same("{{severity}}"),
        called=called.SEVERITIES,
    ),
)
REQUESTS = _lines(
    Words(en="Requests to Prometheus, per second", fr="Requêtes à Prometheus, par seconde"),
    Words(
        en="For operations. By status: 4xx and 5xx that rise are a store that refuses, or a dashboard that asks "
        "nonsense.",
        fr="Pour l'exploitation. Par statut : des 4xx et 5xx en hausse sont un stockage qui refuse, ou un tableau de "
        "bord qui demande n'importe quoi.",
    ),
    Query(
        expression=promql.by("sum", ("code",), promql.per_second(server_metrics.HTTP_REQUESTS)),
        legend=same("{{code}}"),
    ),
    unit=units.PER_SECOND,
)
REFUSED = _lines(
    Words(en="Samples that the store would not take, each hour", fr="Échantillons refusés par le stockage, par heure"),
    Words(
        en="For operations. Nothing should be here: ingest decides before the store does. What is, is a hole in the "
        "guard.",
        fr="Pour l'exploitation. Rien ne devrait être ici : ingest décide avant le stockage. Sinon, le filtre a un "
        "trou.",
    ),
    _hourly(server_metrics.TOO_OLD, "too old", "trop anciens"),
    _hourly(server_metrics.OUT_OF_BOUNDS, "out of bounds", "hors bornes"),
    _hourly(server_metrics.OUT_OF_ORDER, "out of order", "en désordre"),
)
TROUBLE = _lines(
    Words(en="What Prometheus could not do, each hour", fr="Ce que Prometheus n'a pas pu faire, par heure"),
    Words(
        en="For operations. Rules that failed or were missed and notifications dropped: each is an alert that may not "
        "have been told.",
        fr="Pour l'exploitation. Règles en échec ou manquées et notifications perdues : chacune est une alarme "
        "peut-être jamais dite.",
    ),
    _hourly(server_metrics.RULE_FAILURES, "rules that failed", "règles en échec"),
    _hourly(server_metrics.RULE_MISSED, "evaluations missed", "évaluations manquées"),
    _hourly(server_metrics.DROPPED, "notifications dropped", "notifications perdues"),
    _hourly(server_metrics.WAL_CORRUPT, "corruptions of the log", "journal corrompu"),
)
UNTOLD = _lines(
    Words(en="Notifications that Alertmanager could not send", fr="Notifications qu'Alertmanager n'a pas pu envoyer"),
    Words(
        en="For operations. By way of sending, each hour: the webhook is the service's own, mail is how you are "
        "called about the service.",
        fr="Pour l'exploitation. Par moyen d'envoi, par heure : le webhook est celui du service, le courriel est ce "
        "qui vous appelle pour le service.",
    ),
    Query(
        expression=promql.by("sum", ("integration",), promql.over("increase", server_metrics.UNSENT, HOUR)),
        legend=same("{{integration}}"),
    ),
)
STORE = _lines(
    Words(en="Size of the store", fr="Taille du stockage"),
    Words(
        en="For operations. Bytes of the blocks on disk, and the room that they may take where it is bounded: the "
        "slope says when retention or the disk must be looked at.",
        fr="Pour l'exploitation. Octets des blocs sur disque, et la place permise si elle est bornée : la pente dit "
        "quand revoir la rétention ou le disque.",
    ),
    Query(expression=promql.by("max", ("instance",), server_metrics.BLOCK_BYTES), legend=same("{{instance}}")),
    Query(
        expression=promql.bounded(promql.by("max", ("instance",), server_metrics.RETENTION_BYTES), ">", 0),
        legend=Words(en="room of {{instance}}", fr="place de {{instance}}"),
        colour=colours.GREY,
        dashed=True,
    ),
    unit=units.BYTES,
)
CHAIN = Panel(
    title=Words(en="The way of an alert", fr="Le chemin d'une alarme"),
    description=Words(
        en="For operations. The watchdog goes from a rule through Alertmanager to the service each minute: where it is "
        "old, or Prometheus knows no Alertmanager, no rule's alert reaches anybody. Gateways still call relatives.",
        fr="Pour l'exploitation. Le témoin va d'une règle au service par Alertmanager chaque minute : s'il est vieux, "
        "ou si Prometheus ne connaît aucun Alertmanager, aucune alarme des règles n'arrive. Les passerelles appellent "
        "toujours les proches.",
    ),
    shape=Shape.NUMBER,
    queries=(
        Query(
            expression=f"time() - max({metrics.WATCHDOG.name})",
            legend=Words(en="age of the watchdog", fr="âge du témoin"),
            instant=True,
            unit=units.DURATION,
            thresholds=rising(180, 600),
        ),
        Query(
            expression=f"min({server_metrics.ALERTMANAGERS})",
            legend=Words(en="Alertmanagers found", fr="Alertmanagers trouvés"),
            instant=True,
            thresholds=_DOWN,
        ),
    ),
    decimals=0,
    width=8,
    height=4,
)
BOARD = Dashboard(
    name="service",
    title=Words(en="Service and store", fr="Service et stockage"),
    description=Words(
        en="For operations: the service, Prometheus and Alertmanager themselves.",
        fr="Pour l'exploitation : le service, Prometheus et Alertmanager eux-mêmes.",
    ),
    sections=(
        Section(title=Words(en="Up or down", fr="En marche ou en panne"), panels=(UP, CHAIN)),
        Section(title=Words(en="Service", fr="Service"), panels=(INGEST, REGISTERED)),
        Section(
            title=Words(en="Prometheus and Alertmanager", fr="Prometheus et Alertmanager"),
            panels=(REQUESTS, REFUSED, TROUBLE, UNTOLD, RULES, STORE),
        ),
    ),
    since="6h",
    refresh="30s",
)
