"""A process of the stack that hangs, as one that waits for something for ever; and goes on again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

from chevet.errors import ChevetError
from provisioning.local import record


class Hang:
    """Whether `row` of the stack in a directory hangs is seen from the process itself, whoever stopped it."""

    def __init__(self, stack: Path, row: str) -> None:
        self._stack, self._row = stack, row

    @property
    def there(self) -> bool:
        """Whether the process hangs."""
        try:
            return any(process.status() == psutil.STATUS_STOPPED for process in self._family())
        except psutil.NoSuchProcess:
            return False

    def begin(self) -> None:
        """Let it hang. Raises ChevetError where it does not run."""
        family = self._family()
        if not family:
            raise ChevetError(f"{self._row}: expected a process that runs, found none in {self._stack}")
        self._tell(family, signal.SIGSTOP)

    def end(self) -> None:
        """Let it go on."""
        self._tell(self._family(), signal.SIGCONT)

    def _family(self) -> list[psutil.Process]:
        pid = record.living(self._stack).get(self._row)
        if pid is None:
            return []
        try:
            process = psutil.Process(pid)
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    @staticmethod
    def _tell(family: list[psutil.Process], what: signal.Signals) -> None:
        for process in family:
            if process.is_running():
                os.kill(process.pid, what)
