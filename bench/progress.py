"""What the person at the terminal is told: a line for each step, on standard error, with seconds since the start."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

Tell = Callable[[str], None]


def progress() -> Tell:
    """A function that says a sentence; standard output stays free for the result."""
    since = time.monotonic()

    def tell(sentence: str) -> None:
        print(f"{time.monotonic() - since:7.1f} s  {sentence}", file=sys.stderr, flush=True)

    return tell
