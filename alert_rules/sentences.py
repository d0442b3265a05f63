"""The sentences of alerts, built from the row that makes the expression, so that text and threshold cannot part."""

from __future__ import annotations

from alert_rules.rows import Sentence
from chevet import metrics, promql
from chevet.rules import Rule
from chevet.severities import Side
from chevet.vitals import Limit

DECIMALS = {"body_temperature": 1}
LIMIT_KNOWN = "1d"
_PATIENT = "{{ $labels.patient }}"


def beyond_a_limit(rule: Rule, limit: Limit, minutes: int) -> tuple[Sentence, Sentence]:
    """Summary and description of a value that lies beyond its patient's limit; 0 minutes where the newest decides."""
    row, unit = rule.row, rule.row.shown_unit
    value, bound = f"{{{{ printf `%.{DECIMALS.get(row.key, 0)}f` $value }}}}", limit_in_force(rule, limit)
    sign = "≤" if limit.inclusive and rule.side is Side.LOW else "≥" if limit.inclusive else limit.operator
    seen = f"Seen over the last {minutes} min on" if minutes else "The newest value of"
    vu = f"Sur les dernières {minutes} min, par" if minutes else "La dernière valeur de"
    summary = Sentence(
        en=f"{row.title['en']} {value} {unit} (limit {sign} {bound} {unit}), patient {_PATIENT}",
        fr=f"{row.title['fr']} {value} {unit} (limite {sign} {bound} {unit}), patient {_PATIENT}",
    )
    description = Sentence(
        en=f"{seen} {{{{ $labels.device }}}}. Look at the patient first, then at the sensor.",
        fr=f"{vu} {{{{ $labels.device }}}}. Voir d'abord le patient, puis le capteur.",
    )
    return summary, description


def limit_in_force(rule: Rule, limit: Limit) -> str:
    """The patient's own limit, asked of Prometheus when the alert is told; the catalogue's where there is none."""
    labels = {"vital": rule.vital, "severity": limit.severity.value, "side": rule.side.value}
    named = promql.selector(metrics.LIMIT.name, labels).replace("}", ',patient="%s"}')
    asked = f"max(last_over_time({named}[{LIMIT_KNOWN}]))"
    return (
        f"{{{{ with printf `{asked}` $labels.patient | query }}}}{{{{ . | first | value | printf `%g` }}}}"
        f"{{{{ else }}}}{limit.value:g}{{{{ end }}}}"
    )
