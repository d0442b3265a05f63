"""How somebody is, in one word for those close to them: act, watch, unknown, calm; with reasons and without values.

What is seen to be wrong comes before what is not seen. Calm is said only where what ought to arrive does arrive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from chevet.plain_words import EVERYTHING, Words, of_vital, words
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY

NEWS2_URGENT, NEWS2_EMERGENCY = 5, 7
"""Chart 4 of NEWS2: where a medical team is called at once, and where it is an emergency."""
NEWS2_RED = 3
"""Points of one part alone, for which a medical team is told."""
WATCHED_OVER = 3600
"""Seconds: a vital that is expected at least so often is watched over; one that is measured by hand is not."""


class Level(StrEnum):
    """The order of the members is the order in which one outweighs another."""

    ACT = "act"
    WATCH = "watch"
    UNKNOWN = "unknown"
    CALM = "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlert:
    """What is known of an alert that has not cleared; `vital` is empty where it is about none."""

    rule: str
    vital: str
    kind: Kind
    severity: Severity
    taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A vital that ought to arrive, and how many seconds ago it last did: None where it never did."""

    vital: str
    age: float | None

    @property
    def stale(self) -> bool:
        """Whether it is older than the catalogue lets it be."""
        return self.age is None or self.age > (BY_KEY[self.vital].stale_after or 0)

    @property
    def watched_over(self) -> bool:
        """Whether nobody has to do anything for it to arrive."""
        return (BY_KEY[self.vital].interval or WATCHED_OVER + 1) <= WATCHED_OVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that is known of a patient now.

    `score` is that of NEWS2, a lower bound where parts are missing; None where there is none. `worst_part` are the
    points of its worst part. `live` is False where what arrived cannot be asked for.
    """

    alerts: tuple[OpenAlert, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    score: int | None = None
    worst_part: int | None = None
    live: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why it is not calm, or what it would be calm about."""

    level: Level
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralState:
    """The level, and every reason for one that is not calm, the weightiest first."""

    level: Level
    reasons: tuple[Words, ...]
    taken: bool


CALM = Words(en="What is measured lies within its limits", fr="Ce qui est mesuré est dans les limites")
SIGNS_ACT = Words(en="Several signs together call for help", fr="Plusieurs signes ensemble appellent de l'aide")
SIGNS_WATCH = Words(en="Several signs together are to be watched", fr="Plusieurs signes ensemble sont à surveiller")
ONE_SIGN = Words(en="One sign alone is far from usual", fr="Un signe à lui seul s'écarte de la normale")
DELAYED = Words(en="Live data are delayed", fr="Les données arrivent avec retard")
NO_SENSOR = Words(en="No sensor is expected to send anything", fr="Aucun capteur n'est attendu")
TOO_OLD = Words(en="nothing new for too long", fr="rien de nouveau depuis trop longtemps")
NEVER = Words(en="nothing has come yet", fr="rien n'est encore arrivé")
UNNAMED_OLD = Words(
    en="A measurement: nothing new for too long", fr="Une mesure : rien de nouveau depuis trop longtemps"
)

_LEVELS = {Severity.HIGH: Level.ACT, Severity.MEDIUM: Level.WATCH, Severity.LOW: Level.WATCH}


def general_state(seen: Seen, open_to: Collection[str] = EVERYTHING) -> GeneralState:
    """How somebody is. Vitals that are not `open_to` the reader are counted and not named."""
    reasons = [*_of_alerts(seen.alerts, open_to), *_of_score(seen), *_of_silence(seen, open_to)]
    reasons.sort(key=lambda reason: tuple(Level).index(reason.level))
    level = reasons[0].level if reasons else Level.CALM
    told = tuple(dict.fromkeys(reason.words for reason in reasons if reason.level is not Level.CALM))
    return GeneralState(level=level, reasons=told or (CALM,), taken=_taken(seen.alerts))


def _of_alerts(alerts: Iterable[OpenAlert], open_to: Collection[str]) -> Iterator[Reason]:
    """A clinical one by its severity. Behind a sensor that cannot be believed nobody knows what is."""
    for alert in alerts:
        if alert.kind is Kind.CLINICAL and alert.severity in _LEVELS:
            level = _LEVELS[alert.severity]
        elif alert.kind is Kind.TECHNICAL and _is_watched_over(alert.vital):
            level = Level.UNKNOWN
        else:
            continue
        yield Reason(level=level, words=words(alert.rule, alert.vital, alert.kind, open_to))


def _is_watched_over(vital: str) -> bool:
    return vital in BY_KEY and Awaited(vital=vital, age=None).watched_over


def _of_score(seen: Seen) -> Iterator[Reason]:
    score, worst = seen.score or 0, seen.worst_part or 0
    if score >= NEWS2_EMERGENCY:
        yield Reason(level=Level.ACT, words=SIGNS_ACT)
    elif score >= NEWS2_URGENT:
        yield Reason(level=Level.WATCH, words=SIGNS_WATCH)
    elif worst >= NEWS2_RED:
        yield Reason(level=Level.WATCH, words=ONE_SIGN)


def _of_silence(seen: Seen, open_to: Collection[str]) -> Iterator[Reason]:
    """What is not seen. A weight that nobody measured today leaves calm what is watched over; alone it does not."""
    if not seen.live:
        yield Reason(level=Level.UNKNOWN, words=DELAYED)
        return
    if not seen.awaited:
        yield Reason(level=Level.UNKNOWN, words=NO_SENSOR)
    stale = [one for one in seen.awaited if one.stale]
    blind = len(stale) == len(seen.awaited)
    for one in stale:
        if blind or one.watched_over:
            said = UNNAMED_OLD
            if one.vital in open_to:
                said = of_vital(one.vital, NEVER if one.age is None else TOO_OLD)
            yield Reason(level=Level.UNKNOWN, words=said)


def _taken(alerts: Iterable[OpenAlert]) -> bool:
    """Whether somebody looks after every clinical alert that is open, of which there is one at least."""
    clinical = [alert.taken for alert in alerts if alert.kind is Kind.CLINICAL]
    return bool(clinical) and all(clinical)
