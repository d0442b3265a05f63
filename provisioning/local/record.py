"""Who runs in a directory: the record refuses a second supervisor, and names what a dead one left behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from provisioning.errors import AlreadyRunning

FILE = "stack.json"
LOCK = "stack.lock"
PATIENCE = 10.0


def identity(pid: int) -> str:
    """The boot and the tick at which a process started, or "": a pid alone may be somebody else's by now.

    Ticks since the boot, not a time of day: clocks step.
    """
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if after_name[0] == "Z" else f"{boot} {after_name[19]}"


class Record:
    """Held by one supervisor at a time. Processes are noted before anybody waits for them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._guard = threading.Lock()
        self._lock = -1
        self._noted: dict[str, Any] = {"supervisor": {}, "processes": {}}

    def take(self) -> None:
        """Refuses when a living supervisor holds the directory."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(self.directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            pid = read(self.directory)["supervisor"].get("pid", "unknown")
            raise AlreadyRunning(
                f"{self.directory}: a stack already runs in this directory (process {pid}); stop it with Ctrl-C where "
                f"it was started or with `kill {pid}`, or set CHEVET_HOME to another directory"
            ) from None

    def begin(self) -> None:
        self._noted = {"supervisor": {"pid": os.getpid(), "identity": identity(os.getpid())}, "processes": {}}
        self._write()

    def note(self, name: str, pid: int, ports: dict[str, int]) -> None:
        with self._guard:
            self._noted["processes"][name] = {"pid": pid, "identity": identity(pid), "ports": ports}
            self._write()

    def release(self) -> None:
        if self._lock >= 0:
            (self.directory / FILE).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1

    def _write(self) -> None:
        draft = self.directory / f"{FILE}.new"
        draft.write_text(json.dumps(self._noted, indent=2, sort_keys=True) + "\n")
        draft.replace(self.directory / FILE)


def read(directory: Path) -> dict[str, Any]:
    """What is noted there; empty where nothing, or nothing legible, is."""
    with contextlib.suppress(OSError, ValueError):
        noted = json.loads((directory / FILE).read_text())
        if isinstance(noted, dict) and {"supervisor", "processes"} <= noted.keys():
            return noted
    return {"supervisor": {}, "processes": {}}


def is_held(directory: Path) -> bool:
    """Whether a living supervisor has it."""
    try:
        lock = os.open(directory / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def living(directory: Path) -> dict[str, int]:
    """Processes that are noted, by name: still there and still the same. Of a dead supervisor, its leftovers."""
    return {
        name: noted["pid"]
        for name, noted in read(directory)["processes"].items()
        if noted["identity"] and identity(noted["pid"]) == noted["identity"]
    }


def end_leftovers(directory: Path) -> dict[str, int]:
    """Ends them with their own children, politely first. Returns whom it found."""
    found = living(directory)
    family: list[psutil.Process] = []
    for pid in found.values():
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            family += [process, *process.children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(family, timeout=PATIENCE)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=PATIENCE)
    return found


def end(pid: int, within: float, politely: signal.Signals = signal.SIGTERM) -> None:
    """Ends the process group of a child of ours that is waited for elsewhere."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, politely)
    deadline = time.monotonic() + within
    while identity(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
