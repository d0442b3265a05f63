"""What is rendered is what a typed model that is not ours reads without losing a field; the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard as TypedDashboard

from dashboards.boards import BOARDS
from dashboards.grafana import rendered
from dashboards.rows import LANGUAGES

register_default_plugins()

RENDERED = {(board.name, language): rendered(board, language) for board in BOARDS for language in LANGUAGES}
OF_THE_DATA_SOURCE = {"titleFormat", "step"}
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
