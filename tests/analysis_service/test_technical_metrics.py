"""A gateway's own metrics pass under its name and its process's, bounded; none of the service's do. No server."""

from __future__ import annotations

import pytest

from analysis_service.ingest.guard import judge
from analysis_service.ingest.refusals import Circumstances
from chevet.metrics import GATEWAY_PROCESSES, OF_GATEWAY, Metric, of_series
from chevet.remote_write import Series, series

NOW = 1_900_000_000_000
UNASSIGNED = Circumstances(gateway="g01", now=NOW, assignments=())


def own(name: str, value: float = 5.0, **labels: str) -> Series:
    return series(name, {"gateway": "g01", "process": "uplink"} | labels, (NOW, value))


def refusal(one: Series) -> tuple[str, str]:
    """The field and the sentence."""
    (refused,) = judge([one], UNASSIGNED).refused
    return refused.field, refused.reason


def test_a_gateways_own_metrics_pass_under_its_name_without_a_patient_or_an_assignment() -> None:
    many = [
        own("chevet_journal_bytes"),
        own("chevet_bus_queue_messages", queue="uplink"),
        own("chevet_sms_seconds_bucket", process="urgent", le="+Inf"),
        own("chevet_sms_seconds_sum", process="urgent"),
    ]
    verdict = judge(many, UNASSIGNED)
    assert not verdict.refused
    assert not verdict.seen
    assert verdict.passed == many


def test_one_metric_of_two_processes_is_two_series() -> None:
    many = [own("chevet_bus_connected", process=process) for process in ("intake", "urgent")]
    assert judge(many, UNASSIGNED).passed == many


@pytest.mark.parametrize("metric", OF_GATEWAY, ids=lambda metric: metric.name)
def test_every_metric_of_a_gateway_passes_with_exactly_its_labels(metric: Metric) -> None:
    name = metric.name + ("_count" if metric.type == "histogram" else "")
    labels = dict.fromkeys(metric.labels, "x")
    assert judge([own(name, **labels)], UNASSIGNED).passed
    assert refusal(own(name, **labels, more="x"))[0] == "more"


@pytest.mark.parametrize("missing", ["gateway", "process", "queue"])
def test_a_metric_without_one_of_its_labels_is_refused_by_the_name_of_the_label(missing: str) -> None:
    labels = {"gateway": "g01", "process": "intake", "queue": "uplink"}
    del labels[missing]
    field, reason = refusal(series("chevet_bus_queue_messages", labels, (NOW, 1.0)))
    assert (field, reason) == (missing, f"{missing}: expected exactly the labels gateway, process, queue")


def test_a_process_that_no_gateway_has_is_refused() -> None:
    assert refusal(own("chevet_journal_bytes", process="miner")) == (
        "process",
        f"process: expected {' or '.join(GATEWAY_PROCESSES)}, got 'miner'",
    )


def test_another_gateways_machinery_is_refused() -> None:
    assert refusal(own("chevet_journal_bytes", gateway="g02"))[0] == "gateway"


def test_a_gateways_own_metrics_are_bounded_label_by_label() -> None:
    many = [own("chevet_bus_queue_messages", queue=f"q{number}") for number in range(70)]
    verdict = judge(many, UNASSIGNED)
    assert (len(verdict.passed), len(verdict.refused)) == (64, 6)
    assert verdict.refused[0].field == "queue"


@pytest.mark.parametrize(
    "name", ["chevet_ingest_samples_total", "chevet_gateway_heartbeat_seconds", "process_cpu_seconds_total", "up"]
)
def test_what_is_not_on_the_list_is_refused_with_the_reason(name: str) -> None:
    assert refusal(own(name)) == ("__name__", f"__name__: expected a metric that gateways send, got '{name}'")


def test_the_series_of_a_histogram_have_its_endings_and_no_other_metric_has_them() -> None:
    assert refusal(own("chevet_sms_seconds"))[0] == "__name__"
    assert refusal(own("chevet_journal_bytes_bucket", le="1"))[0] == "__name__"
    found = of_series("chevet_sms_seconds_bucket")
    assert found is not None
    assert (found[0].name, found[1]) == ("chevet_sms_seconds", ("le",))
