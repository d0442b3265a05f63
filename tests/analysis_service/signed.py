"""The demo's identity provider in a thread, and browsers that sign in by it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2

from chevet.roles import Role
from provisioning import secrets
from provisioning.issuer import command
from provisioning.issuer.grants import Provider
from provisioning.local.ports import free_port

HOME = "http://127.0.0.1:8000"
OURS = {"Origin": HOME}


@dataclass
class Running:
    """The provider: its people can be given other roles while it runs."""

    provider: Provider
    kept: secrets.Secrets

    @property
    def settings(self) -> dict[str, Any]:
        """With which the service lets its people in."""
        return {
            "jwks_url": self.kept.file(secrets.JWKS).as_uri(),
            "token_issuer": self.provider.issuer,
            "oidc_issuer": self.provider.issuer,
            "oidc_client_id": "chevet-service",
            "oidc_client_secret_file": self.kept.client_secret("chevet-service"),
            "session_key_file": self.kept.file(secrets.SESSION_KEY),
        }

    def make(self, person: str, *roles: Role) -> None:
        """From now on that person is that."""
        clients = self.provider.holders.clients
        clients[person] = replace(clients[person], roles=roles)


@contextmanager
def provider(keys: Path, lifetime_seconds: int = 300) -> Iterator[Running]:
    """Of the people in that folder of secrets."""
    kept = secrets.Secrets(directory=keys)
    address = f"127.0.0.1:{free_port()}"
    made = command.provider(kept, f"http://{address}", {"chevet-service": HOME}, lifetime_seconds)
    server = command.server(address, made)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Running(made, kept)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Browser:
    """Keeps the cookies that it is given, as one does, and goes where it is sent."""

    def __init__(self, service: Any, agent: str = "Firefox") -> None:
        self.service = service
        self.agent = agent
        self.cookies: dict[str, str] = {}

    async def ask(self, method: str, path: str, **given: Any) -> httpx2.Response:
        headers = {"User-Agent": self.agent} | given.pop("headers", {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.service.client.request(method, path, headers=headers, **given)
        for line in answer.headers.get_list("Set-Cookie"):
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
            if "Max-Age=0" in line:
                del self.cookies[name]
        self.service.client.cookies.clear()
        return answer

    async def choose(self, person: str, then: str = "/") -> str:
        """Begin, and say who one is; the path with which the provider sends back."""
        begun = await self.ask("GET", "/sign-in", params={"next": then})
        assert begun.status_code == 303, begun.text
        async with httpx2.AsyncClient() as client:
            chosen = await client.post(begun.headers["Location"], data={"person": person})
        assert chosen.status_code == 302, chosen.text
        return str(chosen.headers["Location"]).removeprefix(HOME)

    async def sign_in(self, person: str, then: str = "/") -> httpx2.Response:
        """The whole way."""
        answer = await self.ask("GET", await self.choose(person, then))
        assert answer.status_code == 303, answer.text
        return answer

    async def session(self) -> httpx2.Response:
        return await self.ask("GET", "/api/v1/session")

    async def headers(self) -> dict[str, str]:
        """What a page of ours sends to change something."""
        return OURS | {"X-Chevet-CSRF": (await self.session()).json()["csrf"]}
