"""What every answer tells a browser, unless its route says otherwise: to show nothing of it, and to forget it."""

from __future__ import annotations

from functools import lru_cache

Headers = tuple[tuple[bytes, bytes], ...]

ALWAYS: Headers = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
BEHIND_TLS: Headers = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),)
"""Where people reach the service by https://; a browser that heard it once asks in no other way for a year."""


def headers_for(public_url: str | None) -> Headers:
    """Those of a service that people reach at `public_url`."""
    return ALWAYS + (BEHIND_TLS if (public_url or "").startswith("https://") else ())


def with_those_that_lack(given: list[tuple[bytes, bytes]], wanted: Headers) -> list[tuple[bytes, bytes]]:
    """`given`, and of `wanted` what a route has not said itself. Names are lower-case, as ASGI has them."""
    return [*given, *_lacking(tuple([name for name, _ in given]), wanted)]


@lru_cache(maxsize=256)
def _lacking(said: tuple[bytes, ...], wanted: Headers) -> Headers:
    return tuple(row for row in wanted if row[0] not in said)
