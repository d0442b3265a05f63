"""What is rendered is what a typed model that is not ours reads without losing a field; the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard as TypedDashboard

from alert_rules.groups import ALERTS
from dashboards.boards import BOARDS
from dashboards.grafana import rendered
from dashboards.rows import LANGUAGES

register_default_plugins()

RENDERED = {(board.name, language): rendered(board, language) for board in BOARDS for language in LANGUAGES}
OF_THE_DATA_SOURCE = {"titleFormat", "textFormat", "tagKeys", "step"}
"""Fields of an annotation that Prometheus's data source reads, which the model leaves to it."""


def lost(read: Any, typed: Any, path: str = "") -> Iterator[str]:
    """The paths of all that `typed` does not have as `read` has it."""
    if isinstance(read, dict) and isinstance(typed, dict):
        for name, value in read.items():
            if name not in typed:
                yield f"{path}.{name}"
            else:
                yield from lost(value, typed[name], f"{path}.{name}")
    elif isinstance(read, list) and isinstance(typed, list) and len(read) == len(typed):
        for number, (one, other) in enumerate(zip(read, typed, strict=True)):
            yield from lost(one, other, f"{path}[{number}]")
    elif read != typed:
        yield f"{path}: {read!r} became {typed!r}"


@pytest.mark.parametrize("which", RENDERED, ids="-".join)
def test_a_typed_model_of_grafana_reads_every_field(which: tuple[str, str]) -> None:
    read = json.loads(RENDERED[which])
    typed = json.loads(json.dumps(TypedDashboard.from_json(read), cls=JSONEncoder))
    found = [path for path in lost(read, typed) if path.rsplit(".", 1)[-1] not in OF_THE_DATA_SOURCE]
    assert found == []


@pytest.mark.parametrize("which", RENDERED, ids="-".join)
def test_it_is_rendered_to_the_same_bytes_with_its_keys_in_order(which: tuple[str, str]) -> None:
    board = next(one for one in BOARDS if one.name == which[0])
    text = rendered(board, which[1])
    assert text == RENDERED[which]
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("which", RENDERED, ids="-".join)
def test_panels_do_not_overlap_and_have_numbers_of_their_own(which: tuple[str, str]) -> None:
    taken: set[tuple[int, int]] = set()
    panels = json.loads(RENDERED[which])["panels"]
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_both_languages_ask_the_same_and_say_it_in_their_own_words(board: Any) -> None:
    english, french = (json.loads(RENDERED[board.name, language]) for language in LANGUAGES)
    assert (english["uid"], french["uid"]) == (board.uid("en"), board.uid("en") + "-fr")
    for one, other in zip(english["panels"], french["panels"], strict=True):
        asked, too = ([target["expr"] for target in panel.get("targets", [])] for panel in (one, other))
        assert asked == too
        if asked:
            assert one["description"] != other["description"]


def overridden(panel: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is set for single fields, by what they are matched by."""
    return {
        one["matcher"]["options"]: {each["id"]: each["value"] for each in one["properties"]}
        for one in panel["fieldConfig"]["overrides"]
    }


def panel_of(board: str, language: str, title: str) -> dict[str, Any]:
    found = (one for one in json.loads(RENDERED[board, language])["panels"] if one["title"] == title)
    return next(found)


def test_a_patients_limits_are_dashed_lines_in_the_colour_of_their_severity() -> None:
    panel = panel_of("patient", "en", "Oxygen saturation")
    set_for, places = overridden(panel), {one["legendFormat"]: one["refId"] for one in panel["targets"]}
    for legend, colour in (("low limit, high severity", "#D55E00"), ("low limit, medium severity", "#E69F00")):
        assert set_for[places[legend]]["custom.lineStyle"] == {"fill": "dash", "dash": [8, 6]}
        assert set_for[places[legend]]["color"] == {"mode": "fixed", "fixedColor": colour}


def test_the_band_of_a_day_is_filled_between_its_percentiles_though_they_are_joined() -> None:
    set_for = overridden(panel_of("glucose", "fr", "Profil d'une journée, sur 14 jours"))
    assert set_for["95 %"]["custom.fillBelowTo"] == "5 %"
    assert set_for["75 %"]["custom.fillBelowTo"] == "25 %"
    panel = panel_of("glucose", "fr", "Profil d'une journée, sur 14 jours")
    assert panel["type"] == "trend"
    assert panel["options"]["xField"] == "heure"


def test_the_ward_is_sorted_by_urgency_and_leads_to_the_patient_in_the_same_language() -> None:
    for language, urgency, address in (("en", "urgency", "chevet-patient"), ("fr", "urgence", "chevet-patient-fr")):
        title = {"en": "Worst first", "fr": "Les plus graves d'abord"}[language]
        panel = panel_of("ward", language, title)
        assert panel["options"]["sortBy"] == [{"desc": True, "displayName": urgency}]
        assert (
            overridden(panel)["patient"]["links"][0]["url"]
            == f"/d/{address}?var-patient=${{__value.raw}}&${{__url_time_range}}"
        )


def test_a_line_and_a_bar_lead_to_whose_they_are() -> None:
    (link,) = panel_of("ward", "fr", "NEWS2, les cinq plus hauts")["fieldConfig"]["defaults"]["links"]
    assert link["url"] == "/d/chevet-patient-fr?var-patient=${__field.labels.patient}&${__url_time_range}"
    (link,) = panel_of("pipeline", "en", "Poison messages")["fieldConfig"]["defaults"]["links"]
    assert link["url"] == "/d/chevet-gateways?var-gateway=${__field.labels.gateway}&${__url_time_range}"


def first_choice(board: dict[str, Any]) -> list[tuple[str, bool]]:
    """The variable that stands first above a dashboard, and whether several values may be chosen."""
    return [(one["name"], one.get("multi", False)) for one in board.get("templating", {}).get("list", [])][:1]


def test_who_is_chosen_goes_along_where_the_same_is_chosen_and_nowhere_else() -> None:
    boards = [json.loads(RENDERED[board.name, "en"]) for board in BOARDS]
    for board in boards:
        *alongside, everywhere = board["links"]
        assert (everywhere["tags"], everywhere["includeVars"]) == (["chevet", "en"], False)
        for link in alongside:
            assert link["includeVars"]
            there = [one for one in boards if set(link["tags"]) <= set(one["tags"])]
            assert len(there) > 1
            assert all(first_choice(other) == first_choice(board) for other in there)


def test_numbers_that_stand_for_something_are_told_in_words() -> None:
    set_for = overridden(panel_of("ward", "fr", "Les plus graves d'abord"))
    told = {one["options"]["from"]: one["options"]["result"]["text"] for one in set_for["urgence"]["mappings"]}
    assert told == {0: "calme", 0.5: "non vu", 1: "basse", 2: "moyenne", 3: "haute"}
    set_for = overridden(panel_of("service", "en", "Answers"))
    told = {one["options"]["from"]: one["options"]["result"]["text"] for one in set_for["A"]["mappings"]}
    assert told == {0: "down", 1: "up"}


def test_alerts_mark_the_moments_of_a_patients_panels() -> None:
    marks = json.loads(RENDERED["patient", "en"])["annotations"]["list"]
    expected = 'ALERTS{alertstate="firing",kind="clinical",patient="$patient",severity="high"}'
    assert marks[0]["expr"] == expected
    assert (marks[0]["titleFormat"], marks[0]["tagKeys"]) == ("{{alertname}}", "severity,kind")
    assert marks[0]["datasource"] == {"type": "prometheus", "uid": "chevet"}


def test_each_alert_leads_to_a_dashboard_that_there_is() -> None:
    assert {alert.dashboard for alert in ALERTS} <= {board.uid("en") for board in BOARDS}


def test_a_target_has_the_interval_of_its_panel_for_by_that_a_rate_looks_back() -> None:
    # Grafana: a rate looks back four of the target's intervals, those of the data source where it has none. Gateways
    # tell of themselves each minute, and a minute of the data source's 15 s would hold one sample: no rate.
    rates = 0
    for text in RENDERED.values():
        for panel in json.loads(text)["panels"]:
            for target in panel.get("targets", []):
                assert target.get("interval") == panel.get("interval"), panel["title"]
                if "$__rate_interval" in target["expr"]:
                    assert target["interval"] == "60s", panel["title"]
                    rates += 1
    assert rates > 10


def test_what_is_measured_once_or_twice_a_day_is_drawn_over_two_weeks() -> None:
    assert [panel_of("patient", "en", title)["timeFrom"] for title in ("Blood pressure", "Weight")] == ["14d", "14d"]
    assert "timeFrom" not in panel_of("patient", "en", "Heart rate")


def test_names_of_machines_are_told_in_words_of_the_language() -> None:
    set_for = overridden(panel_of("patient", "fr", "Temps jusqu'à une limite, si rien ne change"))
    assert set_for["heart_rate · high"] == {"displayName": "Fréquence cardiaque, limite haute"}
    assert set_for["oxygen_saturation · low"] == {"displayName": "Saturation en oxygène, limite basse"}
    set_for = overridden(panel_of("alerts", "fr", "SMS, par heure"))
    assert set_for["failed"] == {"displayName": "échoués", "color": {"mode": "fixed", "fixedColor": "#D55E00"}}


def test_a_link_says_in_the_language_what_a_click_opens() -> None:
    (link,) = panel_of("ward", "fr", "NEWS2, les cinq plus hauts")["fieldConfig"]["defaults"]["links"]
    assert link["title"] == "Ce patient"
    (link,) = panel_of("pipeline", "fr", "Messages empoisonnés")["fieldConfig"]["defaults"]["links"]
    assert link["title"] == "Cette passerelle"


@pytest.mark.parametrize("which", RENDERED, ids="-".join)
def test_what_is_set_by_a_name_is_set_for_a_name_that_there_is(which: tuple[str, str]) -> None:
    for panel in json.loads(RENDERED[which])["panels"]:
        organised = next((one for one in panel.get("transformations", []) if one["id"] == "organize"), None)
        if organised is None:
            continue
        columns = set(organised["options"]["renameByName"].values())
        assert len(columns) == len(panel["targets"]) + 1, panel["title"]
        assert set(overridden(panel)) <= columns
        assert {one["displayName"] for one in panel["options"].get("sortBy", [])} <= columns
        filled = {each["custom.fillBelowTo"] for each in overridden(panel).values() if "custom.fillBelowTo" in each}
        assert filled <= columns
        assert panel["options"].get("xField", next(iter(columns))) in columns


def test_where_nothing_is_the_usual_answer_it_is_told_in_words() -> None:
    assert panel_of("activity", "fr", "Chutes")["fieldConfig"]["defaults"]["noValue"] == "aucune chute déclarée"
    assert panel_of("activity", "fr", "Activité")["fieldConfig"]["defaults"]["noValue"] == "–"
