"""Elements of SVG as text: nothing in them is random, and all that is written in them is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

FONT = "system-ui, sans-serif"
INK, QUIET, FRAME, PAPER = "#1f2328", "#656d76", "#d0d7de", "#ffffff"


def document(width: float, height: float, inner: Iterable[str]) -> str:
    """A whole picture."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-family="{FONT}">'
    return "\n".join([head, rect(0, 0, width, height, PAPER), *inner, "</svg>", ""])


def moved(x: float, y: float, inner: Iterable[str]) -> str:
    """Elements, elsewhere."""
    return f'<g transform="translate({x:g} {y:g})">\n' + "\n".join(inner) + "\n</g>"


def rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    """A box."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{max(0.0, height):.1f}"'
    return f'<rect {place} fill="{fill}" stroke="{stroke}"/>'


def text(x: float, y: float, words: str, *, size: float = 11, fill: str = INK, anchor: str = "start") -> str:
    """Words on one line, their baseline at y."""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"'
    return f"<text {place}>{escape(words)}</text>"


def length(words: str, size: float) -> float:
    """About how wide `words` are; no font is at hand to say it exactly."""
    return 0.6 * size * len(words)


def shortened(words: str, width: float, size: float) -> str:
    """As much of `words` as fits into `width`."""
    fits = max(3, int(width / (0.6 * size)))
    return words if len(words) <= fits else words[: fits - 1] + "…"


def line(points: Iterable[tuple[float, float]], stroke: str, *, dashed: bool = False, width: float = 1.5) -> str:
    """Points, joined."""
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{_path(points)}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{dash}/>'


def _path(points: Iterable[tuple[float, float]]) -> str:
    """Without the points that lie on a level between their neighbours: a limit is two points, not hundreds."""
    places = [(_short(x), _short(y)) for x, y in points]
    kept = [
        place
        for before, place, after in zip([None, *places], places, [*places[1:], None], strict=False)
        if before is None or after is None or not before[1] == place[1] == after[1]
    ]
    return " ".join(f"{x},{y}" for x, y in kept)


def _short(place: float) -> str:
    return f"{place:.1f}".removesuffix(".0")


def area(points: Iterable[tuple[float, float]], fill: str, opacity: float = 0.2) -> str:
    """The inside of a closed line."""
    return f'<polygon points="{_path(points)}" fill="{fill}" fill-opacity="{opacity:g}"/>'


def dots(points: Iterable[tuple[float, float]], stroke: str) -> str:
    """Measured points: strokes of no length with round ends, for hundreds of circles would be a long file."""
    path = "".join(f"M{_short(x)} {_short(y)}h0" for x, y in points)
    return f'<path d="{path}" stroke="{stroke}" stroke-width="4.4" stroke-linecap="round"/>'
