"""What holds of every rule of every group: a name, a case, a heading, known metrics, and Prometheus's own check."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from alert_rules import prometheus, watchdog
from alert_rules.groups import ALERTS, GROUPS
from alert_rules.links import LINKS
from alert_rules.rows import Alert, Group, Recording, Team
from chevet import metrics, recordings, server_metrics
from chevet.errors import BadRow
from chevet.severities import Kind
from tests.alert_rules import typed
from tests.alert_rules.promtool import Case

RUNBOOKS = Path(prometheus.__file__).with_name("runbooks.md")
RULES = [pytest.param(rule, id=rule.name) for group in GROUPS for rule in group.rules]


def _told() -> set[str]:
    """The alerts of which a case in this folder says when they fire."""
    return {case.alert for case in typed.cases() if isinstance(case, Case) and case.says}


def _expressions(node: Any) -> Iterator[promql_parser.VectorSelector]:
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        if (inner := getattr(node, name, None)) is not None:
            yield from _expressions(inner)
    for inner in getattr(node, "args", None) or ():
        yield from _expressions(inner)


def _is_known(name: str) -> bool:
    return bool(metrics.of_series(name)) or name in server_metrics.NAMES or name in recordings.NAMES


def _headings() -> list[str]:
    """The anchors that a reader of Markdown makes of the headings."""
    lines = RUNBOOKS.read_text(encoding="utf-8").splitlines()
    titles = [line.lstrip("#").strip() for line in lines if re.match(r"#{1,6} ", line)]
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


def test_no_alert_is_without_a_case() -> None:
    assert {alert.name for alert in ALERTS} == _told()


def test_every_alert_and_every_group_has_a_name_of_its_own() -> None:
    prometheus.require_own_names(GROUPS)


def test_an_alert_with_the_name_of_another_is_refused_by_name() -> None:
    again = Group(name="chevet-again", every=60, rules=(watchdog.ALWAYS,))
    with pytest.raises(BadRow, match=r"^alert ChevetWatchdog: expected a name of its own"):
        prometheus.require_own_names((*GROUPS, again))


def test_a_group_with_the_name_of_another_is_refused_by_name() -> None:
    with pytest.raises(BadRow, match=r"^group chevet-watchdog: expected a name of its own"):
        prometheus.require_own_names((watchdog.GROUP, watchdog.GROUP))


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_leads_to_a_heading_of_the_runbook(alert: Alert) -> None:
    address, _, anchor = LINKS.runbook(alert).partition("#")
    assert address == LINKS.runbooks
    assert _headings().count(anchor) == 1


def test_the_runbook_speaks_of_no_alert_that_is_not_there() -> None:
    names = {alert.name.lower() for alert in ALERTS}
    assert {anchor for anchor in _headings() if anchor.startswith("chevet")} <= names


def test_under_every_alerts_heading_somebody_finds_something_to_read() -> None:
    text = RUNBOOKS.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### (Chevet\w+)\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL))
    assert [name for name in (alert.name for alert in ALERTS) if len(sections[name].split()) < 6] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_metric_of_every_expression_is_known(rule: Alert | Recording) -> None:
    selectors = list(_expressions(promql_parser.parse(rule.expression)))
    assert selectors or rule.name == "ChevetWatchdog"
    assert [one.name for one in selectors if not _is_known(one.name)] == []


def test_an_unknown_metric_would_be_found() -> None:
    parsed = promql_parser.parse(
        "sum by (a) (rate(up[5m])) unless on (a) max_over_time(timestamp(chevet_nothing)[1h:1m])"
    )
    assert [one.name for one in _expressions(parsed) if not _is_known(one.name)] == ["chevet_nothing"]


def test_every_recorded_series_is_listed_for_those_who_draw_it() -> None:
    recorded = {rule.name for group in GROUPS for rule in group.rules if isinstance(rule, Recording)}
    assert recorded <= recordings.NAMES


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_speaks_two_languages_and_says_whose_it_is(alert: Alert) -> None:
    assert alert.summary.en != alert.summary.fr
    assert alert.description.en != alert.description.fr
    assert alert.kind is Kind.TECHNICAL or alert.team is Team.WARD


def test_what_is_clinical_and_operations_is_refused() -> None:
    clinical = next(alert for alert in ALERTS if alert.kind is Kind.CLINICAL)
    with pytest.raises(BadRow, match=r"\.team: expected ward where it is clinical, got 'operations'"):
        replace(clinical, team=Team.OPERATIONS)


def test_prometheus_takes_every_rendered_file(tmp_path: Path) -> None:
    for group in GROUPS:
        (tmp_path / f"{group.name}.yml").write_text(prometheus.rule_file(group), encoding="utf-8")
    checked = subprocess.run(
        ["promtool", "check", "rules", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert sum(int(found) for found in re.findall(r"(\d+) rules found", checked.stdout)) == len(RULES)
