"""What a question came with: its parameters from address and body, read as Prometheus reads them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import parse_qsl

from fastapi import Request

from analysis_service.query import bounds
from analysis_service.query.refusals import QueryRefused

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200
UNITS: Mapping[str, float] = MappingProxyType(
    {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
)
_DURATION = re.compile("".join(rf"(?:(\d{{1,9}}){unit})?" for unit in UNITS))
LONG_AGO, FAR_AHEAD = 0.0, 4_102_444_800.0
"""1970 and 2100."""


class Parameters:
    """By name; one that came twice is refused where one is expected, for who reads which of them differs."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def all(self, name: str) -> list[str]:
        """Each value of `name`."""
        return [value for key, value in self._pairs if key == name]

    def one(self, name: str, otherwise: str | None = None) -> str:
        """The value of `name`. Raises QueryRefused where it came twice, or not at all and there is no other."""
        values = self.all(name)
        if len(values) > 1:
            raise QueryRefused(f"expected it once, got it {len(values)} times", field=name)
        value = values[0] if values and values[0] else otherwise
        if value is None:
            raise QueryRefused("expected a value, got none", field=name)
        return value

    def time(self, name: str, otherwise: float | None = None) -> float:
        """Seconds since 1970, from such or from RFC 3339."""
        value = self.one(name, None if otherwise is None else repr(otherwise))
        at = _number(value)
        if at is None:
            try:
                read = datetime.fromisoformat(value)
            except ValueError:
                read = None
            at = read.timestamp() if read is not None and read.tzinfo is not None else None
        if at is None or not LONG_AGO <= at <= FAR_AHEAD:
            raise QueryRefused(f"expected seconds since 1970 or RFC 3339, got {value[:40]!r}", field=name)
        return at

    def seconds(self, name: str, otherwise: str | None = None) -> float:
        """A number of seconds above zero, from such or from a duration as 1h30m."""
        value = self.one(name, otherwise)
        seconds = _number(value)
        if seconds is None:
            found = _DURATION.fullmatch(value)
            parts = found.groups() if found else ()
            seconds = sum(float(part or 0) * unit for part, unit in zip(parts, UNITS.values(), strict=False))
        if not 0 < seconds < FAR_AHEAD:
            raise QueryRefused(f"expected seconds above 0 or a duration, got {value[:40]!r}", field=name)
        return seconds

    def timeout(self) -> float:
        """How long Prometheus may take."""
        seconds = self.seconds("timeout", repr(bounds.MOST_SECONDS))
        if seconds > bounds.MOST_SECONDS:
            raise QueryRefused(f"expected at most {bounds.MOST_SECONDS:g} s, got {seconds:g} s", field="timeout")
        return seconds


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


async def parameters(request: Request) -> Parameters:
    """Those of the address, and of the body where there is one. Raises QueryRefused."""
    text = request.url.query
    if request.method == "POST":
        kind = request.headers.get("Content-Type", FORM).partition(";")[0].strip().lower()
        if kind != FORM:
            raise QueryRefused(f"expected {FORM}, got {kind[:60]!r}", field="Content-Type")
        text = "&".join(part for part in (text, _decoded(await request.body())) if part)
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise QueryRefused(f"expected at most {MOST_FIELDS} parameters in UTF-8, got others", field="body") from None
    return Parameters(pairs)


def _decoded(body: bytes) -> str:
    if len(body) > bounds.MOST_BODY:
        raise QueryRefused(f"expected at most {bounds.MOST_BODY} bytes, got {len(body)}", field="body")
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise QueryRefused("expected a form whose characters are quoted, got other bytes", field="body") from None
