"""Whether the query proxy shows a nurse a patient who is not theirs, and what it costs.

Questions are made up by a grammar of tricks: matchers that contradict, `or` between them, names by pattern, labels that
are overwritten, joins, subqueries, times that are moved, quotes that close too early. Each that the proxy accepts is
asked a second time, as it was, of a Prometheus that never knew anybody but the nurse's own patients. An answer is
foreign where it names another patient, or is not that Prometheus's: also a sum or a count tells of somebody.

  python -m bench proxy                    100,000 questions, about twenty minutes on two cores
  python -m bench proxy --queries 1000     a look

The last line is JSON: queries, foreign, refused, unanswered (Prometheus refused to evaluate them), ratio (the time that
the proxy took by the time that Prometheus took for the same questions; each is asked of both, two at a time).
Ends with 1 where an answer is foreign, or where nearly all or nothing is refused; each foreign one is named.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import httpx2

from bench.adversary import FOREIGN, Adversary, Question
from bench.errors import BadOption, Unmeasured
from bench.progress import Tell, progress
from bench.proxied import Proxied, proxied

NAME = "proxy"
SUMMARY = "whether any of many generated questions shows a foreign patient, and what the proxy costs"
TELL_EVERY = 1000
STREAMS = 2
"""Questions at a time; each is asked of the proxy first, and then of Prometheus."""
REFUSED, EVALUATED, DONE = frozenset({400}), frozenset({422}), 200
ADDED = "display_name"
PICKING = re.compile(r"\b(top|bottom)k\b")
SHARE = (0.05, 0.95)
"""Of refusals: with fewer or more than this the grammar has no teeth, or the proxy is shut."""


@dataclass(slots=True)
class Tally:
    """What became of the questions."""

    counts: Counter[str] = field(default_factory=Counter)
    proxy_s: float = 0.0
    bare_s: float = 0.0
    _turn: Lock = field(default_factory=Lock)

    def count(self, *names: str, proxy_s: float = 0.0, bare_s: float = 0.0) -> None:
        """One more of each, and the seconds that it took."""
        with self._turn:
            self.counts.update(names)
            self.proxy_s += proxy_s
            self.bare_s += bare_s

    def result(self) -> dict[str, float]:
        """As it is printed."""
        counts = {name: self.counts[name] for name in ("queries", "foreign", "refused", "unanswered")}
        return {**counts, "ratio": round(self.proxy_s / self.bare_s, 3) if self.bare_s else 0.0}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of `proxy`."""
    parser.add_argument("--queries", type=int, default=100_000, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the grammar (default: %(default)s)")


def run(chosen: argparse.Namespace) -> int:
    """Ask, print the result, and say whether nobody else was seen."""
    if chosen.queries < 1:
        raise BadOption(f"--queries: expected at least 1, got {chosen.queries}", field="--queries")
    tell, tally = progress(), Tally()
    with tempfile.TemporaryDirectory(prefix="chevet-proxy-") as folder, proxied(Path(folder), tell) as stack:
        adversary = Adversary(random.Random(chosen.seed), stack.own)
        with ThreadPoolExecutor(STREAMS) as streams:
            for start in range(0, chosen.queries, TELL_EVERY):
                some = [adversary.question() for _ in range(min(TELL_EVERY, chosen.queries - start))]
                for _ in streams.map(lambda question: judge(stack, question, tally, tell), some):
                    pass  # what one of them raises is raised here
                tell(f"{start + len(some)} of {chosen.queries}: {json.dumps(tally.result())}")
    result = tally.result()
    print(json.dumps(result))
    share = result["refused"] / result["queries"]
    return 1 if result["foreign"] or not SHARE[0] <= share <= SHARE[1] else 0


def judge(stack: Proxied, question: Question, tally: Tally, tell: Tell) -> None:
    """Ask one question of both, and count what became of it."""
    answer, seconds = stack.answer(question)
    if answer.status_code in REFUSED:
        tally.count("queries", "refused")
        return
    if answer.status_code not in {DONE, *EVALUATED}:
        raise Unmeasured(f"{question}: expected an answer or a refusal, got {answer.status_code} {answer.text[:200]}")
    expected, bare = stack.expected(question)
    tally.count("queries", *(["unanswered"] if answer.status_code in EVALUATED else []), proxy_s=seconds, bare_s=bare)
    named = answer.text.count(FOREIGN) > expected.text.count(FOREIGN)  # a question may put the name in by itself
    if named or not same(answer, expected, question):
        tally.count("foreign")
        tell(f"foreign: {question}\n  got {answer.text[:400]}\n  not {expected.text[:400]}")


def same(answer: httpx2.Response, expected: httpx2.Response, question: Question) -> bool:
    """Whether both say the same, but for the names that the proxy adds and the words of what cannot be evaluated."""
    if answer.status_code != DONE or expected.status_code != DONE:
        return answer.status_code == expected.status_code
    return bool(_plain(answer.json()["data"], question) == _plain(expected.json()["data"], question))


def _plain(data: Any, question: Question) -> Any:
    if isinstance(data, dict):
        if data["resultType"] not in ("vector", "matrix"):
            return data
        return sorted(map(str, ((_labels(one["metric"], question), _values(one)) for one in data["result"])))
    if question.path == "series":
        return sorted(str(_labels(one, question)) for one in data)
    return sorted(one for one in data if one != ADDED)


def _values(one: dict[str, Any]) -> list[tuple[float, str]]:
    """Times and values. Prometheus sums in no order, so that the last digit of an average may be another."""
    points = one["values"] if "values" in one else [one["value"]]
    return [(at, f"{float(value):.12g}") for at, value in points]


def _labels(labels: dict[str, str], question: Question) -> list[tuple[str, str]]:
    """absent() repeats the labels of a selector but those that it has twice, and the proxy adds a second patient.

    Of series with one value topk and bottomk pick any: there the values alone have to be the same.
    """
    if PICKING.search(question.text):
        return []
    dropped = {ADDED, "patient"} if "absent" in question.text else {ADDED}
    return sorted((name, value) for name, value in labels.items() if name not in dropped)
