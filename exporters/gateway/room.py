"""The disk of a gateway, shared out: from the room that it has, the bounds of the queue `uplink`, journal and spool.

Measured on RabbitMQ 3.10 and SQLite 3.40, a reading of 240 bytes takes 600 on disk in a quorum queue (whose bound
counts bodies alone), 620 in the spool on its way to both exchanges, a fifth of its half there when six are folded into
one part, and 50 in the journal, which knows it for nine days. An oximeter sends 121,000 a week, a home with one of each
sensor 155,000: in the queue some 95 MB. So a week offline fits into 1 GB, with room for what the broker writes ahead,
for dead letters and for reserves; what does not fit into the queue is folded in the spool.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

GIGABYTE = 10**9

SHARES = {
    "uplink_max_bytes": 0.15,
    "journal_max_bytes": 0.15,
    "spool_max_bytes": 0.20,
}
"""Of the room. The queue takes two and a half times its bound on disk: with it all are at most three quarters."""


def share_of(bound: str) -> Callable[[dict[str, Any]], int]:
    """The default of a bound, from the settings that were read before it."""
    return lambda settings: int(SHARES[bound] * settings.get("disk_bytes", GIGABYTE))


def half_of(bound: str) -> Callable[[dict[str, Any]], int]:
    """The default of a bound that is to be met long before another."""
    return lambda settings: max(1, int(settings.get(bound, GIGABYTE)) // 2)
