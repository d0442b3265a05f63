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


def line(points: Iterable[tuple[float, float]], stroke: str, *, dashed: bool = False, width: float = 1.5) -> str:
    """Points, joined."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{dash}/>'


def area(points: Iterable[tuple[float, float]], fill: str, opacity: float = 0.2) -> str:
    """The inside of a closed line."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{path}" fill="{fill}" fill-opacity="{opacity:g}"/>'


def dot(x: float, y: float, fill: str) -> str:
    """A measured point."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{fill}"/>'
