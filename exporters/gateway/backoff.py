"""How long to wait before trying again: longer each time, with jitter, so that many do not come back at once."""

from __future__ import annotations

import random
from collections.abc import Iterator

LONGEST = 15.0


def pauses(first: float = 0.2, most: float = LONGEST) -> Iterator[float]:
    """Seconds to wait before each next try, without end; between half of and the whole of a pause that doubles."""
    pause = first
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret
        pause = min(most, pause * 2)
