"""One process of the stack: launched, asked until it answers, and launched again when it dies."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from provisioning.local.record import Record, end
from provisioning.local.rows import Launch, Place, Row

ASK_EVERY = 0.1
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
# Settings of the caller's shell must not reach a server through the back door.
NOT_HANDED_ON = ("CHEVET_", "RABBITMQ_", "ERL_", "GF_", "KC_", "JAVA_", "JDK_", "PYTHONPATH")


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_HANDED_ON)}


def spawn(launch: Launch, directory: Path, log: Path) -> subprocess.Popen[bytes]:
    """A child in `directory` whose words are added to `log`."""
    with log.open("ab") as words:
        return subprocess.Popen(
            launch.command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={**inherited(), **launch.environment},
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops all in order
        )


class Process:
    """A row that lives in a thread of its own until it is told to stop."""

    def __init__(self, row: Row, place: Place, log: Path, record: Record, tell: Callable[[str], None]) -> None:
        self.row, self.place, self.log = row, place, log
        self.failure = ""
        self.restarts = 0
        self.settled = threading.Event()
        self._record, self._tell = record, tell
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._live, name=row.name, daemon=True)

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    def start(self, before: Mapping[str, Process]) -> None:
        self._before = tuple(before[name] for name in self.row.after if name in before)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._child is not None:
            end(self._child.pid, self.row.stop_within, self.row.stop_signal)
        if self._thread.is_alive():
            self._thread.join()

    def _live(self) -> None:
        try:
            if self._first_start():
                self._tend()
        except Exception as problem:
            self._fail(f"{self.row.name}: {problem}")

    def _first_start(self) -> bool:
        for other in self._before:
            while not other.settled.wait(ASK_EVERY):
                if self._stopping.is_set():
                    return False
            if other.failure:
                self._fail(f"{self.row.name}: waits for {other.row.name}, which did not start")
                return False
        if self._stopping.is_set():
            return False
        self._spawn()
        if self._answers():
            self.settled.set()
            return True
        if not self._stopping.is_set():
            self._fail(self._why_not())
        return False

    def _tend(self) -> None:
        pause, since = FIRST_PAUSE, time.monotonic()
        while not self._stopping.is_set():
            assert self._child is not None  # noqa: S101 - spawned before it is tended
            code = self._child.wait()
            if self._stopping.is_set():
                return
            steady = time.monotonic() - since > self.row.steady_after
            pause = FIRST_PAUSE if steady else min(2 * pause, LONGEST_PAUSE)
            self._tell(f"{self.row.name}: ended ({ending(code)}); starting it again in {pause:.1f} s")
            self._stopping.wait(pause)
            if not self._stopping.is_set():
                since = time.monotonic()
                self.restarts += 1
                self._spawn_again()

    def _spawn(self) -> None:
        self.place.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._child = spawn(self.row.launch(self.place), self.place.directory, self.log)
        self._record.note(self.row.name, self._child.pid, dict(self.place.ports[self.row.name]))
        if self._stopping.is_set():  # told to stop while it was being spawned
            end(self._child.pid, self.row.stop_within, self.row.stop_signal)

    def _spawn_again(self) -> None:
        """A full disk or a lack of memory may pass: the next turn sees the old ending, waits longer and tries again."""
        try:
            self._spawn()
        except OSError as problem:
            self._tell(f"{self.row.name}: cannot be started now: {problem}")

    def _answers(self) -> bool:
        deadline = time.monotonic() + self.row.ready_within
        while time.monotonic() < deadline and not self._stopping.is_set():
            if self._child is None or self._child.poll() is not None:
                return False
            if self.row.ready(self.place):
                return True
            self._stopping.wait(ASK_EVERY)
        return False

    def _why_not(self) -> str:
        code = self._child.poll() if self._child else None
        if self._child and code is None:
            end(self._child.pid, 1.0)
        what = f"did not answer within {self.row.ready_within:.0f} s" if code is None else f"ended ({ending(code)})"
        return f"{self.row.name}: {what} instead of starting. The end of {self.log}:\n{tail(self.log)}"

    def _fail(self, sentence: str) -> None:
        self.failure = sentence
        if self.settled.is_set():
            self._tell(sentence)
        self.settled.set()


def ending(code: int) -> str:
    return f"exit status {code}" if code >= 0 else f"signal {-code}"


def tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
