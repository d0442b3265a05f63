"""What the person at the terminal is told: a line for each step, on standard error, with seconds since the start."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable

import structlog

Tell = Callable[[str], None]


def progress() -> Tell:
    """A function that says a sentence; standard output stays free for the result, of our own bus's log lines too."""
    since = time.monotonic()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )

    def tell(sentence: str) -> None:
        print(f"{time.monotonic() - since:7.1f} s  {sentence}", file=sys.stderr, flush=True)

    return tell
