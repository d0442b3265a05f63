"""What the database knows, as series: what ought to arrive, limits, inputs of the score, heartbeats and alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import State

from analysis_service.alerts.counted import BOUNDS, OpenAlert, Waits
from analysis_service.exposition import Sample, family
from analysis_service.observations.kinds import KINDS
from analysis_service.observations.service import Newest
from analysis_service.records.service import Expectation
from chevet import metrics
from chevet.prescriptions import DEFAULTS, Step
from chevet.severities import Severity
from chevet.vitals import BY_KEY


class Held:
    """A text that was made of something, kept as long as that is the same."""

    def __init__(self) -> None:
        self._of: object = None
        self._text = ""

    def text(self, of: object, make: Callable[[], str]) -> str:
        """The text of `of`; made anew only where it is another."""
        if self._of is None or self._of != of:
            self._text = make()
            self._of = of
        return self._text


class Figures:
    """Everything, at each scrape. What is long and seldom changes is not written again while it is the same."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._expectations, self._limits = Held(), Held()

    async def text(self) -> bytes:
        """The text of all of them. Raises what SQLAlchemy raises where the database is away."""
        state = self._state
        expected = await state.expectations.expected()
        prescribed = await state.limits.in_force()
        patients = sorted({one.patient for one in await state.records.standing()} | prescribed.keys())
        parts = (
            self._expectations.text(expected, lambda: expectations(expected)),
            heartbeats(await state.fleet.heartbeats()),
            self._limits.text((patients, prescribed), lambda: limits(patients, prescribed)),
            inputs(await state.observations.newest()),
            open_alerts(await state.alert_counts.open()),
            watchdog(await state.alertmanager.watchdog_came()),
            family(metrics.BREAK_GLASS_UNREVIEWED, [((), float(await state.glass.count_unreviewed()), None)]),
        )
        return "".join(parts).encode() + waits(await state.alert_counts.waits())


def expectations(expected: Sequence[Expectation]) -> str:
    """Freshness rules start from these, so that silence has something to fire on."""
    rows = [(one, BY_KEY[one.vital]) for one in expected]
    interval = family(metrics.EXPECTED_INTERVAL, ((one, float(vital.interval or 0), None) for one, vital in rows))
    stale = family(metrics.EXPECTED_STALE, ((one, float(vital.stale_after or 0), None) for one, vital in rows))
    return interval + stale


def heartbeats(received: Mapping[str, int]) -> str:
    """That a gateway is down is one alert, and starts from here."""
    return family(metrics.GATEWAY_HEARTBEAT, (((gateway,), at / 1000, None) for gateway, at in received.items()))


def limits(patients: Iterable[str], prescribed: Mapping[str, Mapping[Step, float]]) -> str:
    """For each patient what is prescribed at this hour, and the catalogue's wherever nothing is."""
    none: Mapping[Step, float] = {}
    return family(
        metrics.LIMIT,
        (
            ((patient, step[0], step[2].value, step[1].value), own.get(step, default), None)
            for patient in patients
            for own in (prescribed.get(patient, none),)
            for step, default in DEFAULTS.items()
        ),
    )


def inputs(newest: Iterable[Newest]) -> str:
    """What people saw at its own time, what they decided at the time of the scrape: it holds until it is changed."""
    known: dict[str, list[Sample]] = {kind.key: [] for kind in KINDS}
    for one in newest:
        known[one.kind].append(((one.patient,), float(one.code), one.at))
    return "".join(family(kind.metric, known[kind.key]) for kind in KINDS)


def open_alerts(counted: Mapping[OpenAlert, int]) -> str:
    """How many are open, by whose and what."""
    return family(metrics.ALERT_OPEN, ((labels, float(count), None) for labels, count in sorted(counted.items())))


def watchdog(came: int | None) -> str:
    """None before the first."""
    return family(metrics.WATCHDOG, [] if came is None else [((), came / 1000, None)])


def waits(by_severity: Mapping[Severity, Waits]) -> bytes:
    """The histogram of how long alerts waited to be taken."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Waits(by_severity))
    return generate_latest(registry)


class _Waits(Collector):
    def __init__(self, by_severity: Mapping[Severity, Waits]) -> None:
        self._by_severity = by_severity

    def collect(self) -> Iterable[Metric]:
        """One histogram."""
        row = metrics.ALERT_TAKEN
        found = HistogramMetricFamily(row.name, row.help, labels=row.labels)
        for severity, waited in self._by_severity.items():
            buckets, total = [], 0
            for bound, count in zip((*map(str, map(float, BOUNDS)), "+Inf"), waited.counts, strict=True):
                total += count
                buckets.append((bound, total))
            found.add_metric([severity.value], buckets, waited.total)
        yield found
