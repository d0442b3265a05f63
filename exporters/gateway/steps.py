"""Named steps between two acts, where a test or the bench may kill a process to prove that nothing is lost there."""

from __future__ import annotations

from collections.abc import Callable

hook: Callable[[str], None] | None = None
"""Called with each step's name; None in a gateway at work."""


def passed(name: str) -> None:
    """Say that the first act of a step is done and the second not yet begun."""
    if hook is not None:
        hook(name)
