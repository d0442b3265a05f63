"""`python -m dashboards {list,preview}`: what there is, and pictures of it drawn from a Prometheus."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from chevet.errors import ChevetError, expected
from dashboards.boards import BOARDS
from dashboards.preview.answers import Store, chosen_values, seconds_of
from dashboards.preview.pictures import pictures
from dashboards.rows import LANGUAGES, Dashboard


class BadOption(ChevetError):
    """An option of the command that cannot be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where all was done, 2 where an option is refused or the Prometheus does not answer."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="name each dashboard, its panels and whom it is for").set_defaults(run=_list)
    preview = commands.add_parser("preview", help="draw a dashboard as SVG from a Prometheus, without Grafana")
    preview.add_argument("name", choices=[board.name for board in BOARDS])
    preview.add_argument(
        "--prometheus", required=True, metavar="URL", help="where to ask, such as http://127.0.0.1:9090"
    )
    preview.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the pictures are written")
    preview.add_argument("--language", choices=LANGUAGES, default="en", help="of titles and legends (default en)")
    preview.add_argument("--until", metavar="TIME", help="the moment to draw, ISO 8601 (default: now)")
    preview.add_argument(
        "--choose", action="append", default=[], metavar="NAME=VALUE", help="a variable, such as patient=…"
    )
    preview.set_defaults(run=_preview)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ChevetError as refusal:
        print(refusal, file=sys.stderr)
        return 2


def _list(chosen: argparse.Namespace) -> int:
    for board in BOARDS:
        print(f"{board.name:<16} {len(board.panels):>2} panels  {board.uid('en'):<22} {board.description.en}")
    return 0


def _preview(chosen: argparse.Namespace) -> int:
    board = next(one for one in BOARDS if one.name == chosen.name)
    store = Store(url=chosen.prometheus, until=_until(chosen.until), seconds=seconds_of(board.since))
    values = chosen_values(board, store, _given(board, chosen.choose))
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures(board, store, values, chosen.language):
        path = chosen.out / name
        path.write_text(picture, encoding="utf-8")
        print(path)
    return 0


def _until(option: str | None) -> float:
    """Whole seconds since 1970. Raises BadOption; without a zone it is UTC."""
    if option is None:
        return float(int(time.time()))
    try:
        told = datetime.fromisoformat(option)
    except ValueError:
        raise BadOption(expected("--until", "a time such as 2026-03-12T10:30:00Z", option)) from None
    return float(int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()))


def _given(board: Dashboard, options: Sequence[str]) -> dict[str, str]:
    given = dict(option.split("=", 1) for option in options if "=" in option)
    known = {variable.name for variable in board.variables}
    wrong = next((option for option in options if option.split("=", 1)[0] not in known or "=" not in option), None)
    if wrong is not None:
        raise BadOption(expected("--choose", " or ".join(f"{name}=…" for name in sorted(known)), wrong))
    return given


if __name__ == "__main__":
    sys.exit(main())
