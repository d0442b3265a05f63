"""Fourteen days of history as blocks, built by promtool while everything already runs."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from provisioning.local.chevet import python
from provisioning.local.programs import program, written
from provisioning.local.rows import Launch
from provisioning.local.supervisor import Supervisor

DAYS = 14
TOGETHER = 10
"""Patients in one text: promtool maps the whole of it into memory."""
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
        work = self._store / "history"
        shutil.rmtree(work, ignore_errors=True)
        people = json.loads(self._residents.read_text())
        parts = [people[first : first + TOGETHER] for first in range(0, len(people), TOGETHER)]
        if all(self._build_part(work / str(number), part) for number, part in enumerate(parts)):
            for block in work.glob("*/blocks/*"):
                block.rename(self._store / "data" / block.name)
            self._done.touch()
            self._tell(f"{DAYS} days of history are built; Prometheus shows them within {SEEN_WITHIN}")
        elif not self._stack.stopping:
            self._tell(f"the history could not be built; why stands in {self._stack.log('history')}")
        shutil.rmtree(work, ignore_errors=True)
        if not self._stack.stopping:
            self._tell_page("")

    def _build_part(self, work: Path, people: list[object]) -> bool:
        residents, text = written(work / "residents.json", json.dumps(people)), work / "history.om"
        built = all(self._stack.run_once("history", step) for step in self._steps(residents, text, work / "blocks"))
        text.unlink(missing_ok=True)
        return built

    def _steps(self, residents: Path, text: Path, blocks: Path) -> tuple[Launch, ...]:
        """Politely: what happens now matters more than what happened last week."""
        written = python(
            *("simulators", "history", "--patients", str(residents)),
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
