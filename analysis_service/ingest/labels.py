"""The labels of a series: those of its metric's row, of the token's own gateway, and not without end. Pure."""

from __future__ import annotations

from analysis_service.ingest.refusals import Circumstances, Refusal
from chevet import metrics
from chevet.errors import expected
from chevet.metrics import Metric
from chevet.readings import MAX_NAME, Quality
from chevet.remote_write import Series
from chevet.severities import Kind

QUALITIES = tuple(quality.value for quality in Quality)
PROCESSES = metrics.GATEWAY_PROCESSES


def labelled(one: Series, known: Circumstances) -> tuple[Metric, dict[str, str]]:
    """The row behind a series, and its labels without the name. Raises Refusal."""
    labels = dict(one.labels)
    if len(labels) != len(one.labels):
        raise Refusal("labels: expected each name once, got one twice", field="labels")
    metric, wanted = _row(labels.pop("__name__", ""))
    if metric.kind is Kind.TECHNICAL:  # of one process of one gateway among many here
        wanted = (*wanted, metrics.GATEWAY, metrics.PROCESS)
    if set(labels) != set(wanted):
        odd = min(set(labels) ^ set(wanted))[:MAX_NAME]
        raise Refusal(f"{odd}: expected exactly the labels {', '.join(sorted(wanted))}", field=odd)
    for label, value in labels.items():
        if not 0 < len(value) <= MAX_NAME or not value.isprintable():
            raise Refusal(expected(label, f"1 to {MAX_NAME} printable characters", value), field=label)
    if labels[metrics.GATEWAY] != known.gateway:
        got = labels[metrics.GATEWAY]
        raise Refusal(expected("gateway", f"{known.gateway}, the token's own", got), field="gateway")
    if metric.kind is Kind.CLINICAL and labels.get(metrics.QUALITY, Quality.GOOD.value) not in QUALITIES:
        raise Refusal(expected("quality", " or ".join(QUALITIES), labels[metrics.QUALITY]), field="quality")
    if labels.get(metrics.PROCESS, PROCESSES[0]) not in PROCESSES:
        raise Refusal(expected("process", " or ".join(PROCESSES), labels[metrics.PROCESS]), field="process")
    if known.pulled and metric.vital:
        raise Refusal(
            f"gateway: expected one that pushes, {known.gateway} is registered as pull: Prometheus scrapes its vitals",
            field="gateway",
        )
    return metric, labels


def _row(name: str) -> tuple[Metric, tuple[str, ...]]:
    """The metric and the labels that its sources give a series of that name. Raises Refusal."""
    found = metrics.of_series(name)
    if found is None or not found[0].from_gateway:
        raise Refusal(expected("__name__", "a metric that gateways send", name), field="__name__")
    return found


class Room:
    """How many label values a gateway may still bring: each new one is a new series that the store keeps for long.

    Devices are bounded over all metrics, other labels for each metric; both over all requests.
    """

    def __init__(self, known: Circumstances) -> None:
        self._most = known.max_devices
        self._values = {key: set(had) for key, had in known.values.items()}
        self._values[metrics.DEVICE, ""] = set(known.devices)

    @property
    def values(self) -> dict[tuple[str, str], frozenset[str]]:
        """What each label has had, for the requests that follow."""
        return {key: frozenset(had) for key, had in self._values.items()}

    def require(self, metric: Metric, labels: dict[str, str]) -> None:
        """Raises Refusal where a value is new and there is no room for it."""
        for label, had in self._bounded(metric, labels):
            if labels[label] not in had and len(had) >= self._most:
                got = expected(label, f"at most {self._most} values for a gateway", labels[label])
                raise Refusal(got.replace(", got ", ", got another, "), field=label)

    def take(self, metric: Metric, labels: dict[str, str]) -> None:
        """The values of `labels` are among those that it has."""
        for label, had in self._bounded(metric, labels):
            had.add(labels[label])

    def _bounded(self, metric: Metric, labels: dict[str, str]) -> list[tuple[str, set[str]]]:
        return [
            (label, self._values.setdefault((label, "" if label == metrics.DEVICE else metric.name), set()))
            for label in labels
            if label not in (metrics.GATEWAY, metrics.QUALITY)
        ]
