"""Conditions of the store's own door: writes that it refuses, and samples that it drops."""

from __future__ import annotations

from alert_rules.conditions import MINUTE, Condition, Unit
from alert_rules.rows import Sentence
from chevet import promql, server_metrics
from chevet.severities import Severity

_REFUSED = promql.matching(server_metrics.HTTP_REQUESTS, {"handler": "/api/v1/write", "code": "[45].."})
_ODD = (server_metrics.OUT_OF_ORDER, server_metrics.OUT_OF_BOUNDS, server_metrics.TOO_OLD)
# Prometheus has each of them only once it has met such a sample.
_DROPPED = " or ".join(promql.labelled(promql.grown(counter, 10 * MINUTE), "counted", counter) for counter in _ODD)

STORING = (
    Condition(
        name="ChevetStoreRefusesWrites",
        rule="store.refuses",
        measured=promql.by("sum", ("code",), promql.grown(_REFUSED, 5 * MINUTE)),
        bound=1,
        unit=Unit.COUNT,
        lasting=10 * MINUTE,  # the guard splits a refused write, and sets the offender aside
        severity=Severity.MEDIUM,
        whose=None,
        what=Sentence(
            en="writes that Prometheus answers with {{ $labels.code }} in 5 min:",
            fr="écritures auxquelles Prometheus répond {{ $labels.code }} en 5 min :",
        ),
        first=Sentence(
            en="Read Prometheus's log for the sentence: 400 is a sample that the guard let through, 500 its disk.",
            fr="Lire la phrase au journal de Prometheus : 400, un échantillon passé à tort ; 500, son disque.",
        ),
    ),
    Condition(
        name="ChevetStoreDropsSamples",
        rule="store.drops",
        measured=promql.total(_DROPPED),
        bound=1,
        unit=Unit.COUNT,
        severity=Severity.LOW,
        whose=None,
        what=Sentence(
            en="samples too old or out of order for Prometheus in 10 min:",
            fr="échantillons trop vieux ou désordonnés pour Prometheus en 10 min :",
        ),
        first=Sentence(
            en="Compare out_of_order_time_window with the guard's eight days; look for a target with odd timestamps.",
            fr="Comparer out_of_order_time_window aux huit jours admis ; chercher une cible aux heures étranges.",
        ),
    ),
)
