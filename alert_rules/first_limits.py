"""The limit that a value meets first on its way out, and where the rule on it already speaks.

What warns before a limit is met falls silent where it is: one condition, one alert.
"""

from __future__ import annotations

from alert_rules import sustained
from alert_rules.rows import Sentence
from chevet import metrics, promql
from chevet.rules import RULES, Rule
from chevet.severities import Side
from chevet.vitals import Limit

PATIENT = (metrics.PATIENT,)
PATIENT_TOLD = Sentence(en="patient {{ $labels.patient }}", fr="patient {{ $labels.patient }}")


def first(vital: str, side: Side) -> tuple[Rule, Limit]:
    """The vital's rule on that side, and its least severe step. Raises StopIteration where the catalogue has none."""
    rule = next(rule for rule in RULES if (rule.vital, rule.side) == (vital, side))
    return rule, rule.steps[-1]


def unless_beyond(expression: str, rule: Rule, limit: Limit) -> str:
    """Those of `expression` whose patient is not beyond the limit as the sustained rule sees it."""
    return promql.joined(expression, "unless", sustained.expression(rule, limit), PATIENT)
