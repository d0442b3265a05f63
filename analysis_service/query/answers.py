"""Answers on their way out: looked at once more for a foreign patient, and given the names that may be known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog

from analysis_service.asking import about
from analysis_service.query import bounds
from analysis_service.query.refusals import INTERNAL, QueryRefused
from analysis_service.query.scope import DISPLAY_NAME, Scope
from chevet.metrics import PATIENT

log = structlog.get_logger()
SERIES = frozenset({"vector", "matrix"})


def shown(data: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """What `query` or `query_range` answered. Raises QueryRefused where it is too much."""
    if data["resultType"] in SERIES:
        bounds.require_series("query", len(data["result"]))
        named((one["metric"] for one in data["result"]), scope)
    return data


def named(many: Iterable[dict[str, str]], scope: Scope) -> None:
    """Give each of these sets of labels the name of its patient. Raises QueryRefused where one is foreign."""
    for labels in many:
        if not scope.holds(labels):
            log.error("a foreign patient in an answer: nothing of it was shown", labels=sorted(labels))
            raise QueryRefused("expected an answer about your patients alone", field="query", kind=INTERNAL)
        labels.pop(DISPLAY_NAME, None)
        patient = labels.get(PATIENT, "")
        if patient:
            about(patient)
        name = scope.patients.get(patient)
        if name:
            labels[DISPLAY_NAME] = name
