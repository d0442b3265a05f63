"""Counts of alerts: said of five patients and more, unsaid of fewer."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.alert_counts import FEWEST, Cell, counts
from chevet.severities import Kind, Severity

CELL = Cell(day=date(2026, 3, 1), rule="heart_rate.low", kind=Kind.CLINICAL, severity=Severity.HIGH)


@pytest.mark.parametrize(
    ("patients", "alerts", "said"),
    [("", 3, (3, 0)), ("a", 1, (None, None)), ("abcd", 4, (None, None)), ("abcde", 5, (5, 5)), ("abcdeabc", 8, (8, 5))],
)
def test_of_fewer_than_five_patients_nothing_is_said(patients: str, alerts: int, said: tuple) -> None:
    found = counts([(CELL, patient) for patient in patients] or [(CELL, None)] * alerts)
    assert [(one.alerts, one.patients) for one in found] == [said]


def test_what_is_nobodys_hides_no_patient_among_it() -> None:
    (found,) = counts([(CELL, None), (CELL, None), (CELL, "a")])
    assert (found.alerts, found.patients) == (None, None)


@given(st.lists(st.tuples(st.sampled_from(Severity), st.sampled_from("abcdefg"))))
def test_a_cell_that_is_said_has_five_patients_or_more(alerts: list[tuple[Severity, str]]) -> None:
    made = [(Cell(day=CELL.day, rule="r", kind=Kind.CLINICAL, severity=severity), who) for severity, who in alerts]
    for one in counts(made):
        own = {who for cell, who in made if cell == one.cell}
        assert (one.alerts is None) == (len(own) < FEWEST)
