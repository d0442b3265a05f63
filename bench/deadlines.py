"""Waiting for a condition with a deadline: never for a time alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bench.errors import Unmeasured

LOOK_EVERY = 0.1


async def until(holds: Callable[[], Awaitable[bool]], what: str, seconds: float, every: float = LOOK_EVERY) -> None:
    """Until `holds` answers True. Raises Unmeasured, which says `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not await holds():
        if time.monotonic() > deadline:
            raise Unmeasured(f"{what}: expected within {seconds:.0f} s, and it did not happen")
        await asyncio.sleep(every)
