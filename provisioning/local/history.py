"""Fourteen days of history as blocks, built by promtool while everything already runs."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from provisioning.local.chevet import python
from provisioning.local.programs import program
from provisioning.local.rows import Launch
from provisioning.local.supervisor import Supervisor

DAYS = 14
SEEN_WITHIN = "a minute"
"""How soon Prometheus looks for blocks that somebody put beside its own."""


class History:
    """Built once for a store, in a thread of its own. What people live where stands in `residents`."""

    def __init__(
        self, stack: Supervisor, residents: Path, tell_page: Callable[[str], None], tell: Callable[[str], None]
    ) -> None:
        self._stack, self._residents = stack, residents
        self._tell_page, self._tell = tell_page, tell
        self._store = stack.place("prometheus").directory
        self._done = self._store / "history.done"

    @property
    def is_there(self) -> bool:
        return self._done.exists()

    def start(self) -> None:
        self._tell_page(f"building {DAYS} days of history")
        threading.Thread(target=self._build, name="history", daemon=True).start()

    def _build(self) -> None:
        text, blocks = self._store / "history.om", self._store / "history.blocks"
        shutil.rmtree(blocks, ignore_errors=True)
        built = all(self._stack.run_once("history", step) for step in self._steps(text, blocks))
        if built:
            for block in blocks.iterdir():
                block.rename(self._store / "data" / block.name)
            self._done.touch()
            self._tell(f"{DAYS} days of history are built; Prometheus shows them within {SEEN_WITHIN}")
        elif not self._stack.stopping:
            self._tell(f"the history could not be built; why stands in {self._stack.log('history')}")
        text.unlink(missing_ok=True)
        shutil.rmtree(blocks, ignore_errors=True)
        if not self._stack.stopping:
            self._tell_page("")

    def _steps(self, text: Path, blocks: Path) -> tuple[Launch, ...]:
        """Politely: what happens now matters more than what happened last week."""
        written = python(
            *("simulators", "history", "--patients", str(self._residents)),
            *("--days", str(DAYS), "--gap", "3m", "--out", str(text)),
        )
        # One block instead of one for every two hours, for each of which promtool would read the whole text again.
        built = (
            program("promtool"),
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "--max-block-duration=480h",
            "--quiet",
        )
        return (
            Launch(command=("nice", *written.command), environment=written.environment),
            Launch(command=("nice", *built, str(text), str(blocks)), environment={"GOGC": "50"}),
        )
