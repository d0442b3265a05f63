"""Which SMS should have gone out, by a loop of its own over the log, and which did. Pure.

Only glucose below 54 mg/dL calls here: it is measured as it happens. Everything else is replayed from hours ago, and
what is older than its vital's "stale after" calls nobody (DESIGN section 4).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.produced import GOOD, Produced
from chevet.alerts import alert_id

VITAL, RULE = "glucose_sensor", "glucose_sensor.low"
LIMIT, MARGIN = 54, 5
CALM_SECONDS = 60
STALE_SECONDS = 20 * 60
_REFERENCE = re.compile(r"R[eé]f ([0-9A-F]{6})-(\d+)")


@dataclass(slots=True)
class Alarm:
    """One alarm of one device. Its onset is one of `lows`: kills may let the second of them arrive before the first."""

    device: str
    lows: list[int] = field(default_factory=list)
    fresh: bool = False

    def references(self, gateway: str) -> set[str]:
        """The references that its SMS may have."""
        return {str(alert_id(gateway, self.device, RULE, low))[:6].upper() for low in self.lows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """`expected` alarms, distinct SMS `sent`, `repeated` ones of the same reference; what is `missing` and `odd`."""

    expected: int
    sent: int
    repeated: int
    missing: tuple[Alarm, ...]
    odd: tuple[str, ...]


def alarms(produced: Iterable[Produced]) -> list[Alarm]:
    """The alarms about which a relative is to be called, from the readings that reached the broker."""
    by_device: dict[str, list[Produced]] = defaultdict(list)
    for reading in produced:
        if reading.sent and reading.vital == VITAL and reading.quality == GOOD:
            by_device[reading.device].append(reading)
    return [alarm for device, readings in by_device.items() for alarm in _alarms(device, readings) if alarm.fresh]


def _alarms(device: str, readings: list[Produced]) -> list[Alarm]:
    found: list[Alarm] = []
    open_one: Alarm | None = None
    calm_since: int | None = None
    for reading in readings:
        value = reading.value or 0
        if value < LIMIT and open_one is None:
            open_one = Alarm(device)
            found.append(open_one)
        if open_one is None:
            continue
        if value < LIMIT:
            open_one.lows.append(reading.at)
        open_one.fresh = open_one.fresh or reading.logged - reading.at / 1000 < STALE_SECONDS
        calm_since = None if value < LIMIT + MARGIN else reading.at if calm_since is None else calm_since
        if calm_since is not None and reading.at - calm_since >= CALM_SECONDS * 1000:
            open_one, calm_since = None, None
    return found


def reference(text: str) -> tuple[str, int] | None:
    """The reference in an SMS, and the number of the message about that alert."""
    found = _REFERENCE.search(text)
    return (found[1], int(found[2])) if found else None


def compared(gateway: str, expected: list[Alarm], texts: Iterable[str]) -> Calls:
    """The alarms against the SMS that came. Second messages about one alarm are the lease's, not repeats."""
    came = Counter(reference(text) for text in texts)
    unread = came.pop(None, 0)
    first = {one[0] for one in came if one}
    missing = tuple(alarm for alarm in expected if not alarm.references(gateway) & first)
    known = {one for alarm in expected for one in alarm.references(gateway)}
    odd = tuple(sorted(first - known)) + ("without a reference",) * unread
    return Calls(expected=len(expected), sent=len(first), repeated=came.total() - len(came), missing=missing, odd=odd)
