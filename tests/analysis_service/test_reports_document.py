"""The document of a report: the same bytes of the same inputs anywhere, and what a reader sees in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_service.reports import axes, drawing, phrases, typefaces
from analysis_service.reports.document import RENDERER, digest, rendered
from analysis_service.reports.inputs import canonical
from tests.analysis_service.reporting import about, pages

ROOT = Path(__file__).parents[2]
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOON = 1_792_839_600_000
"""2026-10-24 at 11:00 UTC, where clocks in Paris show 13:00; they go back in the night that follows."""
PARIS = [[NOON, 120], [NOON + 14 * HOUR, 60]]
HEART_RATE: dict[str, Any] = {
    "vital": "heart_rate",
    "title": {"en": "heart rate", "fr": "fréquence cardiaque"},
    "unit": "/min",
    "divisor": 1,
    "from_ms": NOON,
    "until_ms": NOON + DAY,
    "step_ms": 5 * MINUTE,
    "joined_ms": 5 * MINUTE,
    "offsets": PARIS,
    "limits": [
        {"side": "high", "severity": "high", "value": 131.0, "from_ms": NOON, "until_ms": NOON + DAY},
        {"side": "low", "severity": "medium", "value": 50.0, "from_ms": NOON, "until_ms": NOON + DAY},
    ],
    "points": [[NOON + many * 5 * MINUTE, 70.0 + many % 7, 66.0, 84.0] for many in range(288) if many not in (90, 91)],
}
EMPTY = HEART_RATE | {"points": []}
GIVEN: dict[str, Any] = {
    "v": 1,
    "report": "5d1c0a9be7a60f3a",
    "number": 1,
    "amends": None,
    "reason": None,
    "patient": {
        "patient": "p3f9c1d204be7a65f",
        "name": "Hélène Œuvrard-Łukasik",
        "birth_date": "1941-05-23",
        "record_number": None,
    },
    "author": {"subject": "d1", "name": "Dr Anaïs Roux", "role": "doctor"},
    "signed_ms": NOON + 2 * DAY,
    "time_zone": "Europe/Paris",
    "offsets": [[NOON + 2 * DAY, 60]],
    "language": "fr",
    "title": "Suivi à domicile",
    "sections": [{"heading": "Motif", "text": "Œdèmes <b>nouveaux</b> & prise de 2 kg.\n  - à revoir"}],
    "charts": [HEART_RATE],
}


def made(**changed: object) -> bytes:
    return rendered(canonical(GIVEN | changed))


def text_of(**changed: object) -> str:
    return "\n".join(pages(made(**changed)))


def test_the_same_inputs_make_the_same_bytes_in_another_process_another_day_and_another_time_zone(
    tmp_path: Path,
) -> None:
    inputs, here = canonical(GIVEN), digest(made())
    program = "import sys; from analysis_service.reports.document import digest, rendered;" + (
        "print(digest(rendered(sys.stdin.read())))"
    )
    elsewhere: tuple[dict[str, str], ...] = (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONUTF8": "1"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "SOURCE_DATE_EPOCH": "86400", "HOME": str(tmp_path)},
    )
    for more in elsewhere:
        made_there = subprocess.run(
            [sys.executable, "-c", program],
            input=inputs,
            cwd=ROOT,
            env=os.environ | more,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=True,
        )
        assert made_there.stdout.strip() == here


def test_the_same_bytes_are_made_whatever_was_made_before_and_other_inputs_make_others() -> None:
    first = made()
    other = made(title="Ωmega, another with other letters", language="en")
    assert made() == first
    assert other != first
    assert made(signed_ms=GIVEN["signed_ms"] + 1) != first


def test_the_digest_of_a_document_stands_here_too_so_that_a_new_edition_of_the_library_is_noticed() -> None:
    """Where this fails by a new edition: what is kept goes on being served; say the other digest, and look at it."""
    assert RENDERER == "chevet 1, reportlab 5.1.0, Lato 2.0"
    assert digest(made()) == "2b5f96f2cc007e9279e52bf4ae927f29e90bf02ef36ed02ca8e8f2089c36fb2d"


def test_a_document_names_whom_it_is_about_who_signed_and_of_what_in_its_language() -> None:
    french = text_of()
    for words in (
        "Compte rendu médical",
        "Hélène Œuvrard-Łukasik",
        "23 mai 1941",
        "Œdèmes <b>nouveaux</b> & prise de 2 kg.",
        "Fréquence cardiaque (/min)",
        "du 24 oct. 2026, 13:00 au 25 oct. 2026, 12:00, Europe/Paris",
        "moyenne, minimum et maximum par 5 min",
        "seuil de haute priorité",
        "Version 1, signée électroniquement par Dr Anaïs Roux, médecin, le 26 oct. 2026, 12:00 (UTC+1).",
        f"SHA-256 de ce qui a été signé : {digest(canonical(GIVEN))}",
        "Page 1 sur 1",
    ):
        assert words in french, words
    english = text_of(language="en", number=2, amends=1, reason="dose", author=GIVEN["author"] | {"role": "nurse"})
    for words in (
        "Medical report",
        "23 May 1941",
        "This version amends version 1: dose",
        "24 Oct 2026, 13:00 to 25 Oct 2026, 12:00, Europe/Paris",
        "Version 2, signed electronically by Dr Anaïs Roux, nurse, on 26 Oct 2026, 12:00 (UTC+1).",
        "Page 1 of 1",
    ):
        assert words in english, words


def test_a_document_says_its_title_author_language_and_time_of_signature_of_itself() -> None:
    said = about(made())
    assert said["Title"] == "Suivi à domicile · Hélène Œuvrard-Łukasik"
    assert said["Author"] == "Dr Anaïs Roux"
    assert said["CreationDate"] == said["ModDate"] == "D:20261026110000Z"
    assert said["Producer"] == RENDERER
    assert b"/Lang (fr)" in made()
    assert b"/Lang (en)" in made(language="en")


def test_every_letter_is_in_the_document_and_none_is_fetched_from_the_reader() -> None:
    document = made()
    assert document.count(b"/FontFile2") == 2
    assert b"Helvetica" not in document
    drawn = pypdfium2.PdfDocument(document)
    fonts = {
        text.get_font().get_base_name()
        for page in drawn
        for text in page.get_objects()
        if isinstance(text, pypdfium2.PdfTextObj)
    }
    assert fonts == {"Lato-Regular", "Lato-Bold"}


def test_a_chart_without_a_reading_is_a_sentence() -> None:
    said = text_of(charts=[EMPTY]).replace("\r\n", " ")
    assert "Aucune mesure (fréquence cardiaque) n’a été enregistrée entre le 24 oct. 2026, 13:00 et le" in said
    assert "moyenne, minimum" not in said


def test_pages_are_counted_and_charts_are_not_torn() -> None:
    many = pages(made(charts=[HEART_RATE] * 12))
    assert [f"Page {number} sur {len(many)}" in page for number, page in enumerate(many, 1)] == [True] * len(many)
    for page in many:
        assert page.count("Fréquence cardiaque") == page.count("Europe/Paris")


@pytest.mark.parametrize(
    "text", ["<para>", "<img src='x'/>", "a &amp; b </font>", "<!-- -->", "&#0;", "]]>", "\\u0000"]
)
def test_what_looks_like_markup_is_text(text: str) -> None:
    section = {"heading": text, "text": text}
    said = text_of(sections=[section], title=text, charts=[], patient=GIVEN["patient"] | {"name": text})
    assert said.count(text) >= 3


def test_what_no_letter_shows_is_marked_in_a_name_and_refused_in_what_somebody_writes() -> None:
    assert typefaces.shown("王 Łuk") == "? Łuk"
    assert typefaces.not_shown("Łukasz Œuvrard ≤ ≥ → ₂ € Ж Ω\n\t\N{NON-BREAKING HYPHEN}") is None
    assert typefaces.not_shown("a 王") == "王"
    assert typefaces.composed("e\N{COMBINING ACUTE ACCENT}\r\n") == "é\n"


@settings(max_examples=25, deadline=None, derandomize=True)
@given(letters=st.text(st.characters(codec="utf-8"), max_size=300), name=st.text(max_size=200))
def test_whatever_letters_can_show_becomes_a_document_with_any_name(letters: str, name: str) -> None:
    written = "".join(one for one in letters if typefaces.not_shown(one) is None)
    many = pages(
        made(
            title=written[:200],
            sections=[{"heading": None, "text": written * 20}],
            reason=written,
            amends=1,
            patient=GIVEN["patient"] | {"name": name},
            author=GIVEN["author"] | {"name": name * 20},
        )
    )
    assert f"Page {len(many)} sur {len(many)}" in many[-1]


def test_a_line_is_cut_where_two_points_lie_further_apart_than_what_joins_them() -> None:
    points = [[at * MINUTE, 1.0, 1.0, 1.0] for at in (0, 5, 10, 16, 21)]
    runs = drawing.runs(points, 5 * MINUTE)
    assert [[int(point[0]) // MINUTE for point in run] for run in runs] == [[0, 5, 10], [16, 21]]
    drawn = drawing.drawn(HEART_RATE, "fr")
    lines = [shape for shape in drawn.contents if type(shape).__name__ == "PolyLine"]
    assert [len(line.points) // 2 for line in lines] == [90, 196]


def test_limits_are_lines_as_long_as_they_held_with_their_numbers() -> None:
    half = NOON + 12 * HOUR
    limits = [
        {"side": "high", "severity": "high", "value": 131.0, "from_ms": NOON, "until_ms": half},
        {"side": "high", "severity": "high", "value": 125.5, "from_ms": half, "until_ms": NOON + DAY},
    ]
    drawn = drawing.drawn(HEART_RATE | {"limits": limits}, "fr")
    dashed = [shape for shape in drawn.contents if getattr(shape, "strokeDashArray", None)]
    assert [(line.y1 > line.y2, round(line.x2 - line.x1)) for line in dashed] == [(False, 206), (False, 206)]
    assert dashed[0].y1 > dashed[1].y1
    written = [shape.text for shape in drawn.contents if type(shape).__name__ == "String"]
    assert {"131", "125,5"} <= set(written)


def test_moments_at_an_axis_are_whole_on_local_clocks_also_in_the_night_when_they_go_back() -> None:
    moments, step = axes.moments(NOON, NOON + DAY, PARIS)
    assert step == 3 * HOUR
    shown = [phrases.local(at, axes.minutes_ahead(at, PARIS)) for at in moments]
    assert [(at.hour, at.minute) for at in shown] == [(hour % 24, 0) for hour in range(15, 37, 3)]
    assert moments[3] - moments[2] == 3 * HOUR
    assert moments[4] - moments[3] == 4 * HOUR, "from midnight to three o'clock there were four"


@pytest.mark.parametrize(
    ("values", "ticks", "decimals"),
    [
        ((36.4, 37.1), (36.4, 36.6, 36.8, 37.0, 37.2), 1),
        ((40, 131), (25, 50, 75, 100, 125, 150), 0),
        ((7, 7), (7.0, 7.2), 1),
        ((0, 0), (0, 0.25), 2),
        ((-5, 5), (-5, -2.5, 0, 2.5, 5), 1),
    ],
)
def test_numbers_at_an_axis_are_round_and_hold_every_value(
    values: tuple[float, ...], ticks: tuple[float, ...], decimals: int
) -> None:
    axis = axes.numbers(values)
    assert (axis.ticks, axis.decimals) == (pytest.approx(ticks), decimals)
    assert axis.low <= min(values) <= max(values) <= axis.high


def test_numbers_and_times_are_written_as_each_language_does() -> None:
    assert phrases.number(1234.5, 1, "en") == "1,234.5"
    assert phrases.number(1234.5, 1, "fr") == "1\N{NO-BREAK SPACE}234,5"
    assert [phrases.zone(minutes) for minutes in (0, 60, -210, 330)] == ["UTC+0", "UTC+1", "UTC−3:30", "UTC+5:30"]
    assert phrases.stretch(90 * MINUTE, "en") == "90 min"
    assert phrases.stretch(2 * HOUR, "fr") == "2 h"


def test_the_same_content_is_the_same_text_whatever_its_order() -> None:
    assert canonical({"é": 1, "a": [1.5, None]}) == '{"a":[1.5,null],"é":1}'
    assert canonical(json.loads(canonical(GIVEN))) == canonical(GIVEN)
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("nan")})
