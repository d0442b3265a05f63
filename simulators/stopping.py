"""Ctrl-C and SIGTERM as one event, so that a command ends by finishing what it is at."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading


def stop_event() -> threading.Event:
    """An event that is set by the first SIGTERM or Ctrl-C; a second one ends the process at once."""
    stopping = threading.Event()

    def stop(number: int, _frame: object) -> None:
        if stopping.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stopping.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    return stopping


async def until_told(seconds: float, stopping: asyncio.Event) -> None:
    """As long as `seconds`, or until told to stop."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


def say(line: str) -> None:
    """One line of progress, on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
