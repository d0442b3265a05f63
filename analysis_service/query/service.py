"""Questions to Prometheus: under the caller's scope, within bounds, and answered with nothing of anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from analysis_service.access.service import Caller, Relations
from analysis_service.asking import about, about_those_under_glass
from analysis_service.clock import Clock
from analysis_service.query import answers, bounds, expressions
from analysis_service.query.parameters import Parameters
from analysis_service.query.refusals import QueryRefused as QueryRefused
from analysis_service.query.scope import CLINICAL, TECHNICAL, Scope
from analysis_service.query.upstream import Upstream as Upstream
from analysis_service.records.service import Records
from chevet.metrics import METRICS
from chevet.roles import Right, may

MATCH = "match[]"
LOOKED_BACK = 3600.0
"""Seconds of labels for who does not say since when."""
BRIEF = 1000
"""Characters; a longer expression is read in a thread, so that others do not wait for it."""


class Query:
    """The proxy. Nothing is held from one question to the next: what is revoked is revoked."""

    def __init__(self, upstream: Upstream, records: Records, relations: Relations, clock: Clock) -> None:
        self._upstream = upstream
        self._records = records
        self._relations = relations
        self._clock = clock

    @property
    def _now(self) -> float:
        return self._clock() / 1000

    async def scope(self, who: Caller) -> Scope:
        """What `who` may ask, as the records are now."""
        clinical = may(who.roles, Right.QUERY_CLINICAL)
        patients = await self._records.named(await self._relations.patients(who, Right.QUERY_CLINICAL))
        about_those_under_glass()
        named = may(who.roles, Right.READ_DOSSIERS)
        return Scope(
            clinical=clinical,
            technical=may(who.roles, Right.QUERY_TECHNICAL),
            patients={one.patient: one.name if named else "" for one in patients},
        )

    async def instant(self, who: Caller, given: Parameters) -> Any:
        """At one moment, now where none is given."""
        timeout, at = given.timeout(), given.time("time", self._now)
        return await self._evaluated(who, given, "query", {"time": f"{at:.3f}"}, timeout)

    async def stretch(self, who: Caller, given: Parameters) -> Any:
        """At each step of a stretch of time."""
        timeout, start, end, step = given.timeout(), given.time("start"), given.time("end"), given.seconds("step")
        bounds.require_steps(start, end, step)
        form = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": repr(step)}
        return await self._evaluated(who, given, "query_range", form, timeout)

    async def _evaluated(
        self, who: Caller, given: Parameters, path: str, form: Mapping[str, str], timeout: float
    ) -> Any:
        scope, text = await self.scope(who), given.one("query")
        if len(text) > BRIEF:
            expression = await asyncio.to_thread(expressions.rendered, "query", text, scope)
        else:
            expression = expressions.rendered("query", text, scope)
        about(*expressions.singled_out(text, scope))
        asked = {"query": expression, "timeout": f"{timeout:.3f}", **form}
        return answers.shown(await self._upstream.ask(path, asked, "query", timeout), scope)

    async def series(self, who: Caller, given: Parameters) -> list[dict[str, str]]:
        """The sets of labels that there were, of selectors that have to be given."""
        if not given.all(MATCH):
            raise QueryRefused("expected a selector, got none", field=MATCH)
        return await self._series(who, given)

    async def labels(self, who: Caller, given: Parameters) -> list[str]:
        """The names of their labels."""
        return sorted({label for labels in await self._series(who, given) for label in labels})

    async def values(self, who: Caller, given: Parameters, label: str) -> list[str]:
        """The values of one of their labels."""
        return sorted({labels[label] for labels in await self._series(who, given) if label in labels})

    async def _series(self, who: Caller, given: Parameters) -> list[dict[str, str]]:
        timeout, end = given.timeout(), given.time("end", self._now)
        start = given.time("start", max(0.0, end - LOOKED_BACK))
        bounds.require_stretch(start, end)
        scope = await self.scope(who)
        form = {MATCH: self._selectors(given, scope), "start": f"{start:.3f}", "end": f"{end:.3f}"}
        many: list[dict[str, str]] = await self._upstream.ask("series", form, MATCH, timeout)
        bounds.require_series(MATCH, len(many))
        answers.named(many, scope)
        return many

    def _selectors(self, given: Parameters, scope: Scope) -> Sequence[str]:
        asked = given.all(MATCH)
        if not asked:
            return scope.everything()
        return [expressions.rendered_selector(MATCH, text, scope) for text in asked]

    async def metadata(self, who: Caller, given: Parameters) -> dict[str, list[dict[str, str]]]:
        """What the metrics are that are open to `who`; from our own rows, for a store knows of none that is pushed."""
        clinical, technical = may(who.roles, Right.QUERY_CLINICAL), may(who.roles, Right.QUERY_TECHNICAL)
        opened = (CLINICAL if clinical else frozenset()) | (TECHNICAL if technical else frozenset())
        wanted = given.one("metric", "")
        return {
            metric.name: [{"type": metric.type, "help": metric.help, "unit": ""}]
            for metric in METRICS
            if {metric.name, f"{metric.name}_count"} & opened and wanted in ("", metric.name)
        }
