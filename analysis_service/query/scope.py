"""What one caller may ask: names of metrics, and with which matchers each is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from chevet import metrics, promql, recordings, server_metrics
from chevet.severities import Kind

DISPLAY_NAME = "display_name"
"""The label that the proxy adds to answers; no series in the store has it."""
NOBODY = "-"
"""No pseudonym. An empty pattern would match every series that has no patient at all."""
_PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

Matcher = tuple[str, str, str]
"""A label, = or =~, and a value."""


def _series_of(metric: metrics.Metric) -> tuple[str, ...]:
    if metric.type != "histogram":
        return (metric.name,)
    return tuple(metric.name + ending for ending in metrics.HISTOGRAM_ENDINGS)


def _is_of_patients(metric: metrics.Metric) -> bool:
    """Also what the service says of a patient, such as a limit."""
    return metric.kind is Kind.CLINICAL or metrics.PATIENT in metric.labels


BOTH = frozenset({recordings.ALERTS, metrics.ALERT_OPEN.name})
"""Clinical and technical by their label `kind`."""
CLINICAL: frozenset[str] = frozenset(
    name for metric in metrics.METRICS if _is_of_patients(metric) for name in _series_of(metric)
) | recordings.NAMES - {recordings.WINDOW_AGE}
TECHNICAL: frozenset[str] = (
    frozenset(name for metric in metrics.METRICS if not _is_of_patients(metric) for name in _series_of(metric))
    | server_metrics.NAMES
    | {recordings.WINDOW_AGE}
    | BOTH
)
OF_NOBODY: tuple[Matcher, ...] = ((metrics.PATIENT, "=", ""),)
TECHNICAL_OF_NOBODY: tuple[Matcher, ...] = (*OF_NOBODY, ("kind", "=", Kind.TECHNICAL.value))


@dataclass(frozen=True, kw_only=True)
class Scope:
    """`patients` are those of the caller, by pseudonym, with the name to show: empty for who may not know it.

    `clinical` and `technical` say which names are open. For one that is both, somebody with both is a care team.
    """

    clinical: bool
    technical: bool
    patients: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for patient in self.patients:
            if not _PSEUDONYM.fullmatch(patient):
                raise ValueError(f"patient: expected a pseudonym of letters, digits, _ and -, got {patient!r}")

    @cached_property
    def _of_own(self) -> tuple[Matcher, ...]:
        return ((metrics.PATIENT, "=~", "|".join(sorted(self.patients)) or NOBODY),)

    def matchers(self, name: str) -> tuple[Matcher, ...] | None:
        """What every selector of `name` has to carry; None where it may not be asked for."""
        if self.clinical and name in CLINICAL:
            return self._of_own
        if self.technical and name in TECHNICAL:
            return TECHNICAL_OF_NOBODY if name in BOTH else OF_NOBODY
        return None

    def everything(self) -> tuple[str, ...]:
        """Selectors of all that may be asked for."""
        rows: dict[tuple[Matcher, ...], list[str]] = {}
        for name in sorted(CLINICAL | TECHNICAL):
            matchers = self.matchers(name)
            if matchers is not None:
                rows.setdefault(matchers, []).append(name)
        return tuple(promql.all_of((("__name__", "=~", "|".join(names)), *own)) for own, names in rows.items())

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether a series may be shown: it is nobody's, or that of a patient of the caller's."""
        patient = labels.get(metrics.PATIENT, "")
        return not patient or patient in self.patients
