"""What a store knows of many patients, as one block: what rules read of them, and nothing else.

Ten bodies with every device lived their fourteen days in the simulator, in the catalogue's own windows; patients are
like one of them each. What the service says of each (limits, expected intervals) comes at its scrape interval for as
long as rules look back, and what a gateway says of itself each minute for a day. All go on for a while after now: so
long a measurement may take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from alert_rules.groups import GROUPS
from bench.blocks import Block, Kept
from bench.encoded import chunks
from bench.progress import Tell
from chevet import metrics, promql, recordings
from chevet.vitals import BY_KEY, VITALS
from simulators.devices import DEVICES
from simulators.history import Stretch, lines
from simulators.patients import patient
from simulators.residents import Resident
from tests.filled import machines

HOUR, DAY = 3600, 86_400
DAYS, BODIES = 14, 10
SCRAPED, PUSHED, SEEN = 15, 60, 6 * HOUR
AHEAD = HOUR
"""Seconds after now for which everything goes on."""
ALARMS = ("ChevetHeartRateHighMedium", "ChevetOxygenSaturationLowMedium", "ChevetSensorSilent")
"""Those that each patient had yesterday, for two hours."""
Steady = Callable[[float, int, int], Sequence[Kept]]
Series = tuple[str, Mapping[str, str], Sequence[Kept]]


def cohort(block: Block, patients: int, now: float, tell: Tell) -> None:
    """Everything about so many patients."""
    read = frozenset(name for group in GROUPS for rule in group.rules for name in promql.names(rule.expression))
    bodies = []
    for number in range(BODIES):
        bodies.append(list(_measured(block, number, now, read)))
        tell(f"{number + 1} of {BODIES} bodies have lived their fortnight")
    steady, said = _steadily(block, now), list(_said(block, now, read))
    for number in range(patients):
        own = {metrics.GATEWAY: f"g{number:04}", metrics.PATIENT: f"p{number:04}"}
        for name, labels, kept in (*bodies[number % BODIES], *_expected(steady), *said, *_alarms(steady)):
            block.add(name, {label: own.get(label, value) for label, value in labels.items()}, kept)


def _times(now: float, seconds: int, every: int, ahead: int = AHEAD) -> list[int]:
    """In milliseconds, from so long ago until a while from now."""
    last = int(now + ahead) // every * every
    return [1000 * at for at in range(last - (seconds + ahead) // every * every, last + 1, every)]


def _measured(block: Block, number: int, now: float, read: frozenset[str]) -> Iterator[Series]:
    """Windows and single values of a body."""
    body = Resident(gateway="g", pseudonym="p", body=patient(number), devices=DEVICES)
    for line in lines(body, (Stretch(after=now - DAYS * DAY, until=now + AHEAD),)):
        if line.name in read:
            times = [round(1000 * end) for end in line.ends.tolist()]
            yield line.name, dict(line.labels), block.keep(chunks(times, np.round(line.values, 3).tolist()))


def _steadily(block: Block, now: float) -> Steady:
    """A value that never changes, since so many seconds, each so many; kept once."""

    @cache
    def steady(value: float, seconds: int, every: int) -> Sequence[Kept]:
        times = _times(now, seconds, every)
        return block.keep(chunks(times, [value] * len(times)))

    return steady


def _expected(steady: Steady) -> Iterator[Series]:
    """What the service exports of one patient."""
    who = {metrics.PATIENT: ""}
    for device in DEVICES:
        for vital in (BY_KEY[attribute.vital] for attribute in device.row.attributes):
            if vital.interval and vital.stale_after:
                labels = {metrics.GATEWAY: "", "device": device.name, "vital": vital.key, **who}
                yield metrics.EXPECTED_INTERVAL.name, labels, steady(vital.interval, HOUR, SCRAPED)
    for vital in VITALS:
        for limit in vital.limits:
            labels = {"vital": vital.key, "severity": limit.severity.value, "side": limit.side.value, **who}
            yield metrics.LIMIT.name, labels, steady(limit.value, DAY, SCRAPED)
    for known, value, every in (
        (metrics.NEWS2_ELIGIBLE, 1, SCRAPED),  # what is decided is said at each scrape
        (metrics.NEWS2_SCALE, 1, SCRAPED),
        (metrics.NEWS2_OXYGEN, 0, SEEN),  # what was seen, at its own time
        (metrics.NEWS2_CONSCIOUSNESS, 0, SEEN),
    ):
        yield known.name, who, steady(value, DAY, every)


def _alarms(steady: Steady) -> Iterator[Series]:
    """Prometheus's own record of them; the time of the day makes no difference to who counts them."""
    for name in ALARMS:
        labels = {"alertname": name, "alertstate": "firing", metrics.GATEWAY: "", metrics.PATIENT: ""}
        yield recordings.ALERTS, labels, steady(1, 2 * HOUR, SCRAPED)


def _said(block: Block, now: float, read: frozenset[str]) -> Iterator[Series]:
    """What one gateway says of itself."""
    times = _times(now, DAY + HOUR, PUSHED)
    for series, course in machines.OF_A_GATEWAY.items():
        name, _, inner = series.rstrip("}").partition("{")
        labels = dict(pair.replace('"', "").split("=") for pair in inner.split(","))
        rise = float(course) if course.startswith("+") else 0.0
        values = [float(course) if not rise else rise * place for place in range(len(times))]
        if name in read:
            yield name, {**labels, metrics.GATEWAY: ""}, block.keep(chunks(times, values))
    heard = [at / 1000 - 12 for at in times]
    yield metrics.GATEWAY_HEARTBEAT.name, {metrics.GATEWAY: ""}, block.keep(chunks(times, heard))
