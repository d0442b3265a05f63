"""The pictures in the README show the dashboards as they are, and can be looked at everywhere."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.filled.pictures import PICTURES, drawn
from tests.filled.store import Filled

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
TEXT = "{http://www.w3.org/2000/svg}text"


def words(picture: str) -> list[str]:
    """All that is written in it. Where lines run may differ by a tenth of a point from machine to machine."""
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(TEXT)]  # noqa: S314 - our own


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_says_what_its_dashboard_says_now(filled: Filled, name: str, tmp_path: Path) -> None:
    kept = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert words(kept) == words(drawn(filled, name, tmp_path)), f"docs/pictures/{name}.svg: run `make pictures`"


def test_the_readme_shows_each_picture_that_there_is() -> None:
    shown = re.findall(r"\]\(docs/pictures/([\w-]+\.svg)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(f"{name}.svg" for name in PICTURES)
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(shown)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_enough_to_be_loaded_at_once(name: str) -> None:
    assert (FOLDER / f"{name}.svg").stat().st_size <= MOST_BYTES
