"""What a dashboard is made of: rows that refuse nonsense when built. Grafana's JSON is made elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from chevet import metrics, promql, recordings, server_metrics
from chevet.errors import BadRow, expected

LANGUAGES = ("en", "fr")
WIDTH = 24
_NAME = re.compile(r"[a-z]+(_[a-z]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One text in each language."""

    en: str
    fr: str

    def __post_init__(self) -> None:
        for language in LANGUAGES:
            text = getattr(self, language)
            if not text or text != text.strip():
                raise BadRow(expected(language, "words without blanks around them", text), field=language)

    def of(self, language: str) -> str:
        """The text in `language`."""
        return self.en if language == "en" else self.fr


def same(text: str) -> Words:
    """What reads alike in both languages: a name, a pattern of labels."""
    return Words(en=text, fr=text)


class Shape(StrEnum):
    """How a panel is drawn: Grafana's own names of its panels."""

    LINES = "timeseries"
    NUMBER = "stat"
    GAUGE = "gauge"
    BARS = "bargauge"
    TABLE = "table"
    PIE = "piechart"
    PROFILE = "trend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From `value` on, `colour` holds; None is below every other."""

    value: float | None
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """From `low` to `high`, both included, a value is told in words."""

    low: float
    high: float
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A line that its labels name `name`: its words, and its colour in a graph."""

    name: str
    words: Words
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """`instant` asks for the value at the end of the time range only.

    `legend` names the line, with Grafana's {{label}}. `fills_to` is the `legend` of the line to which the area is
    filled. In a table it is a column: its title is the legend, its unit and thresholds are its own. Values that `told`
    has words for are shown in them; a line whose labels name it as one of `called` is called by its words.
    """

    expression: str
    legend: Words
    instant: bool = False
    colour: str = ""
    dashed: bool = False
    fills_to: Words | None = None
    unit: str = ""
    decimals: int | None = None
    thresholds: tuple[Threshold, ...] = ()
    told: tuple[Told, ...] = ()
    called: tuple[Called, ...] = ()

    def __post_init__(self) -> None:
        for name in sorted(promql.names(self.expression)):
            if not is_known(name):
                raise BadRow(f"expression: expected metrics of chevet or of its servers, got {name}", field=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`description` says for whom it is and how to read it. `key` is the label by which the columns of a table join.

    `every` is the shortest step in seconds; `since` how far back it looks where that is not as far as the dashboard;
    `sort` the legend of the column by which a table is sorted, highest first; `links_to` the dashboard that opens with
    the key's value, or that of the label `links_by` where there is no key. `empty` is told where nothing is usual.
    """

    title: Words
    description: Words
    shape: Shape
    queries: tuple[Query, ...]
    unit: str = "none"
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    thresholds: tuple[Threshold, ...] = ()
    width: int = 12
    height: int = 8
    every: int = 0
    since: str = ""
    points: bool = False
    stacked: bool = False
    key: str = ""
    key_title: Words | None = None
    sort: Words | None = None
    links_to: str = ""
    links_by: str = ""
    empty: Words | None = None

    def __post_init__(self) -> None:
        named = f"panel {self.title.en}"
        if not self.queries:
            raise BadRow(f"{named}.queries: expected at least one, got none", field="queries")
        if not 1 <= self.width <= WIDTH:
            raise BadRow(expected(f"{named}.width", f"1 to {WIDTH}", self.width), field="width")
        if self.shape in (Shape.TABLE, Shape.PROFILE) and not self.key:
            raise BadRow(f"{named}.key: expected the label by which columns join, got none", field="key")
        if self.links_to and not (self.key or self.links_by):
            raise BadRow(f"{named}.links_by: expected the label whose value is taken along, got none", field="links_by")
        for language in LANGUAGES:
            if len(self.description.of(language)) < 40:
                wanted = "for whom it is and how to read it"
                raise BadRow(
                    expected(f"{named}.description", wanted, self.description.of(language)), field="description"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Panels under a heading, in the order in which they are read."""

    title: Words
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice above the dashboard: the values of a label, or `values` written down.

    `series` is what is asked for the label, which may name variables that stand before.
    """

    name: str
    title: Words
    series: str = ""
    values: tuple[str, ...] = ()
    several: bool = False

    def __post_init__(self) -> None:
        if bool(self.series) is bool(self.values):
            raise BadRow(f"variable {self.name}: expected a series or values, got both or none", field=self.name)
        for name in promql.names(self.series) if self.series else ():
            if not is_known(name):
                raise BadRow(f"variable {self.name}: expected a metric of chevet, got {name}", field=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Moments marked in every panel: where `expression` has a value. `text` heads the mark; below it stand its labels.

    A sentence with value and limit cannot: what Prometheus keeps of an alert, ALERTS, has labels alone.
    """

    title: Words
    expression: str
    text: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard in both languages. `since` is how far back it looks when opened; `refresh` how often it asks."""

    name: str
    title: Words
    description: Words
    sections: tuple[Section, ...]
    variables: tuple[Variable, ...] = ()
    annotations: tuple[Annotation, ...] = field(default=())
    since: str = "24h"
    refresh: str = "1m"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadRow(expected("name", "words in lower case joined by _", self.name), field="name")
        titles = Counter(panel.title.en for panel in self.panels)
        twice = next((title for title, times in titles.items() if times > 1), None)
        if twice is not None:
            raise BadRow(f"{self.name}: expected a title once, got {twice!r} twice", field="title")

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All of its panels, in the order in which they are read."""
        return tuple(panel for section in self.sections for panel in section.panels)

    @property
    def scope(self) -> str:
        """What is chosen above it, in the plural where several may be: patient, patients, gateways, or nothing."""
        chosen = next((one for one in self.variables if one.series), None)
        return "" if chosen is None else chosen.name + ("s" if chosen.several else "")

    def uid(self, language: str) -> str:
        """Its address: chevet-<name>, and chevet-<name>-fr in French."""
        return uid(self.name, language)


def uid(name: str, language: str) -> str:
    """The address of the dashboard called `name`."""
    return "chevet-" + name.replace("_", "-") + ("" if language == "en" else f"-{language}")


def is_known(name: str) -> bool:
    """Whether a series of this name is ours, recorded by a rule of ours, or one that our servers tell of themselves."""
    return metrics.of_series(name) is not None or name in recordings.NAMES or name in server_metrics.NAMES


def require_own_uids(boards: tuple[Dashboard, ...]) -> tuple[Dashboard, ...]:
    """`boards` as they are. Raises BadRow where two have one uid."""
    uids = Counter(board.uid(language) for board in boards for language in LANGUAGES)
    twice = next((name for name, times in uids.items() if times > 1), None)
    if twice is not None:
        raise BadRow(f"uid: expected each once, got {twice} twice", field="uid")
    return boards
