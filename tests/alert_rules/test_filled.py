"""Every rule meets data: what it selects is in the filled Prometheus, and its episode there makes it speak."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pytest

from alert_rules.groups import ALERTS, GROUPS
from alert_rules.rows import Alert, Recording
from tests.alert_rules import typed
from tests.alert_rules.promtool import Case
from tests.filled.selectors import is_range, selectors
from tests.filled.store import Filled

LOOKED_BACK, EVERY = 6 * 3600, 300
"""In this time all episodes lie, and each lasts longer than a step."""
RIGHTLY_EMPTY: Mapping[str, str] = MappingProxyType(
    {
        "ChevetNoSamples": "the whole ward would have to be unseen, and nothing else could be asked of these hours",
        "ChevetWindowsLate": "half of all homes would have to be late, and what is late is filled in afterwards",
    }
)
"""Alerts without an episode, and why."""

RECORDINGS = [rule for group in GROUPS for rule in group.rules if isinstance(rule, Recording)]
RULES = [pytest.param(rule, id=rule.name) for group in GROUPS for rule in group.rules]
FILLED = [pytest.param(alert, id=alert.name) for alert in ALERTS if alert.name not in RIGHTLY_EMPTY]


@cache
def has_data(filled: Filled, selector: str) -> bool:
    asked = f"present_over_time({selector})" if is_range(selector) else selector
    return bool(filled.before(asked, LOOKED_BACK, EVERY))


@pytest.mark.parametrize("rule", RULES)
def test_each_selector_of_a_rule_selects_something(filled: Filled, rule: Alert | Recording) -> None:
    assert [one for one in sorted(selectors(rule.expression)) if not has_data(filled, one)] == []


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda rule: f"{rule.name} {dict(rule.labels)}")
def test_each_recording_rule_records_something(filled: Filled, recording: Recording) -> None:
    assert filled.before(recording.expression, LOOKED_BACK, EVERY)


@pytest.mark.parametrize("alert", FILLED)
def test_each_alert_fires_in_its_episode(filled: Filled, alert: Alert) -> None:
    assert filled.before(alert.expression, LOOKED_BACK, EVERY)


@pytest.mark.parametrize("name", RIGHTLY_EMPTY)
def test_what_is_rightly_empty_fires_in_a_case_typed_by_hand(filled: Filled, name: str) -> None:
    (alert,) = (one for one in ALERTS if one.name == name)
    assert filled.before(alert.expression, LOOKED_BACK, EVERY) == []
    assert [case for case in typed.cases() if isinstance(case, Case) and case.alert == name and case.says]


def test_at_most_one_alert_in_ten_is_rightly_empty() -> None:
    assert 10 * len(RIGHTLY_EMPTY) <= len(ALERTS)
