"""Conditions as rows: what is measured, its bound, and the sentences that are built from both.

The bound of a row stands once; rule and sentence take it from there, so that text and threshold cannot part.

A technical row is as severe as what comes of it if nobody reacts: high where somebody in danger may not be helped, for
nobody can be called, no alarm is seen, or all wards are blind; medium where one patient is not watched or will soon not
be; low where there are days, or where nothing is lost but comfort.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from alert_rules.rows import LANGUAGES, Alert, Sentence, Team
from chevet import promql
from chevet.errors import BadRow, expected
from chevet.severities import Kind, Severity

MINUTE, HOUR, DAY = 60, 3600, 86_400
GRAMS = 1000
"""In a kilogram."""
_DAYS = MappingProxyType({"en": "d", "fr": "j"})
_LIMIT = MappingProxyType({"en": "limit", "fr": "limite"})
_OF = MappingProxyType({"en": " of ", "fr": " de "})
SIGNS: Mapping[str, str] = MappingProxyType({"==": "=", ">=": "≥", "<=": "≤", ">": ">", "<": "<"})
_BEYOND: Mapping[str, str] = MappingProxyType({">=": "<", "<=": ">"})


class Unit(Enum):
    """How a value is told, as Prometheus's template."""

    COUNT = "{{ printf `%.0f` $value }}"
    PERCENT = "{{ printf `%.0f` $value }} %"
    MINUTES = "{{ printf `%.0f` $value }} min"
    MILLI_G = "{{ printf `%.0f` $value }} mg"
    KILOGRAMS = "{{ printf `%.1f` $value }} kg"
    """Told of grams: the bound is in the unit of the metric."""
    DURATION = "{{ $value | humanizeDuration }}"
    STATE = ""
    """It is so or it is not; there is no number to tell."""

    def written(self, bound: float, language: str) -> str:
        """The bound as people write it."""
        if self is Unit.DURATION:
            return duration(bound, language)
        told = bound / GRAMS if self is Unit.KILOGRAMS else bound
        return f"{told:g} {self.value.partition('}} ')[2]}".rstrip()


def duration(seconds: float, language: str) -> str:
    """As people say it, in the largest unit that holds it whole."""
    for length, word in ((DAY, _DAYS[language]), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {word}"
    return f"{seconds:g} s"


def of(*labels: str) -> Sentence:
    """Whose it is, by labels from the smallest to the largest: «watch of g01»."""
    told = [f"{{{{ $labels.{label} }}}}" for label in labels]
    return Sentence(en=_OF["en"].join(told), fr=_OF["fr"].join(told))


HOME = of("gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`measured` beyond `bound` for `lasting` seconds.

    `compared`, of the same labels, is what stands to the bound where that is not what is told; `until` is the bound
    from which a more urgent row speaks. `what` names the condition, `first` is the first thing to do.
    """

    name: str
    rule: str
    measured: str
    operator: str = ">="
    bound: float
    until: float | None = None
    compared: str = ""
    unit: Unit
    lasting: int = 0
    severity: Severity
    whose: Sentence | None
    what: Sentence
    first: Sentence

    def __post_init__(self) -> None:
        if self.operator not in SIGNS:
            raise BadRow(expected(f"{self.name}.operator", " or ".join(SIGNS), self.operator), field="operator")
        if self.until is not None and self.operator not in _BEYOND:
            raise BadRow(expected(f"{self.name}.operator", "≥ or ≤ with until", self.operator), field="operator")

    @property
    def expression(self) -> str:
        """The value where it is beyond the bound."""
        held = promql.bounded(self.compared or self.measured, self.operator, self.bound)
        if self.until is not None:
            held = promql.bounded(held, _BEYOND[self.operator], self.until)
        return f"({self.measured}) and ({held})" if self.compared else held

    @property
    def summary(self) -> Sentence:
        """What, how much, and whose."""
        return Sentence(**{language: self._told(language) for language in LANGUAGES})

    def _told(self, language: str) -> str:
        told = getattr(self.what, language)
        if self.unit is not Unit.STATE:
            bound = f"{SIGNS[self.operator]} {self.unit.written(self.bound, language)}"
            told += f" {self.unit.value} ({_LIMIT[language]} {bound})"
        return told if self.whose is None else f"{told}, {getattr(self.whose, language)}"


def alerts(team: Team, dashboard: str, *conditions: Condition, kind: Kind = Kind.TECHNICAL) -> tuple[Alert, ...]:
    """The rows as alerts of one kind that are one team's to see to."""
    return tuple(
        Alert(
            name=row.name,
            rule=row.rule,
            expression=row.expression,
            lasting=row.lasting,
            severity=row.severity,
            kind=kind,
            summary=row.summary,
            description=row.first,
            dashboard=dashboard,
            team=team,
        )
        for row in conditions
    )
