"""`python -m provisioning local`: runs the demo until Ctrl-C, SIGTERM or the end of the terminal."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from pathlib import Path

from provisioning.local.console import Progress
from provisioning.local.demo import Demo
from provisioning.local.site import home

HEARD_WITHIN = 0.5
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_once(number: int, frame: object) -> None:
    """The first one stops everything in order; more of them do not interrupt that."""
    for stop in STOPS:
        signal.signal(stop, signal.SIG_IGN)
    raise KeyboardInterrupt


def until_stopped() -> None:
    """For ever, or until `stop_once` interrupts it: a signal that comes just before a wait is heard after it."""
    while True:
        threading.Event().wait(HEARD_WITHIN)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home",
        type=Path,
        default=home(),
        metavar="DIR",
        help="where keys, data and logs are (CHEVET_HOME; %(default)s)",
    )
    parser.epilog = (
        "A port is set by CHEVET_<process>_<use>_PORT, such as CHEVET_PAGE_HTTP_PORT or CHEVET_RABBITMQ_AMQP_PORT; "
        "a default that is taken is replaced by a free one."
    )


def run(given: argparse.Namespace) -> int:
    for stop in STOPS:
        signal.signal(stop, stop_once)
    os.umask(0o077)  # keys, records, logs and the store's data, whoever writes them, are their owner's alone
    progress = Progress()
    demo = Demo(given.home, progress)
    try:
        with demo.stack:
            demo.start()
            progress.step("ready")
            progress.plain(f"\n{demo.where_to_look()}\n\n  Ctrl-C stops everything.\n")
            until_stopped()
    except KeyboardInterrupt:
        progress.step("stopped")
    return 0
