"""One patient whom everything strikes in a few hours: each limit of each vital is crossed once, in turn."""

from __future__ import annotations

from collections.abc import Iterator

from chevet.rules import RULES
from chevet.severities import Side
from chevet.vitals import BY_KEY, Limit
from simulators.devices import BY_NAME
from simulators.episodes import Effect, Episode
from simulators.patients import patient
from simulators.residents import Resident
from simulators.script import Occurrence

MINUTE, HOUR = 60.0, 3600.0
STRUCK = Resident(
    gateway="g06",
    pseudonym="p-struck",
    body=patient(29),
    devices=tuple(BY_NAME[name] for name in ("oximeter", "chest-strap", "thermometer", "glucose-sensor")),
)
FROM, TURN, BEYOND = 5.5 * HOUR, 80 * MINUTE, 0.06
"""How long ago it begins, what one limit takes, and by which share of it the limit is crossed."""
PRESSURES = ((89, 62), (222, 88), (185, 90), (150, 121), (150, 112), (128, 78))
FINGERS = (50, 66, 260, 102)
"""Each hour one: limits of what is measured now and then."""


def occurrences(now: float) -> tuple[Occurrence, ...]:
    """The limits of each vital that is measured all the time, one after the other."""
    found = []
    for key in ("heart_rate", "oxygen_saturation", "respiratory_rate", "body_temperature", "glucose_sensor"):
        limits = [limit for rule in RULES if rule.vital == key for limit in rule.steps]
        for turn, limit in enumerate(limits):
            start = now - FROM + turn * TURN
            found.append(Occurrence(episode=_beyond(key, limit), start=start, end=start + TURN - 4 * MINUTE))
    return tuple(found)


def _beyond(key: str, limit: Limit) -> Episode:
    target = limit.value * (1 - BEYOND if limit.side is Side.LOW else 1 + BEYOND)
    effects = (Effect(vital=key, target=target),)
    return Episode(name=f"{key}-{limit.side}", title="beyond its limit", lasts=TURN, effects=effects)


def measured_now_and_then(now: float) -> Iterator[str]:
    """Pressures and fingers, an hour apart up to `now`."""
    of = f'gateway="{STRUCK.gateway}",patient="{STRUCK.pseudonym}"'
    for place, key in enumerate(("systolic_pressure", "diastolic_pressure")):
        for ago, pair in zip(range(len(PRESSURES), 0, -1), PRESSURES, strict=True):
            yield f'{BY_KEY[key].metric}{{device="cuff",{of}}} {pair[place]} {now - ago * HOUR + 600:.0f}\n'
    finger, meter = BY_KEY["glucose_finger"].metric, f'device="meter",{of}'
    at = [f"{now - ago * HOUR + 900:.0f}" for ago in range(len(FINGERS), 0, -1)]
    yield from (f"{finger}{{{meter}}} {value} {when}\n" for value, when in zip(FINGERS, at, strict=True))
    yield from (f'{finger}_readings{{{meter},quality="good"}} 1 {when}\n' for when in at)
