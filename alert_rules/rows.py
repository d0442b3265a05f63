"""What an alert and a recording rule are: rows that refuse nonsense when built. Prometheus's YAML is made elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chevet.errors import BadRow, expected
from chevet.severities import Kind, Severity

LANGUAGES = ("en", "fr")
_NAME = re.compile(r"Chevet[A-Z][A-Za-z0-9]+")
_RECORDED = re.compile(r"chevet(_[a-z0-9]+)*(:[a-z0-9_]+)+")


class Team(StrEnum):
    """Whose the alert is: the ward's where it is about a patient or a home, operations' where it is about us."""

    WARD = "ward"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One text in each language, in Prometheus's template language."""

    en: str
    fr: str

    def __post_init__(self) -> None:
        for language in LANGUAGES:
            text = getattr(self, language)
            if not text or text != text.strip() or text.count("{{") != text.count("}}"):
                raise BadRow(expected(language, "a sentence with its braces in pairs", text), field=language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`rule` is the label by which the service joins what a gateway detected; `lasting` is Prometheus's `for`, seconds.

    `summary` says what and how much in one line; `description` adds since when and what to do first. `dashboard` is the
    uid of the dashboard to look at. The runbook's heading is the alert's name.
    """

    name: str
    rule: str
    expression: str
    lasting: int = 0
    severity: Severity
    kind: Kind
    summary: Sentence
    description: Sentence
    dashboard: str
    team: Team = Team.WARD

    def __post_init__(self) -> None:
        if self.kind is Kind.CLINICAL and self.team is not Team.WARD:
            raise BadRow(expected(f"{self.name}.team", "ward where it is clinical", self.team.value), field="team")
        if not _NAME.fullmatch(self.name):
            raise BadRow(expected("name", "Chevet and words in CamelCase", self.name), field="name")
        if self.lasting < 0:
            raise BadRow(expected(f"{self.name}.lasting", "seconds, at least 0", self.lasting), field="lasting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A series that Prometheus computes: `name` as level:metric:operations."""

    name: str
    expression: str
    labels: Mapping[str, str]

    def __post_init__(self) -> None:
        if not _RECORDED.fullmatch(self.name):
            raise BadRow(expected("name", "a name such as chevet:news2:points", self.name), field="name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated together, in order, each `every` seconds."""

    name: str
    every: int
    rules: tuple[Alert | Recording, ...]

    def __post_init__(self) -> None:
        if self.every < 1:
            raise BadRow(expected(f"{self.name}.every", "seconds, at least 1", self.every), field="every")

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Those of its rules that alert."""
        return tuple(rule for rule in self.rules if isinstance(rule, Alert))
