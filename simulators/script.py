"""Which episodes happen when: the options that say so, and the list that a running home follows."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from chevet.errors import expected
from simulators.durations import seconds
from simulators.episodes import BY_NAME, Episode
from simulators.errors import BadOption
from simulators.noise import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time that an episode happens: from `start` to `end` (infinite until somebody ends it), then recovery.

    Seconds since 1970. `device` is where a fault strikes.
    """

    episode: Episode
    start: float
    end: float
    device: str = ""

    @property
    def over(self) -> float:
        """When the last of it is gone."""
        return self.end + self.episode.recovers

    def strength(self, at: Values) -> Values:
        """0 well, 1 at the targets; rises over the onset and falls over the recovery."""
        rising = (at - self.start) / self.episode.onset if self.episode.onset else np.ones_like(at)
        falling = (self.over - at) / self.episode.recovers if self.episode.recovers else np.ones_like(at)
        within = (at >= self.start) & (at < self.over)
        return np.where(within, np.clip(np.minimum(rising, falling), 0, 1), 0.0)


def occurrence(name: str, start: float, *, device: str = "", lasts: float | None = None) -> Occurrence:
    """Episode `name` from `start`, for as long as its row says unless `lasts` says otherwise. Raises BadOption."""
    episode = BY_NAME.get(name)
    if episode is None:
        raise BadOption(expected("episode", f"one of {', '.join(BY_NAME)}", name), field="episode")
    length = episode.onset + episode.lasts if lasts is None else lasts
    return Occurrence(episode=episode, start=start, end=start + length, device=device or episode.device)


@dataclass(slots=True)
class Script:
    """The occurrences of one home, in the order in which they were started."""

    occurrences: tuple[Occurrence, ...] = ()

    def start(self, one: Occurrence) -> None:
        """Let it happen."""
        self.occurrences = (*self.occurrences, one)

    def end(self, name: str, at: float) -> list[Occurrence]:
        """End those of `name` that are going on at `at`; they recover from then on. Answers what was ended."""
        going_on = [one for one in self.occurrences if one.episode.name == name and one.start <= at < one.end]
        ended = [replace(one, end=at) for one in going_on]
        self.occurrences = tuple(one for one in self.occurrences if one not in going_on) + tuple(ended)
        return ended


def script(text: str, begins: float, *, repeat: float = 0, until: float = math.inf) -> Script:
    """The script in an option: a JSON file, or `name@offset,…`. Offsets count from `begins`.

    With `repeat` all comes again every so many seconds, up to `until` and to a thousand times. Raises BadOption.
    """
    rows = _rows_of_file(Path(text)) if Path(text).is_file() else _rows_of_text(text)
    if repeat and repeat <= max((row["at"] for row in rows), default=0):
        raise BadOption(expected("--repeat", "longer than the last offset of --episodes", repeat), field="--repeat")
    occurrences = []
    for turn in range(1000 if repeat else 1):
        shift = begins + turn * repeat
        if shift >= until:
            break
        occurrences += [
            occurrence(row["episode"], shift + row["at"], device=row.get("device", ""), lasts=row.get("lasts"))
            for row in rows
        ]
    return Script(tuple(occurrences))


def _rows_of_text(text: str) -> list[dict[str, Any]]:
    return [_row_of_text(part.strip()) for part in text.split(",") if part.strip()]


def _row_of_text(part: str) -> dict[str, Any]:
    name, at, offset = part.partition("@")
    if not at or name not in BY_NAME:
        wanted = f"a file, or name@offset with a name of {', '.join(BY_NAME)}"
        raise BadOption(expected("--episodes", wanted, part), field="--episodes")
    return {"episode": name, "at": seconds("--episodes", offset)}


def _rows_of_file(path: Path) -> list[dict[str, Any]]:
    try:
        rows = json.loads(path.read_text())
    except (ValueError, OSError) as error:
        raise BadOption(f"--episodes: expected JSON in {path}, got {error}", field="--episodes") from None
    if not isinstance(rows, Iterable) or not all(isinstance(row, Mapping) for row in rows):
        raise BadOption(expected("--episodes", "a list of objects", rows), field="--episodes")
    return [_row_of_object(dict(row)) for row in rows]


def _row_of_object(row: dict[str, Any]) -> dict[str, Any]:
    times = {key: seconds(f"--episodes {key}", str(row[key])) for key in ("at", "lasts") if key in row}
    if "at" not in times or row.get("episode") not in BY_NAME:
        raise BadOption(expected("--episodes", 'objects like {"episode": "fever", "at": 60}', row), field="--episodes")
    return row | times
