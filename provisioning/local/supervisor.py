"""Starts rows in parallel in one directory, keeps them alive, and stops them in order."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from provisioning.errors import DidNotStart
from provisioning.local import ports, record
from provisioning.local.process import Process, spawn
from provisioning.local.rows import Launch, Place, Row, ranks, with_companions


def silent(_: str) -> None:
    """For those who do not want to be told."""


class Supervisor:
    """One per directory: `with Supervisor(directory) as stack: stack.start(ROWS)`."""

    def __init__(self, directory: Path, tell: Callable[[str], None] = silent) -> None:
        self.directory = directory.absolute()
        self.tell = tell
        self.processes: dict[str, Process] = {}
        self.ports: ports.Ports = {}
        self.stopping = False
        self._record = record.Record(self.directory)
        self._errands: set[subprocess.Popen[bytes]] = set()

    def __enter__(self) -> Self:
        self._record.take()
        found = record.end_leftovers(self.directory)
        if found:
            named = ", ".join(f"{name} ({pid})" for name, pid in sorted(found.items()))
            self.tell(f"a run before this one did not end well; ended what it left behind: {named}")
        self._record.begin()
        (self.directory / "logs").mkdir(exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._record.release()

    def assign_ports(self, *rows: Row) -> None:
        """Gives the rows their ports before any starts, so that each can be told where the others will be."""
        self.ports = ports.assign(with_companions(rows), self.ports, self.tell)

    def place(self, name: str) -> Place:
        return Place(row=name, directory=self.directory / name, ports=self.ports)

    def log(self, name: str) -> Path:
        return self.directory / "logs" / f"{name}.log"

    def launch(self, *rows: Row) -> None:
        """Starts the rows and does not wait."""
        every = with_companions(rows)
        self.assign_ports(*every)
        fresh = [row for row in every if row.name not in self.processes]
        for row in fresh:
            self.processes[row.name] = Process(row, self.place(row.name), self.log(row.name), self._record, self.tell)
        for row in fresh:
            self.processes[row.name].start(self.processes)

    def wait(self, *names: str) -> None:
        """Until each of these (all, when none is named) answers; raises the first that did not start."""
        for name in names or tuple(self.processes):
            process = self.processes[name]
            process.settled.wait()
            if process.failure:
                raise DidNotStart(process.failure)

    def start(self, *rows: Row) -> None:
        self.launch(*rows)
        self.wait(*(row.name for row in with_companions(rows)))

    def run_once(self, name: str, launch: Launch) -> bool:
        """Something with an end, which is ended with the rest when that comes first. Whether it ended well."""
        if self.stopping:
            return False
        child = spawn(launch, self.directory, self.log(name))
        self._record.note(name, child.pid, {})
        self._errands.add(child)
        if self.stopping:
            record.end(child.pid, 1.0)
        code = child.wait()
        self._errands.discard(child)
        return code == 0

    def stop(self) -> None:
        self.stopping = True
        for errand in tuple(self._errands):
            record.end(errand.pid, 5.0)
        for rank in ranks(tuple(process.row for process in self.processes.values())):
            with ThreadPoolExecutor(max_workers=len(rank)) as together:
                list(together.map(lambda row: self.processes[row.name].stop(), rank))
        self.processes.clear()
