"""Names of series: unique, of a known kind, with the labels that are allowed, and clean by Prometheus's own linter."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from itertools import pairwise

import pytest

from chevet.errors import BadRow
from chevet.metrics import BY_NAME, METRICS, OF_VITALS, Metric
from chevet.severities import Kind
from chevet.vitals import DEVICE_VITALS

REFUSED_BY_THE_LINTER: dict[str, str] = {}
"""Names that promtool refuses and that stay, each with its reason."""

LABELS_OF_PERSONS = {"name", "patient_name", "phone", "number", "record", "birth", "address"}


def _exposition(metrics: Iterable[Metric]) -> str:
    lines = []
    for metric in metrics:
        labels = ",".join(f'{label}="x"' for label in metric.labels)
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.type}"]
        if metric.type == "histogram":
            bucket = ",".join([*([labels] if labels else []), 'le="+Inf"'])
            lines += [f"{metric.name}_bucket{{{bucket}}} 1"]
            lines += [f"{metric.name}_{end}{{{labels}}} 1" for end in ("sum", "count")]
        else:
            lines.append(f"{metric.name}{{{labels}}} 1")
    return "\n".join(lines) + "\n"


def _lint(metrics: Iterable[Metric]) -> dict[str, str]:
    """Name to what promtool says against it."""
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=_exposition(metrics), capture_output=True, text=True, timeout=30
    )
    said = dict(line.split(" ", 1) for line in (checked.stdout + checked.stderr).splitlines())
    assert (checked.returncode == 0) is (not said)
    return said


def test_promtool_finds_nothing_but_the_listed_exceptions() -> None:
    assert set(_lint(METRICS)) == set(REFUSED_BY_THE_LINTER)


def test_promtool_would_find_a_counter_without_total_and_an_abbreviated_unit() -> None:
    wrong = [
        Metric(name="chevet_readings", help="readings", kind=Kind.TECHNICAL, type="counter"),
        Metric(name="chevet_wait_ms", help="wait", kind=Kind.TECHNICAL),
    ]
    assert set(_lint(wrong)) == {"chevet_readings", "chevet_wait_ms"}


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(METRICS)


def test_no_series_of_one_metric_can_be_taken_for_another() -> None:
    """A histogram's own endings must not meet another name."""
    histograms = [metric.name for metric in METRICS if metric.type == "histogram"]
    assert not {name + end for name in histograms for end in ("_bucket", "_sum", "_count")} & set(BY_NAME)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_each_metric_is_named_and_explained(metric: Metric) -> None:
    assert metric.name.startswith("chevet_")
    assert metric.help.strip() == metric.help != ""
    assert "\n" not in metric.help
    assert metric.name.endswith("_total") is (metric.type == "counter")
    assert len(metric.labels) == len(set(metric.labels))
    assert not set(metric.labels) & LABELS_OF_PERSONS
    assert all(label.isidentifier() and label.islower() for label in metric.labels)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_what_is_of_a_vital_is_clinical_and_the_machinery_is_technical(metric: Metric) -> None:
    assert metric.name.startswith("chevet_vital_") is (metric.vital is not None)
    assert (metric.kind is Kind.CLINICAL) is (metric.vital is not None) or metric.name.startswith(
        ("chevet_limit", "chevet_news2", "chevet_alert")
    )
    assert metric.vital is None or (metric.from_gateway and metric.name == metric.vital.metric + metric.suffix)


def test_the_series_of_vitals_are_those_of_the_table() -> None:
    windowed = {"", "_min", "_max", "_readings", "_straggler", "_latest"}
    found = {vital.key: {one.suffix for one in OF_VITALS if one.vital is vital} for vital in DEVICE_VITALS}
    assert found == {vital.key: windowed if vital.window else {"", "_readings", "_latest"} for vital in DEVICE_VITALS}


def test_only_counts_and_stragglers_carry_the_quality() -> None:
    for metric in OF_VITALS:
        assert ("quality" in metric.labels) is (metric.suffix in ("_readings", "_straggler"))
        assert metric.labels[:2] == ("gateway", "device")
        assert "patient" not in metric.labels  # ingest alone stamps it


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(BadRow, match=r"^chevet_x\.type: expected gauge, counter or histogram, got summary$"):
        Metric(name="chevet_x", help="x", kind=Kind.TECHNICAL, type="summary")


def test_the_endings_of_vitals_do_not_nest() -> None:
    names = sorted(vital.metric for vital in DEVICE_VITALS)
    assert not any(later.startswith(earlier) for earlier, later in pairwise(names))
