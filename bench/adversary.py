"""Questions of somebody who wants to see a patient that is not theirs, made up by a grammar from a source of chance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

OPEN = ("chevet_vital_heart_rate_per_minute", "chevet_vital_oxygen_saturation_percent", "chevet_limit", "ALERTS")
SHUT = ("up", "chevet_journal_rows", "process_cpu_seconds_total")
FOREIGN = "pforeign"
"""How each foreign pseudonym begins, and each gateway that stands with one."""
_AGGREGATIONS = ("sum", "max", "min", "count", "avg", "group", "stddev", "topk(1, ", "quantile(0.5, ", "bottomk(2, ")
_OVER = ("max_over_time", "count_over_time", "last_over_time", "avg_over_time", "present_over_time", "rate", "delta")
_OF_ONE = ("abs", "absent", "timestamp", "sort", "vector(scalar", "clamp_max(5, ", "-", "(")
_JOINS = ("+", "-", "*", "/", ">", "<= bool", "==", "and", "or", "unless")
_MANGLINGS = ('"', "{", "}", "(", ")", "\\", "\n", "#", "'", "`", " or ", ",", "=~", "[5m]", "{}", 'or patient="', "é")


@dataclass(frozen=True, slots=True)
class Question:
    """A path of the API, and the expression or selector that it is asked for."""

    path: str
    text: str


class Adversary:
    """Makes questions up. `own` are the pseudonyms that may be seen."""

    def __init__(self, chance: random.Random, own: Sequence[str]) -> None:
        self._chance = chance
        self._matchers = (
            *(f'patient{sign}"{FOREIGN}{number}"' for sign in ("=", "=~", "!=", "!~") for number in (1, 2)),
            *(f'patient{sign}"{own[0]}"' for sign in ("=", "=~", "!=")),
            f'patient=~"{own[0]}|{FOREIGN}1"',
            *('patient=""', 'patient!=""', 'patient=~".*"', 'patient=~".+"', 'patient=~""', "patient=~`.*`"),
            *(
                f'gateway=~"{FOREIGN}.*"',
                'gateway=~".+"',
                'gateway!="x"',
                "device='d1'",
                'device="}"',
                'kind="clinical"',
            ),
            *(f'patient="x" or patient="{FOREIGN}1"', 'gateway="\\"} or up{a=\\""', 'gateway=`"} or up{a="`'),
            *('__name__=~".+"', '__name__!=""', 'display_name="Foreign"', '"patient"=~".+"', 'patient=~"\\x70.+"'),
        )

    def question(self) -> Question:
        """One question; one in ten has been mangled."""
        pick = self._chance.random()
        path = next(path for path, until in _PATHS if pick < until)
        text = self.expression(3) if path.startswith("query") else self._selector()
        if self._chance.random() < 0.1:
            at = self._chance.randrange(len(text) + 1)
            text = text[:at] + self._chance.choice(_MANGLINGS) + text[at:]
        return Question(path, text)

    def expression(self, depth: int) -> str:
        """An expression of at most so many levels."""
        if depth == 0 or self._chance.random() < 0.15:
            return self._selector() + self._moved()
        return str(self._chance.choice(_FORMS)(self, depth - 1))

    def _selector(self) -> str:
        name = self._chance.choice(OPEN * 6 + SHUT)
        own = [self._chance.choice(self._matchers) for _ in range(self._chance.choice((0, 0, 1, 1, 2)))]
        style = self._chance.random()
        if style < 0.02:
            return f"{{{','.join(own) or self._matchers[0]}}}"
        if style < 0.1:
            literal = f'__name__="{name}"'
            return f"{{{','.join([literal, *own])}}}"
        return f"{name}{{{','.join(own)}}}" if own else name

    def _moved(self) -> str:
        return self._chance.choice(("", "", "", " offset 1m", " offset -1m", " @ end()", " @ start() offset 30s"))

    def _aggregated(self, depth: int) -> str:
        function, inner = self._chance.choice(_AGGREGATIONS), self.expression(depth)
        call = f"{function}{inner})" if "(" in function else f"{function}({inner})"
        return call + self._chance.choice(
            ("", " by (patient)", " without (patient)", " by (gateway, patient)", " by ()")
        )

    def _over_time(self, depth: int) -> str:
        function = self._chance.choice(_OVER)
        if self._chance.random() < 0.5:
            return f"{function}({self._selector()}[5m]{self._moved()})"
        return f"{function}(({self.expression(depth)})[5m:30s]{self._moved()})"

    def _wrapped(self, depth: int) -> str:
        function, inner = self._chance.choice(_OF_ONE), self.expression(depth)
        if function == "clamp_max(5, ":
            return f"clamp_max({inner}, 5)"
        if function == "-":
            return f"-({inner})"
        return f"{function}({inner}){')' * function.count('(')}"

    def _joined(self, depth: int) -> str:
        on = self._chance.choice(
            ("", "on (patient)", "ignoring (patient)", "on ()", "on (device)", "on (gateway, patient)")
        )
        group = self._chance.choice(("", "", "", "group_left ()", "group_left (patient)", "group_right (gateway)"))
        left, right = self.expression(depth), self.expression(depth)
        return f"({left}) {self._chance.choice(_JOINS)} {on} {group if on else ''} ({right})"

    def _relabelled(self, depth: int) -> str:
        inner = self.expression(depth)
        label = self._chance.choice(("x", "x", "gateway", "patient", "__name__", "display_name"))
        forms = (
            f'label_replace({inner}, "{label}", "{FOREIGN}1", "", "")',
            f'label_replace({inner}, "{label}", "$1", "patient", "(.*)")',
            f'label_join({inner}, "{label}", "-", "patient", "gateway")',
            f'count_values("{label}", {inner})',
            f"info({inner})",
            f'info({inner}, {{patient=~"{FOREIGN}.+"}})',
        )
        return self._chance.choice(forms[:4] * 4 + forms)


_FORMS = (Adversary._aggregated, Adversary._over_time, Adversary._wrapped, Adversary._joined, Adversary._relabelled)
_PATHS = (("query", 0.8), ("query_range", 0.9), ("series", 0.96), ("labels", 0.98), ("label/patient/values", 1.0))
