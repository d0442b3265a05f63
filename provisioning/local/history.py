"""Fourteen days of history as blocks, built by promtool while everything already runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

DAYS = 14


class History:
    """Built once for a store; a thread of its own."""

    def __init__(
        self, stack: Path, pseudonyms: Mapping[str, str], tell_page: Callable[[str], None], tell: Callable[[str], None]
    ) -> None:
        self._done = stack / "prometheus" / "history.done"
        self._tell_page = tell_page

    @property
    def is_there(self) -> bool:
        return self._done.exists()

    def start(self) -> None:
        self._tell_page("")
