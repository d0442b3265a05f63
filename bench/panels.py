"""Whether each panel of each dashboard has something to show in a Prometheus that simulated patients have filled."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboards.boards import BOARDS
from dashboards.rows import Panel
from tests.dashboards.asked import answer, panels
from tests.filled.history import FALLEN
from tests.filled.store import Filled, filled_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How many panels there are, with data, and rightly without; `blank` are those that are neither, by name."""

    panels: int
    with_data: int
    rightly_empty: int
    blank: Sequence[str]

    def result(self) -> Mapping[str, int]:
        """As the last line of a measurement has it."""
        return {
            "dashboards": len(BOARDS),
            "panels": self.panels,
            "with_data": self.with_data,
            "rightly_empty": self.rightly_empty,
        }


def shown() -> Shown:
    """Every query of every panel, put to a Prometheus of its own."""
    with tempfile.TemporaryDirectory(prefix="chevet-filled-") as folder, filled_store(Path(folder)) as filled:
        asked = [(f"{board}: {panel.title.en}", panel, _has_data(filled, panel)) for board, panel in panels(BOARDS)]
    return Shown(
        panels=len(asked),
        with_data=sum(has for _, panel, has in asked if not panel.empty),
        rightly_empty=sum(has for _, panel, has in asked if panel.empty),
        blank=[name for name, _, has in asked if not has],
    )


def _has_data(filled: Filled, panel: Panel) -> bool:
    """Of one that is rightly empty: its episode fills it, and nothing else does."""
    if panel.empty:
        return all(not answer(filled, query) and answer(filled, query, patient=FALLEN) for query in panel.queries)
    return all(answer(filled, query) for query in panel.queries)
