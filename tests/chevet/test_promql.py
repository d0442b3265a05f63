"""PromQL as it is spelled here is PromQL as another parser reads it."""

from __future__ import annotations

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet import promql
from chevet.metrics import METRICS
from chevet.promql import bounded, grown, labelled, matching, over, selector, total

names = st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True)
values = st.text(max_size=20)


def _matchers(selected: str) -> tuple[str, dict[str, str]]:
    parsed = promql_parser.parse(selected)
    assert isinstance(parsed, promql_parser.VectorSelector)
    return parsed.name, {one.name: one.value for one in parsed.matchers.matchers}


@given(st.sampled_from(METRICS), st.dictionaries(names, values, max_size=4))
def test_a_selector_is_read_as_it_was_meant_or_refused(metric: object, labels: dict[str, str]) -> None:
    name = metric.name  # type: ignore[attr-defined]  # a Metric
    if all(value.isprintable() and not set(value) & {'"', "\\"} for value in labels.values()):
        read, matchers = _matchers(selector(name, labels))
        assert (read, matchers) == (name, labels)
    else:
        with pytest.raises(ValueError, match=r"^label: expected a value without quotes or backslashes"):
            selector(name, labels)


@pytest.mark.parametrize("value", ['"', 'x"} or up{a="', "\\", "a\nb", "\x00", "\u2028"])
def test_a_value_that_would_leave_its_quotes_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"^label: expected a value without quotes"):
        selector("up", {"patient": value})


@pytest.mark.parametrize("value", ['"', 'x"} or up{a="', "\\"])
def test_a_pattern_that_would_leave_its_quotes_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"^label: expected a value without quotes"):
        matching("up", {"patient": value})


def test_a_pattern_is_read_as_one_whatever_signs_it_has() -> None:
    parsed = promql_parser.parse(matching("up", {"job": "a=|dead[.].+"}))
    [matcher] = parsed.matchers.matchers
    assert (matcher.name, str(matcher.op), matcher.value) == ("job", "MatchOp.Re", "a=|dead[.].+")


def test_what_grew_is_what_began_whole_and_the_increase_of_what_was_there() -> None:
    assert grown("up", 300) == (
        "(up unless (up offset 300s or last_over_time((up offset 300s)[86400s:3600s]))) or increase(up[300s])"
    )
    promql_parser.parse(total(labelled(grown("up", 300), "of", "a")))


def test_a_bound_holds_of_the_whole_expression() -> None:
    parsed = promql_parser.parse(bounded("a unless b", ">=", 2.5))
    assert (str(parsed.op), parsed.rhs.val) == (">=", 2.5)


def test_labels_are_sorted_so_that_what_is_rendered_is_the_same_each_time() -> None:
    assert selector("up", {"b": "2", "a": "1"}) == 'up{a="1",b="2"}'
    assert selector("up") == selector("up", {}) == "up"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_can_be_counted_over_a_range_and_summed(metric: object) -> None:
    name = metric.name  # type: ignore[attr-defined]  # a Metric
    query = total(over("count_over_time", selector(name, {"gateway": "g01"}), 3600))
    assert query == f'sum(count_over_time({name}{{gateway="g01"}}[3600s]))'
    parsed = promql_parser.parse(query)
    assert isinstance(parsed, promql_parser.AggregateExpr)
    assert parsed.expr.func.name == "count_over_time"
    assert parsed.expr.args[0].range.total_seconds() == 3600


def test_a_stretch_leaves_out_its_own_beginning() -> None:
    assert promql.stretch("max_over_time", "up", 3600) == "max_over_time(up[3599999ms])"
    earlier = promql.stretch("quantile_over_time", "up", 60, 0.5, ago=86_400)
    assert earlier == "quantile_over_time(0.5, up[59999ms] offset 86400s)"
    promql_parser.parse(earlier)


def test_days_stand_beside_one_another_by_a_label_of_their_own() -> None:
    told = promql.on_days((1, 2), lambda day: f"up offset {day}d")
    assert told == (
        '(label_replace(up offset 1d, "day", "1", "", "")) or (label_replace(up offset 2d, "day", "2", "", ""))'
    )
    promql_parser.parse(promql.quantile(0.25, ("patient",), told))


def test_hours_go_over_midnight_by_a_clock_that_is_ahead() -> None:
    night = promql.between_hours("up", 22, 6, "1", before=60)
    hour = "hour(vector(time() - 60 + 3600 * 1))"
    assert night == f"(up) and on () ({hour} >= 22 or {hour} < 6)"
    promql_parser.parse(night)


@pytest.mark.parametrize(("sign", "slope"), [(">", "<"), ("<", ">")])
def test_a_limit_is_met_by_a_line_that_goes_there_from_inside(sign: str, slope: str) -> None:
    until = promql.seconds_to("limit", "up", 60, ("patient",), sign)
    assert until == (
        f"((max by (patient) (predict_linear(up[59999ms], 0)) - on (patient) group_left () limit) {sign} 0)"
        f" / on (patient) (-1 * ((max by (patient) (deriv(up[59999ms]))) {slope} 0))"
    )
    promql_parser.parse(until)


def test_what_a_label_says_is_said_once_more_by_another_name() -> None:
    assert promql.renamed("up", "alertname", "repeated") == 'label_replace(up, "repeated", "$1", "alertname", "(.+)")'
    assert promql.no_less("up", 1.1) == "clamp_min(up, 1.1)"


def test_slots_are_asked_at_multiples_of_their_length_and_leave_out_where_they_begin() -> None:
    assert promql.in_slots("count_over_time", "up < 1", 86_400, 300) == "count_over_time((up < 1)[86399999ms:300s])"
    day_before = promql.in_slots("count_over_time", "up", 86_400, 300, ago=86_400)
    assert day_before == "count_over_time((up)[86399999ms:300s] offset 86400s)"
    promql_parser.parse(day_before)


def test_what_is_not_seen_any_more_is_looked_for_further_back() -> None:
    found = promql.last_seen('x{a="1"}', 86_400, 300, ("device",))
    promql_parser.parse(found)
    assert found == 'max by (device) (max_over_time((0 * x{a="1"} + time())[86400s:300s]))'


def test_samples_are_those_of_all_the_names_until_now_or_another_time() -> None:
    assert promql.samples(["y", "x"], {"a": "1"}, 300) == '{__name__=~"x|y",a="1"}[300s]'
    later = promql.samples(["x"], {}, 300, 1.5)
    promql_parser.parse(later)
    assert later == '{__name__=~"x"}[300s] @ 1.500'
