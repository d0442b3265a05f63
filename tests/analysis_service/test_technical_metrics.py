"""A gateway's own metrics pass under its name, bounded, and none of the service's do. No server, no clock."""

from __future__ import annotations

from analysis_service.ingest.guard import judge
from analysis_service.ingest.refusals import Circumstances
from chevet.remote_write import series

NOW = 1_900_000_000_000
UNASSIGNED = Circumstances(gateway="g01", now=NOW, assignments=())


def test_a_gateways_own_metrics_pass_under_its_name_without_a_patient_or_an_assignment() -> None:
    many = [
        series("chevet_journal_bytes", {}, (NOW, 5.0)),
        series("chevet_bus_queue_messages", {"queue": "uplink", "gateway": "g01"}, (NOW, 7.0)),
        series("chevet_sms_seconds_bucket", {"le": "+Inf"}, (NOW, 7.0)),
    ]
    verdict = judge(many, UNASSIGNED)
    assert not verdict.refused
    assert not verdict.seen
    assert [dict(one.labels) for one in verdict.passed] == [
        {"__name__": "chevet_journal_bytes", "gateway": "g01"},
        {"__name__": "chevet_bus_queue_messages", "gateway": "g01", "queue": "uplink"},
        {"__name__": "chevet_sms_seconds_bucket", "gateway": "g01", "le": "+Inf"},
    ]


def test_a_gateways_own_metrics_are_bounded_label_by_label() -> None:
    many = [series("chevet_bus_queue_messages", {"queue": f"q{number}"}, (NOW, 1.0)) for number in range(70)]
    verdict = judge(many, UNASSIGNED)
    assert (len(verdict.passed), len(verdict.refused)) == (64, 6)
    assert verdict.refused[0].field == "queue"


def test_a_gateway_sends_none_of_the_services_metrics() -> None:
    verdict = judge([series("chevet_ingest_samples_total", {"result": "stored"}, (NOW, 1.0))], UNASSIGNED)
    assert [refused.field for refused in verdict.refused] == ["__name__"]
    assert not verdict.passed
