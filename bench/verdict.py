"""The ledger's result and what is wrong with it, from what was produced, stored and heard. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench import calls
from bench.calls import Calls
from bench.comparison import StoredWindow, WindowKey, compared, expected_windows
from bench.produced import Produced

APART_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known at the end.

    `left_out` are windows that only silence closes; `total` is the sum that the store itself gives; `dead` counts
    messages that were set aside, by queue; `caught` are the SMS that a kill found between hand-over and record,
    `left` says that something was still on its way.
    """

    produced: Sequence[Produced]
    left_out: set[WindowKey]
    windows: Mapping[WindowKey, StoredWindow]
    total: int
    texts: Sequence[str]
    kills: Counter[str]
    caught: int
    dead: Mapping[str, int]
    left: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The JSON of the last line, and what is wrong, in sentences: none where all is well."""

    result: Mapping[str, Any]
    complaints: Sequence[str]


def outcome(of: Evidence, gateway: str, seed: int) -> Outcome:
    """Both sides compared."""
    windows = expected_windows(one for one in of.produced if one.sent)
    expected = {key: content for key, content in windows.items() if key not in of.left_out}
    off = [one for one in of.produced if not one.sent]
    found = compared(expected, of.windows)
    called = calls.compared(gateway, calls.alarms(of.produced), of.texts)
    result = {
        "produced": sum(one.counts.total() for one in expected.values()) + len(off),
        "stored": of.total,
        "lost": found.lost,
        "duplicated": found.duplicated,
        "wrong_windows": found.wrong_windows,
        "on_air": on_air(off),
        "kills": of.kills.total(),
        "kills_by_step": dict(sorted(of.kills.items())),
        "sms_expected": called.expected,
        "sms_sent": called.sent,
        "sms_repeated": called.repeated,
        "seed": seed,
    }
    wrong = []
    if found.lost or found.duplicated or found.wrong_windows:
        counts = f"{found.lost} lost, {found.duplicated} duplicated, {found.wrong_windows} windows wrong"
        wrong.append(f"{counts}; the first: {found.first}")
    return Outcome(result=result, complaints=[*wrong, *_of_the_store(of), *_of_the_calls(called, of.caught)])


def stragglers(windows: Mapping[WindowKey, StoredWindow]) -> int:
    """Readings that are stored beside their window."""
    return sum(one.stragglers.counts.total() for one in windows.values())


def on_air(off: Sequence[Produced]) -> list[dict[str, Any]]:
    """What was dropped, in stretches of time that are more than `APART_SECONDS` apart."""
    stretches: list[list[float]] = []
    for at in sorted(one.logged for one in off):
        if not stretches or at - stretches[-1][-1] > APART_SECONDS:
            stretches.append([])
        stretches[-1].append(at)
    return [{"from": _iso(one[0]), "until": _iso(one[-1]), "readings": len(one)} for one in stretches]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _of_the_store(of: Evidence) -> list[str]:
    sentences = [of.left] if of.left else []
    sentences += [f"{count} messages were set aside in {queue}, expected none" for queue, count in of.dead.items()]
    one_by_one = stragglers(of.windows) + sum(one.counts.total() for one in of.windows.values())
    if one_by_one != of.total:
        sentences.append(f"the store adds up {of.total} readings, its samples read one by one are {one_by_one}")
    return sentences


def _of_the_calls(called: Calls, caught: int) -> list[str]:
    sentences = []
    if called.missing:
        first = called.missing[0]
        sentences.append(f"{len(called.missing)} SMS missing; the first: {first.device}, low at {first.lows[0]}")
    if called.odd:
        sentences.append(f"{len(called.odd)} SMS that no alarm in the log explains: {', '.join(called.odd)}")
    if called.repeated > caught:
        sentences.append(
            f"{called.repeated} SMS repeated, expected at most {caught}: those that a kill of urgent caught"
        )
    return sentences
