"""What a body of JSON may be: UTF-8, of sensible depth, each key once, nothing that no table can keep."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analysis_service.problems import INVALID, Problem

DEEPEST = 32
CHARSETS = ("", "utf-8", "utf8")
STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
BRACKETS = bytes.maketrans(b"{}", b"[]")
NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<unkept>\\u(?:0000|[dD][89a-fA-F]))|\\."
)
"""A pair of halves, what no table can keep, or any other escape."""


class Legible:
    """Refuses a body of JSON that cannot be meant. Belongs inside the lane of gateways' series, which have none.

    At the addresses of `piecewise` the route itself sets aside what cannot be kept, and takes the rest.
    """

    def __init__(self, app: ASGIApp, piecewise: Collection[str] = ()) -> None:
        self.app = app
        self.piecewise = piecewise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; look at its body when a route reads it."""
        charset = charset_of(scope["headers"]) if scope["type"] == "http" else None
        if charset is None:
            await self.app(scope, receive, send)
            return
        came: list[bytes] = []

        async def looked_at() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                came.append(message.get("body", b""))
                if not message.get("more_body"):
                    require_legible(b"".join(came), charset)
                    if scope["path"] not in self.piecewise:
                        require_kept(b"".join(came))
            return message

        await self.app(scope, looked_at, send)


def charset_of(headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """How JSON says it is encoded, empty where it does not; None for what is not JSON."""
    for name, value in headers:
        if name == b"content-type":
            media_type, _, rest = value.decode("latin-1").lower().partition(";")
            if not media_type.strip().endswith(("/json", "+json")):
                return None
            parameters = dict(part.strip().partition("=")[::2] for part in rest.split(";"))
            return parameters.get("charset", "").strip('"')
    return None


def require_legible(body: bytes, charset: str = "") -> None:
    """Raises Problem 422. What is not JSON at all, the route's own reading says."""
    if charset not in CHARSETS:
        raise _refused("in UTF-8", "another charset")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("in UTF-8", "other bytes") from None
    try:
        json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError:
        return
    except ValueError:  # Python refuses to read a number of thousands of digits, which takes it very long
        raise _refused("with numbers of sensible length", "a longer one") from None
    except RecursionError:
        raise _refused(f"at most {DEEPEST} levels deep", "deeper") from None
    if _is_deep(body):
        raise _refused(f"at most {DEEPEST} levels deep", "deeper")


def require_kept(body: bytes) -> None:
    """Raises Problem 422 for characters that no table can keep. `body` is UTF-8."""
    if any(escape["unkept"] for escape in ESCAPE.finditer(body.decode("utf-8"))):
        raise _refused("with characters that can be kept", "NUL or half of one")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key that stands twice, one reader would take the first value and another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refused("with each key once", "one twice")
    return found


def _no_constant(name: str) -> None:
    raise _refused("with numbers as JSON has them", name)


def _is_deep(body: bytes) -> bool:
    """Of what is JSON, by its brackets alone: each pass takes the innermost level away, however wide it is."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    left = STRING.sub(b"", body).translate(BRACKETS, NO_BRACKETS)
    for _ in range(DEEPEST):
        left = left.replace(b"[]", b"")
    return bool(left)


def _refused(expected: str, got: str) -> Problem:
    return Problem(INVALID, f"body: expected JSON {expected}, got {got}", field="body")
