"""Somebody at a browser: signs in as people do, keeps the cookie, and asks the service with it."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx2

from simulators.errors import NotAsTold

CSRF = "X-Chevet-CSRF"
MOST_REDIRECTS = 10
CHANGING = frozenset({"POST", "PUT"})


class Browser:
    """One person's. The demo's identity provider asks on a page who one is: `person` is the button that is pressed."""

    def __init__(self, service: str, person: str) -> None:
        self._service = service.rstrip("/")
        self._http = httpx2.AsyncClient(base_url=service, timeout=60, trust_env=False)
        self._person = person
        self._csrf = ""
        self.name = person

    async def sign_in(self) -> Mapping[str, Any]:
        """The session that came of it. Raises NotAsTold where the way there is another than a browser would find."""
        page = await self._followed(await self._http.get("/sign-in", params={"next": "/api/v1/session"}))
        if page.headers.get("Content-Type", "").startswith("text/html"):
            page = await self._followed(
                await self._http.post(_form_of(page), data={"person": self._person}, headers={"Origin": _origin(page)})
            )
        if page.status_code != 200:
            raise NotAsTold(f"sign in as {self._person}: expected a session, got {page.status_code} {page.text[:200]}")
        session: dict[str, Any] = page.json()
        self._csrf, self.name = session["csrf"], session["name"]
        return session

    async def ask(
        self, method: str, path: str, body: object = None, edition: str | None = None, **parameters: str | int
    ) -> httpx2.Response:
        """The service's answer; `edition` is the ETag of what is changed."""
        headers = {CSRF: self._csrf, "Origin": self._service} if method in CHANGING else {}
        if edition is not None:
            headers["If-Match"] = edition
        return await self._http.request(method, path, json=body, params=parameters or None, headers=headers)

    async def close(self) -> None:
        """The window is closed; the session stays until it ends by itself."""
        await self._http.aclose()

    async def _followed(self, answer: httpx2.Response) -> httpx2.Response:
        for _ in range(MOST_REDIRECTS):
            if not answer.is_redirect:
                return answer
            answer = await self._http.get(urljoin(str(answer.url), answer.headers["Location"]))
        raise NotAsTold(f"sign in as {self._person}: expected an end after {MOST_REDIRECTS} redirects, got another")


class _Form(HTMLParser):
    """Where the page's form goes."""

    action: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "form":
            self.action = dict(attrs).get("action") or ""


def _form_of(page: httpx2.Response) -> str:
    form = _Form()
    form.feed(page.text)
    if form.action is None:
        raise NotAsTold(f"sign in: expected a page with a form at {page.url.host}, got one without")
    return urljoin(str(page.url), form.action) if form.action else str(page.url)


def _origin(page: httpx2.Response) -> str:
    return f"{page.url.scheme}://{page.url.netloc.decode()}"
