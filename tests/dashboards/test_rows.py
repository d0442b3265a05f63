"""Rows of dashboards refuse nonsense when they are built, in a sentence that names what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chevet.errors import BadRow
from chevet.vitals import BY_KEY, VITALS
from dashboards import colours, patient
from dashboards.boards import BOARDS
from dashboards.rows import Dashboard, Panel, Query, Shape, Variable, Words, require_own_uids, same
from dashboards.vitals import steps
from tests.dashboards.asked import panels

QUERY = Query(expression="up", legend=same("up"))
LONG = "For those who try rows; it is read from left to right."


def panel(**changed: object) -> Panel:
    given = {"title": same("tried"), "description": same(LONG), "shape": Shape.LINES, "queries": (QUERY,)}
    return Panel(**(given | changed))  # type: ignore[arg-type]  # some are wrong on purpose


def test_an_unknown_metric_is_refused_by_its_name() -> None:
    with pytest.raises(BadRow, match=r"got chevet_vital_heart_rat_per_minute$") as refused:
        Query(expression="max(chevet_vital_heart_rat_per_minute)", legend=same("x"))
    assert refused.value.field == "chevet_vital_heart_rat_per_minute"


def test_a_variable_that_asks_an_unknown_metric_is_refused_by_its_name() -> None:
    with pytest.raises(BadRow, match=r"variable ward: expected a metric of chevet, got chevet_wards$"):
        Variable(name="ward", title=same("Ward"), series="chevet_wards")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"description": same("short")}, "panel tried.description: expected for whom it is and how to read it, got"),
        ({"queries": ()}, "panel tried.queries: expected at least one, got none"),
        ({"width": 25}, "panel tried.width: expected 1 to 24, got 25"),
        ({"links_to": "patient"}, "panel tried.links_by: expected the label whose value is taken along, got none"),
        ({"shape": Shape.TABLE}, "panel tried.key: expected the label by which columns join, got none"),
    ],
)
def test_a_panel_without_what_it_needs_is_refused(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadRow) as refused:
        panel(**changed)
    assert str(refused.value).startswith(sentence)


def test_words_are_there_in_both_languages() -> None:
    with pytest.raises(BadRow, match=r"^fr: expected words"):
        Words(en="heart", fr="")


def test_a_uid_used_twice_is_refused_by_name() -> None:
    with pytest.raises(BadRow, match=r"^uid: expected each once, got chevet-patient twice$"):
        require_own_uids((patient.BOARD, replace(patient.BOARD)))


def test_a_french_uid_cannot_be_taken_by_a_name_either() -> None:
    other = replace(patient.BOARD, name="patient_fr")
    with pytest.raises(BadRow, match=r"got chevet-patient-fr twice$"):
        require_own_uids((patient.BOARD, other))


def test_a_title_used_twice_in_a_dashboard_is_refused() -> None:
    section = patient.BOARD.sections[0]
    with pytest.raises(BadRow, match=r"expected a title once, got 'Now' twice"):
        replace(patient.BOARD, sections=(section, section))


def test_limits_colour_at_the_bound_as_they_alert() -> None:
    # CLINICAL 4: heart rate ≤40 or ≥131 high, ≤50 or ≥111 medium; glucose <54 high, <70 or >250 medium.
    red, orange, green = "#D55E00", "#E69F00", "#009E73"
    found = [(row.value, row.colour) for row in steps(BY_KEY["heart_rate"])]
    assert found == [(None, red), (40.001, orange), (50.001, green), (111, orange), (131, red)]
    found = [(row.value, row.colour) for row in steps(BY_KEY["glucose_sensor"])]
    assert found == [(None, red), (54, orange), (70, green), (250.001, orange)]


@pytest.mark.parametrize("vital", VITALS, ids=lambda vital: vital.key)
def test_steps_of_colour_rise(vital: object) -> None:
    values = [row.value for row in steps(vital)]  # type: ignore[arg-type]  # a Vital
    assert values[0] is None
    assert values[1:] == sorted(value for value in values[1:] if value is not None)


def test_colours_are_those_that_colour_blind_people_can_tell_apart() -> None:
    # Okabe and Ito 2008, and grey.
    palette = {"#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"}
    used = {query.colour for _, one in panels(BOARDS) for query in one.queries} - {""}
    used |= {row.colour for _, one in panels(BOARDS) for row in one.thresholds}
    used |= {row.colour for _, one in panels(BOARDS) for query in one.queries for row in query.called} - {""}
    used |= {row.colour for _, one in panels(BOARDS) for query in one.queries for row in query.thresholds}
    assert used | set(colours.PALETTE) | set(colours.OF_SEVERITY.values()) <= palette


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_each_panel_says_in_both_languages_for_whom_it_is(board: Dashboard) -> None:
    for one in board.panels:
        assert one.description.en.startswith("For "), one.title.en
        assert one.description.fr.startswith("Pour "), one.title.fr
        assert one.description.en.endswith("."), one.title.en
        assert one.description.fr.endswith("."), one.title.fr
