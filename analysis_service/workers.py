"""Serving: one process, or several on one socket, of which each that dies is replaced."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

import structlog
import uvicorn

from analysis_service import logs
from analysis_service.app import create_app
from analysis_service.heads import BoundedHead
from analysis_service.settings import Settings
from analysis_service.telemetry import SHARED_DIRECTORY

GRACE_SECONDS = 10
STOPS = (signal.SIGTERM, signal.SIGINT)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
STEADY_SECONDS = 30.0
LOOK_EVERY = 0.5
COLLECTED_AFTER = 50_000
"""Objects: almost all of what a request makes is gone with its answer, and never was the collector's business."""

_SPAWN = multiprocessing.get_context("spawn")  # a fork would share connections and locks
log = structlog.get_logger()


def alone(chosen: Settings, listening: socket.socket) -> int:
    """Serve in this process until SIGTERM or SIGINT; what was begun is finished first."""
    for stop in STOPS:
        signal.signal(stop, lambda *_: None)  # uvicorn raises the signal again when it is done: end with 0 instead
    config = uvicorn.Config(
        create_app(chosen),
        loop="uvloop",
        http=BoundedHead,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(chosen.trusted_proxies),
        forwarded_allow_ips=chosen.trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _leave_standing()
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    return 0 if server.started else 1


def _leave_standing() -> None:
    """Let the collector pass over what lives as long as the process: to look at all of it holds everybody up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)


def together(chosen: Settings, listening: socket.socket) -> int:
    """Serve in `chosen.workers` processes until SIGTERM or SIGINT."""
    stopping = threading.Event()
    for stop in STOPS:
        signal.signal(stop, lambda *_: stopping.set())
    with tempfile.TemporaryDirectory(prefix="chevet-metrics-") as shared:
        os.environ[SHARED_DIRECTORY] = shared  # each worker's counters, so that /metrics of any tells the sum of all
        places = [_Place(chosen, listening) for _ in range(chosen.workers)]
        while not stopping.is_set():
            for place in places:
                place.fill()
            wait([place.process.sentinel for place in places], timeout=LOOK_EVERY)
        for place in places:
            place.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS + 2
        for place in places:
            place.leave(deadline)
    return 0


class _Place:
    """One worker, and the next after it."""

    def __init__(self, chosen: Settings, listening: socket.socket) -> None:
        self._given = (chosen, listening)
        self._pause = FIRST_PAUSE
        self._since = time.monotonic()
        self.process = self._started()

    def fill(self) -> None:
        """Where the worker is dead, start another; after a pause that grows while they die young."""
        if self.process.is_alive():
            return
        age = time.monotonic() - self._since
        if age > STEADY_SECONDS:
            self._pause = FIRST_PAUSE
        elif age < self._pause:
            time.sleep(min(self._pause - age, LOOK_EVERY))
            return
        else:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        log.error("a worker ended, another takes its place", pid=self.process.pid, ended=self.process.exitcode)
        self.process = self._started()

    def leave(self, deadline: float) -> None:
        """Wait for the worker, who was told to stop; end it at `deadline`."""
        self.process.join(max(0.0, deadline - time.monotonic()))
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    def _started(self) -> SpawnProcess:
        self._since = time.monotonic()
        process = _SPAWN.Process(target=_work, args=self._given, daemon=True)
        process.start()
        return process


def _work(chosen: Settings, listening: socket.socket) -> None:
    """What a worker does. Daemon threads of its own do not keep it from ending."""
    logs.install()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    raise SystemExit(alone(chosen, listening))


def _end_with_parent() -> None:
    """A worker that outlived a killed supervisor would hold the address, and the next start would be refused.

    Nobody else would remove the counters that they shared.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - a worker is always somebody's
    parent.join()
    shutil.rmtree(os.environ[SHARED_DIRECTORY], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
