"""What a browser must show: the cookie, and for what changes something that the page it stands on is ours."""

from __future__ import annotations

import hmac
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request, Response

from analysis_service.problems import FORBIDDEN, INVALID, Problem
from analysis_service.settings import BadSettings, Settings

CSRF = "X-Chevet-CSRF"
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_IN_SECONDS = 600
MOST_NEXT = 2000
HERE = re.compile(r"/(?!/)")
"""How a path begins after which a browser looks for no other host: by one stroke, and not by two."""


class Browser:
    """Cookies and origin of one service: Secure and bound to the host, but for one that listens on loopback."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.public_url or f"http://{settings.listen}"
        parts = urlsplit(self.url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.secure = parts.scheme == "https"
        if not self.secure and not (_is_loopback(settings.host_and_port[0]) and _is_loopback(parts.hostname or "")):
            raise BadSettings(
                "CHEVET_PUBLIC_URL: expected https:// for people who sign in, got http://, which only loopback may have"
            )
        prefix = "__Host-" if self.secure else ""
        self.session, self.sign_in = f"{prefix}chevet", f"{prefix}chevet-sign-in"

    def give(self, response: Response, name: str, value: str, seconds: int) -> None:
        """Put a cookie into `response`, for the whole host and nobody's script."""
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax")

    def take(self, response: Response, name: str) -> None:
        """Have the browser forget it."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")

    def require_ours(self, request: Request, cookie: str) -> None:
        """Raises Problem 403 where something is to be changed by a request that a page of another site could send."""
        if request.method in HARMLESS:
            return
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if (origin or site) is None or origin not in (None, self.origin) or site not in (None, "same-origin"):
            raise Problem(FORBIDDEN, f"Origin: expected {self.origin}, got another or none", field="Origin")
        given = request.headers.get(CSRF, "")
        if not hmac.compare_digest(given.encode(errors="replace"), csrf(cookie).encode()):
            raise Problem(FORBIDDEN, f"{CSRF}: expected what GET /api/v1/session gives, got another", field=CSRF)


def csrf(cookie: str) -> str:
    """What a page must send beside the cookie, and can only know by having read an answer of ours."""
    return hmac.digest(cookie.encode(errors="replace"), b"csrf", "sha256").hex()


def require_way_here(path: str) -> str:
    """`path`, where a browser stays with us by going there. Raises Problem 422."""
    if not (path.isprintable() and len(path) <= MOST_NEXT and "\\" not in path and HERE.match(path)):
        raise Problem(INVALID, "next: expected a path of this service such as /, got another address", field="next")
    return path


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
