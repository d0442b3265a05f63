"""Expressions under a scope: what leaves is typed by hand, and so is what is refused."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_service.query.expressions import rendered, rendered_selector
from analysis_service.query.refusals import QueryRefused
from analysis_service.query.scope import CLINICAL, TECHNICAL, Scope
from bench.adversary import Adversary
from dashboards.boards import BOARDS
from tests.dashboards.asked import filled_in, panels
from tests.filled.selectors import names, selectors

CARE = Scope(clinical=True, technical=False, patients={"p1": "Marie", "p2": "Jean"})
ALONE = Scope(clinical=True, technical=False)
SRE = Scope(clinical=False, technical=True)
HR = "chevet_vital_heart_rate_per_minute"
OWN = 'patient=~"p1|p2"'

RENDERED = [
    (HR, f"{HR}{{{OWN}}}"),
    (f"{HR}{{}}", f"{HR}{{{OWN}}}"),
    (f'{{__name__="{HR}"}}', f"{HR}{{{OWN}}}"),
    (f'{HR}{{gateway="g1"}}', f'{HR}{{gateway="g1",{OWN}}}'),
    (f'{HR}{{patient=~"p9"}}', f'{HR}{{{OWN},patient=~"p9"}}'),
    (f'{HR}{{patient!=""}}', f'{HR}{{patient!="",{OWN}}}'),
    (f'{HR}{{patient="p1"}}', f'{HR}{{patient="p1",{OWN}}}'),
    (f"{HR} offset 5m", f"{HR}{{{OWN}}} offset 5m"),
    (f"{HR} @ end() offset -5m", f"{HR}{{{OWN}}} @ end() offset -5m"),
    (f"max_over_time({HR}[3599999ms])", f"max_over_time({HR}{{{OWN}}}[59m59s999ms])"),
    (f"max_over_time(({HR} > 3)[1h:1m] @ 5)", f"max_over_time(({HR}{{{OWN}}} > 3)[1h:1m] @ 5.000)"),
    (f"topk(scalar({HR}), ALERTS)", f"topk(scalar({HR}{{{OWN}}}), ALERTS{{{OWN}}})"),
    (f"{HR} unless on () {HR}", f"{HR}{{{OWN}}} unless on () {HR}{{{OWN}}}"),
    (f"absent({HR}{{gateway='g1'}})", f'absent({HR}{{gateway="g1",{OWN}}})'),
    (f'count_values("x", {HR}) # {{', f'count_values("x", {HR}{{{OWN}}})'),
    (f'{HR}{{gateway="}}"}}', f'{HR}{{gateway="}}",{OWN}}}'),
    ("1 + 1", "1 + 1"),
    ("time()", "time()"),
]
REFUSED = [
    ("up", "expected a metric that your roles open, got 'up'"),
    ("chevet_journal_rows", "expected a metric that your roles open"),
    ('{patient="p1"}', "expected the name of a metric in each selector"),
    ('{__name__=~"chevet.+"}', "expected the name of a metric in each selector"),
    (f'{{__name__="{HR}",__name__=~".+"}}', "expected the name of a metric in each selector"),
    (f'{{__name__!="{HR}",gateway="g"}}', "expected the name of a metric in each selector"),
    (f'{{__name__="{HR}",__name__="up"}}', "expected"),
    (f'{HR}{{gateway="a" or patient="p9"}}', "expected matchers joined by commas"),
    (f'{HR}{{patient="p9"}}', "expected one of your patients, got 'p9'"),
    (f'absent({HR}{{patient="p9"}})', "expected one of your patients, got 'p9'"),
    (f"info({HR})", "expected no info()"),
    (f'info({HR}, {{patient="p9"}})', "expected"),
    (f'{HR}{{gateway="a\\"b"}}', "expected literals without backslashes"),
    (f"{HR}{{gateway='a\"b'}}", "expected literals without quotes"),
    (f'{HR}{{gateway=`a"}} or up{{a="`}}', "expected literals without quotes"),
    (f"{HR}{{gateway=`a\nb`}}", "expected literals without quotes"),
    (f'label_replace({HR}, "patient", "p9", "", "")', "expected label_replace to write another label than patient"),
    (f'label_replace({HR}, ("patient"), "p9", "", "")', "expected label_replace to write another label than patient"),
    (f'label_replace({HR}, "display_name", "x", "", "")', "another label than display_name"),
    (f'label_join({HR}, "patient", "", "gateway")', "expected label_join to write another label than patient"),
    (f'label_join({HR}, "__name__", "", "gateway")', "another label than __name__"),
    (f'count_values("patient", {HR})', "expected count_values to write another label than patient"),
    (f"{HR} * on () group_left (patient) {HR}", "expected group_left or group_right to write another label"),
    (f"{HR} * on () group_right (patient) {HR}", "expected group_left or group_right to write another label"),
    (f'{HR}{{display_name="Marie"}}', "expected to select by patient"),
    (f'{HR}{{"a b"="c"}}', "expected labels of letters, digits and _"),
    (f'sum by ("a b") ({HR})', "expected labels of letters, digits and _"),
    (f"{HR} @ -5", "expected a time after 1970"),
    (f"rate({HR}[500d])", "expected ranges of at most 34560000 s"),
    (f"max_over_time({HR}[100d:1s])", "expected subqueries of at most 200000 points"),
    (f"max_over_time(max_over_time({HR}[1d:1s])[1d:1s])", "expected subqueries of at most 200000 points"),
    ("(" * 41 + "1" + ")" * 41, "expected brackets at most 40 deep, got 41"),
    ("1" + "+1" * 101, "expected at most 100 operators and signs, got 101"),
    ("1" * 20_001, "expected at most 20000 characters"),
    ("", "expected an expression in PromQL"),
    (f"{HR}{{", "expected an expression in PromQL"),
    (f"sum({HR})) or (up", "expected an expression in PromQL"),
    ("rate(x[999999999y])", "expected"),
]


@pytest.mark.parametrize(("asked", "leaves"), RENDERED)
def test_every_selector_leaves_with_the_patients_of_the_caller(asked: str, leaves: str) -> None:
    assert " ".join(rendered("query", asked, CARE).split()) == leaves


@pytest.mark.parametrize(("asked", "sentence"), REFUSED)
def test_what_could_reach_another_patient_is_refused_by_parameter(asked: str, sentence: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        rendered("query", asked, CARE)
    assert str(refused.value).startswith("query: ")
    assert sentence in str(refused.value)


def test_who_has_no_patient_matches_nothing_rather_than_what_is_nobodys() -> None:
    assert rendered("query", HR, ALONE) == f'{HR}{{patient=~"-"}}'


def test_an_sre_sees_the_machinery_and_of_alerts_the_technical_ones_of_nobody() -> None:
    assert rendered("query", "up", SRE) == 'up{patient=""}'
    assert rendered("query", "ALERTS", SRE) == 'ALERTS{kind="technical",patient=""}'
    assert rendered("query", 'ALERTS{kind="clinical"}', SRE) == 'ALERTS{kind="clinical",kind="technical",patient=""}'
    with pytest.raises(QueryRefused, match="expected a metric that your roles open"):
        rendered("query", HR, SRE)


def test_somebody_of_a_care_team_who_is_an_sre_too_has_each_name_by_its_own_right() -> None:
    both = Scope(clinical=True, technical=True, patients={"p1": "Marie"})
    assert rendered("query", f"{HR} * on () up", both) == f'{HR}{{patient=~"p1"}} * on () up{{patient=""}}'


def test_who_has_no_right_may_ask_for_no_name() -> None:
    for name in CLINICAL | TECHNICAL:
        assert Scope(clinical=False, technical=False).matchers(name) is None


@pytest.mark.parametrize("text", ["1", f"{HR}[5m]", f"sum({HR})", f"({HR})"])
def test_a_match_is_a_selector_and_nothing_else(text: str) -> None:
    with pytest.raises(QueryRefused, match=r"match\[\]: expected a selector"):
        rendered_selector("match[]", text, CARE)


def test_each_name_that_prometheus_may_know_is_clinical_or_technical_and_two_are_both() -> None:
    assert frozenset({"ALERTS", "chevet_alert_open"}) == CLINICAL & TECHNICAL
    assert {"chevet_limit", "chevet_news2_oxygen", "chevet_expected_interval_seconds", "chevet:news2:score"} <= CLINICAL
    assert {"up", "chevet_sms_seconds_bucket", "chevet:window:age_seconds", "chevet_journal_rows"} <= TECHNICAL


@pytest.mark.parametrize("pseudonym", ["", "p1|p2", ".*", 'p"', "p1\n", "é"])
def test_a_pseudonym_that_would_be_a_pattern_is_refused(pseudonym: str) -> None:
    with pytest.raises(ValueError, match="expected a pseudonym"):
        Scope(clinical=True, technical=False, patients={pseudonym: "x"})


BOTH = Scope(clinical=True, technical=True, patients={"p-ill": "Marie"})
DRAWN = sorted({filled_in(query.expression) for _, panel in panels(BOARDS) for query in panel.queries})


@pytest.mark.parametrize("expression", DRAWN)
def test_what_is_drawn_may_be_asked(expression: str) -> None:
    assert names(rendered("query", expression, BOTH)) == names(expression)


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_of_whatever_is_accepted_every_selector_carries_the_matcher(chance: random.Random) -> None:
    asked = Adversary(chance, ["p1", "p2"]).expression(3)
    try:
        leaves = rendered("query", asked, CARE)
    except QueryRefused:
        return
    assert selectors(leaves) or "{" not in leaves
    assert all(OWN in selector for selector in selectors(leaves))
    assert names(leaves) <= CLINICAL
    assert re.sub('"[^"]*"', "", leaves).count("{") == leaves.count(OWN)
