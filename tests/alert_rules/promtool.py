"""Cases for Prometheus's own tool: what the store has, when one looks, and the whole sentences that are then said."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alert_rules.prometheus import content
from alert_rules.rows import Group

SENTENCES = ("summary", "summary_fr", "description", "description_fr")
LABELS = {"gateway": "g01", "device": "d1", "patient": "p1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`series` in promtool's notation, a value each `every` from time 0; `says` are SENTENCES, none where all is quiet.

    Rules are evaluated each `evaluated`: for fourteen days of minutes nobody waits.

    `labels` are the alert's rule, kind and severity, and its team where that is not the ward; beside them stand those
    that `of` names: whose it is.
    """

    name: str
    alert: str
    series: dict[str, str]
    every: str = "1m"
    evaluated: str = "1m"
    at: str
    says: tuple[str, str, str, str] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    of: tuple[str, ...] = tuple(LABELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """`series` as in a Case; `expression` is asked at `at` and answered by `samples`, each in PromQL's own words."""

    name: str
    series: dict[str, str]
    every: str = "1m"
    evaluated: str = "1m"
    at: str = "0m"
    expression: str
    samples: dict[str, float]


def failures(folder: Path, groups: Iterable[Group], cases: Iterable[Case | Recorded]) -> str:
    """What promtool finds wrong; nothing where every case is as expected."""
    return judged(folder, {group.name: content(group) for group in groups}, cases)


def judged(folder: Path, rendered: Mapping[str, dict[str, Any]], cases: Iterable[Case | Recorded]) -> str:
    """The same of what stands in rule files, by the names of their groups."""
    for name, rules in rendered.items():
        (folder / f"{name}.yml").write_text(json.dumps(_sentences_alone(rules)))
    paced: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        paced.setdefault(case.evaluated, []).append(_test(case))
    for pace, tests in paced.items():
        asked = {"rule_files": [f"{name}.yml" for name in rendered], "evaluation_interval": pace, "tests": tests}
        (folder / f"cases-{pace}.yml").write_text(json.dumps(asked))
    files = [f"cases-{pace}.yml" for pace in paced]
    if not files:  # which the tool would call wrong
        return ""
    done = subprocess.run(
        ["promtool", "test", "rules", *files], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _sentences_alone(rules: dict[str, Any]) -> dict[str, Any]:
    """Addresses are none of a case's business."""
    (group,) = rules["groups"]
    return {"groups": [group | {"rules": [_told_alone(rule) for rule in group["rules"]]}]}


def _told_alone(rule: dict[str, Any]) -> dict[str, Any]:
    if "annotations" not in rule:
        return rule
    return rule | {"annotations": {name: rule["annotations"][name] for name in SENTENCES}}


def _test(case: Case | Recorded) -> dict[str, Any]:
    return {
        "name": case.name,
        "interval": case.every,
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        **(_told(case) if isinstance(case, Case) else _answered(case)),
    }


def _answered(case: Recorded) -> dict[str, Any]:
    expected = [{"labels": labels, "value": value} for labels, value in case.samples.items()]
    return {"promql_expr_test": [{"expr": case.expression, "eval_time": case.at, "exp_samples": expected}]}


def _told(case: Case) -> dict[str, Any]:
    expected = []
    if case.says is not None:
        annotations = dict(zip(SENTENCES, case.says, strict=True))
        expected.append(
            {
                "exp_labels": {"team": "ward"} | {name: LABELS[name] for name in case.of} | case.labels,
                "exp_annotations": annotations,
            }
        )
    return {"alert_rule_test": [{"eval_time": case.at, "alertname": case.alert, "exp_alerts": expected}]}
