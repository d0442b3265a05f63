"""Every dashboard can be looked at without Grafana: drawn as SVG from a real Prometheus, whole and panel by panel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dashboards.__main__ import main
from dashboards.boards import BOARDS
from dashboards.preview import svg
from dashboards.preview.legend import rows as legend_rows
from dashboards.preview.numbers import ticks, written
from dashboards.rows import Dashboard
from tests.filled.history import ILL, NEW
from tests.filled.store import Filled

SVG = "{http://www.w3.org/2000/svg}"


def drawn(filled: Filled, name: str, out: Path, *more: str) -> int:
    """What the command answers that draws `name` as it was at the moment of the filled Prometheus."""
    until = datetime.fromtimestamp(filled.moment, UTC).isoformat()
    return main(["preview", name, "--prometheus", filled.url, "--until", until, "--out", str(out), *more])


def words(path: Path) -> list[str]:
    """All that is written in a picture, which has to be well-formed."""
    return [element.text or "" for element in ElementTree.parse(path).iter(f"{SVG}text")]  # noqa: S314 - our own file


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_each_panel_is_drawn_with_its_title_and_something_in_it(
    filled: Filled, board: Dashboard, tmp_path: Path
) -> None:
    chosen = ["--choose", f"patient={ILL}"] if any(one.name == "patient" for one in board.variables) else []
    assert drawn(filled, board.name, tmp_path, *chosen) == 0
    whole = words(tmp_path / f"{board.name}.svg")
    assert len(list(tmp_path.glob("*.svg"))) == 1 + len(board.panels)
    for panel in board.panels:
        assert panel.title.en in whole
    assert "no data" not in whole
    assert {panel.empty.en for panel in board.panels if panel.empty} <= set(whole)


def test_it_is_drawn_in_french_too(filled: Filled, tmp_path: Path) -> None:
    assert drawn(filled, "patient", tmp_path, "--language", "fr", "--choose", f"patient={ILL}") == 0
    shown = words(tmp_path / "patient-oxygen-saturation.svg")
    assert shown[0] == "Saturation en oxygène"
    assert "limite, gravité haute, basse" in shown
    assert "Alarmes, gravité haute" in shown  # the band above the lines


def test_without_a_choice_it_draws_the_first_patient(filled: Filled, tmp_path: Path) -> None:
    assert drawn(filled, "glucose", tmp_path) == 0
    assert "no data" not in words(tmp_path / "glucose.svg")


def test_a_prometheus_that_is_not_there_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "ward", "--prometheus", "http://127.0.0.1:9", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("--prometheus: expected a Prometheus at http://127.0.0.1:9, got ")
    assert list(tmp_path.iterdir()) == []


def test_a_choice_that_the_dashboard_does_not_offer_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["preview", "patient", "--prometheus", "http://127.0.0.1:9", "--out", str(tmp_path)]
    assert main([*arguments, "--choose", "ward=3"]) == 2
    assert capsys.readouterr().err == "--choose: expected patient=…, got 'ward=3'\n"


def test_a_time_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["preview", "ward", "--prometheus", "http://127.0.0.1:9", "--out", str(tmp_path)]
    assert main([*arguments, "--until", "noon"]) == 2
    assert capsys.readouterr().err == "--until: expected a time such as 2026-03-12T10:30:00Z, got 'noon'\n"


def test_the_list_names_each_dashboard(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [board.name for board in BOARDS]
    assert all(board.uid("en") in line for board, line in zip(BOARDS, lines, strict=True))


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (86.4, "percent", "86.4 %"),
        (0.123, "percentunit", "12.3 %"),
        (45, "dtdurations", "45 s"),
        (310, "dtdurations", "5 min"),
        (72_300, "massg", "72.3 kg"),
        (36.75, "celsius", "36.8 °C"),
        (118, "suffix: mmHg", "118 mmHg"),
        (20_000_000_000, "bytes", "20.0 GB"),
    ],
)
def test_numbers_are_written_as_people_read_them(value: float, unit: str, shown: str) -> None:
    assert written(value, unit, None if unit != "celsius" else 1) == shown


def test_ticks_are_round_numbers_within_the_axis() -> None:
    assert ticks(83.2, 101) == [85, 90, 95, 100]
    assert ticks(0, 1) == [0, 0.5, 1]
    assert ticks(5, 5) == [5]


def test_ticks_of_time_are_those_that_people_count_in() -> None:
    assert ticks(0, 900, of_time=True) == [0, 300, 600, 900]
    assert ticks(1000, 100_000, of_time=True) == [43_200, 86_400]
    assert ticks(0, 8, of_time=True) == [0, 2, 4, 6, 8]


def test_a_level_line_is_its_two_ends_and_the_corners_stay() -> None:
    places = [(0, 5), (1, 5), (2, 5), (3, 9), (4, 9), (5, 9)]
    assert 'points="0,5 2,5 3,9 5,9"' in svg.line(places, "#000")


def test_a_legend_goes_on_in_a_row_below_and_names_each_line_once() -> None:
    entries = [("one", "#000", False), ("another line", "#000", True), ("one", "#000", False)]
    assert legend_rows(entries, 500) == [entries[:2]]
    assert legend_rows(entries, 100) == [[entries[0]], [entries[1]]]


def test_a_vital_that_is_expected_and_silent_is_a_dash_and_not_a_gap(filled: Filled, tmp_path: Path) -> None:
    assert drawn(filled, "patient", tmp_path, "--choose", f"patient={NEW}") == 0
    shown = words(tmp_path / "patient-now.svg")
    assert shown.count("–") == 9  # eight vitals, the heart rate by two sensors
    assert {"Oxygen saturation", "oximeter", "Weight", "scale"} <= set(shown)
    assert words(tmp_path / "patient-age-of-each-value.svg").count("–") == 9
