"""A home that is alive: episodes begin and end in it, and it tells who asked to be told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulators.devices import DEVICES
from simulators.errors import BadOption
from simulators.homes import Home, going_on
from simulators.pace import Pace
from simulators.patients import patient
from simulators.payloads import reports
from simulators.script import Occurrence, script

NOON = 1_777_852_800.0 + 12 * 3600


@dataclass
class Paper:
    """A radio and a record that keep what they were given."""

    on_air: bool = True
    published: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, name: str, payload: dict[str, Any]) -> bool:
        self.published.append((name, payload))
        return self.on_air

    def write(self, line: dict[str, Any]) -> None:
        self.lines.append(line)


def home(paper: Paper, episodes: str = "") -> Home:
    return Home(
        patient=patient(7),
        devices=DEVICES,
        pace=Pace(begins=NOON),
        radio=paper,
        record=paper,
        script=script(episodes, NOON),
    )


@pytest.mark.parametrize("steps", [(600,), (1, 2, 300, 301.5, 600), (*range(7, 601, 7), 600)])
def test_what_is_published_does_not_depend_on_how_time_is_cut(steps: tuple[float, ...]) -> None:
    paper = Paper()
    living = home(paper, "deep-desaturation@30")
    for step in steps:
        living.advance(NOON + step)
    whole = reports(DEVICES, patient(7), NOON, NOON + 600, living.script.occurrences)
    assert paper.published == [(report.device.name, report.payload) for report in whole]
    assert [line["state"] for line in paper.lines] == ["started", "ended"]


def test_a_link_that_goes_down_is_told_to_who_cuts_it_and_put_back_after() -> None:
    told: list[tuple[str, bool]] = []
    living = home(Paper(), "link-down@1m")
    living.link_changed = lambda one, cut: told.append((one.episode.name, cut))
    for minute in range(13):
        living.advance(NOON + 60 * minute)
    assert told == [("link-down", True), ("link-down", False)]


def test_what_was_dropped_is_counted_apart() -> None:
    paper = Paper(on_air=False)
    living = home(paper)
    living.advance(NOON + 60)
    assert (living.sent, living.dropped) == (0, len(paper.published))


def test_an_episode_that_is_ended_early_says_when_it_really_ended() -> None:
    paper = Paper()
    living = home(paper)
    living.start("probe-off", lasts=math.inf)
    living.advance(NOON + 60)
    assert going_on(living) == ["probe-off"]
    living.end("probe-off")
    assert going_on(living) == []
    living.advance(NOON + 120)
    assert {line["end"] for line in paper.lines if line["state"] == "started"} == {None}
    ended = [line for line in paper.lines if line["state"] == "ended"]
    assert {line["end"] for line in ended} == {round((NOON + 60) * 1000)}
    assert [line["alerts"] for line in ended] == [[], []]


def test_an_episode_at_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadOption) as refused:
        home(Paper()).start("probe-off", device="toaster")
    assert str(refused.value).startswith("device: expected one of oximeter, chest-strap")


def test_the_link_callback_knows_the_whole_occurrence() -> None:
    told: list[Occurrence] = []
    living = home(Paper())
    living.link_changed = lambda one, _cut: told.append(one)
    living.start("link-down", lasts=30)
    assert (told[0].start, told[0].end) == (NOON, NOON + 30)
