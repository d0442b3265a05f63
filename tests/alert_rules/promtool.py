"""Cases for Prometheus's own tool: what the store has, when one looks, and the whole sentences that are then said."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from alert_rules.prometheus import rule_file
from alert_rules.rows import Group

SENTENCES = ("summary", "summary_fr", "description", "description_fr")
LABELS = {"gateway": "g01", "device": "d1", "patient": "p1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`series` in promtool's notation, a value each `every` from time 0; `says` are SENTENCES, none where all is quiet.

    `labels` are the alert's rule, kind and severity, and its team where that is not the ward; beside them stand those
    that `of` names: whose it is.
    """

    name: str
    alert: str
    series: dict[str, str]
    every: str = "1m"
    at: str
    says: tuple[str, str, str, str] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    of: tuple[str, ...] = tuple(LABELS)


def failures(folder: Path, groups: Iterable[Group], cases: Iterable[Case]) -> str:
    """What promtool finds wrong; nothing where every case is as expected."""
    files = []
    for group in groups:
        (folder / f"{group.name}.yml").write_text(yaml.safe_dump(_sentences_alone(yaml.safe_load(rule_file(group)))))
        files.append(f"{group.name}.yml")
    tests = [_test(case) for case in cases]
    content = {"rule_files": files, "evaluation_interval": "1m", "tests": tests}
    (folder / "cases.yml").write_text(yaml.safe_dump(content, allow_unicode=True))
    done = subprocess.run(
        ["promtool", "test", "rules", "cases.yml"], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _sentences_alone(content: dict[str, Any]) -> dict[str, Any]:
    """Addresses are none of a case's business."""
    for rule in content["groups"][0]["rules"]:
        if "annotations" in rule:
            rule["annotations"] = {name: rule["annotations"][name] for name in SENTENCES}
    return content


def _test(case: Case) -> dict[str, Any]:
    expected = []
    if case.says is not None:
        annotations = dict(zip(SENTENCES, case.says, strict=True))
        expected.append(
            {
                "exp_labels": {"team": "ward"} | {name: LABELS[name] for name in case.of} | case.labels,
                "exp_annotations": annotations,
            }
        )
    return {
        "name": case.name,
        "interval": case.every,
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [{"eval_time": case.at, "alertname": case.alert, "exp_alerts": expected}],
    }
