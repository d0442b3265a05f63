"""The rounds of the measurement, what they came to, and whether it is enough."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict

from bench import readback
from bench.bodies import GATEWAYS, MINUTE, Sweep, labels
from bench.guarded import Guarded, Target
from bench.progress import Tell
from bench.wrk import Load

SIZES = (50, 500)
LEAST_RATIO = 0.5
LEAST_HEADROOM = 3.0
AGO_MINUTES = 7 * 24 * 60
"""Where the time of the samples begins: late enough for the guard, early enough that none is of tomorrow."""
WARM_TURNS = 3
SETTLED_WITHIN, ASK_AGAIN = 30.0, 5.0
"""Seconds. A Prometheus that is just cutting a block may leave a sample out of an answer that it has in the next."""


class Measurement:
    """Sweep after sweep, each later than all before it, so that Prometheus appends and never sorts in."""

    def __init__(self, stack: Guarded, tell: Tell) -> None:
        self._stack = stack
        self._tell = tell
        self._begin = self._next = (int(time.time()) // 60 - AGO_MINUTES) * MINUTE
        self._sweeps: list[Sweep] = []
        self._rates: defaultdict[str, list[float]] = defaultdict(list)
        self._errors = 0

    def measure(self, rounds: int, seconds: float) -> None:
        """Warm up, measure in turns, read back."""
        targets = (self._stack.guard, self._stack.direct)
        for size in SIZES:
            # Every gateway's series are made, and the rate tells how many requests a round is.
            rates = {target: self._send(target, size, WARM_TURNS * GATEWAYS).rate for target in targets}
            counts = {target: max(GATEWAYS, round(rate * seconds)) for target, rate in rates.items()}
            for number in range(rounds):
                for target in targets if number % 2 else reversed(targets):
                    self._note(target, size, self._send(target, size, counts[target]))
            self._note(self._stack.null, size, self._send(self._stack.null, size, max(counts.values())))
        self._read_back()

    def _send(self, target: Target, size: int, count: int) -> Load:
        sweep = Sweep(prefix=target.prefix, start=self._next, size=size, count=count)
        self._stack.rest()
        before = self._stack.writes()
        load = self._stack.send(target, sweep)
        together = f", {count / (self._stack.writes() - before):.1f} in a write" if target == self._stack.guard else ""
        self._tell(f"{target.name:>6} {size:>3}: {count} requests, {load.rate:.0f} a second{together}")
        if target.name != self._stack.null.name:
            self._next = sweep.end
            self._sweeps.append(sweep)
        if load.refused:
            self._tell(f"{target.name}: {load.refused} requests were answered such as {load.said}")
        self._errors += load.refused
        return load

    def _note(self, target: Target, size: int, load: Load) -> None:
        self._rates[f"{target.name}_{size}"].append(load.rate)

    def _read_back(self) -> None:
        wanted = readback.expected(self._sweeps, frozenset({self._stack.guard.prefix}))
        names = sorted({dict(one)["__name__"] for one in labels("any")})
        until = time.monotonic() + SETTLED_WITHIN
        while True:
            there = readback.stored(self._stack.direct.url, names, self._begin, self._next)
            wrong = readback.difference(wanted, there)
            if not wrong or time.monotonic() > until:
                break
            self._tell(f"{len(wrong)} series are not as sent; asking again: {wrong[0]}")
            time.sleep(ASK_AGAIN)
        samples = sum(content.count for content in there.values())
        self._tell(f"{samples} samples of {len(there)} series read back, {len(wrong)} series not as sent")
        for sentence in wrong[:3]:
            self._tell(sentence)
        self._errors += len(wrong)

    def result(self) -> dict[str, float]:
        """The medians as the last line shows them."""
        rates = {name: round(statistics.median(found), 1) for name, found in sorted(self._rates.items())}
        ratios = {f"ratio_{size}": round(rates[f"guard_{size}"] / rates[f"direct_{size}"], 3) for size in SIZES}
        return {**rates, **ratios, "errors": self._errors}

    def shortfalls(self) -> list[str]:
        """A sentence for each bound that is not kept."""
        result = self.result()
        found = [] if not self._errors else [f"errors: expected none, got {self._errors}"]
        if result["ratio_500"] < LEAST_RATIO:
            found.append(f"ratio_500: expected at least {LEAST_RATIO}, got {result['ratio_500']}")
        for size in SIZES:
            fastest = max(result[f"guard_{size}"], result[f"direct_{size}"])
            if result[f"null_{size}"] < LEAST_HEADROOM * fastest:
                found.append(
                    f"null_{size}: expected at least {LEAST_HEADROOM:g} times {fastest}, got {result[f'null_{size}']}"
                )
        return found
