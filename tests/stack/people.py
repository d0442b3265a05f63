"""People of the realm, and browsers in which they sign in as anybody would: by the form that Keycloak shows."""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
from keycloak import KeycloakAdmin

from provisioning.local import keycloak, servers

PASSWORD = "a long enough one, 27 signs"
REDIRECTS = (302, 303)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """Somebody with an account: the id is the subject of their tokens."""

    id: str
    username: str


class Realm:
    """The realm: as its administrator changes it, and as programs get their tokens."""

    def __init__(self, identity: servers.Identity) -> None:
        self.identity = identity
        self.endpoint = f"{identity.issuer}/protocol/openid-connect"
        self.admin = KeycloakAdmin(
            server_url=identity.url,
            username=keycloak.ADMINISTRATOR,
            password=servers.PASSWORD,
            user_realm_name="master",
            realm_name="chevet",
        )

    def new_person(self, *roles: str) -> Person:
        """Somebody of their own with these roles."""
        username = f"{roles[0] if roles else 'nobody'}-{next(_numbers)}"
        account = {"username": username, "enabled": True, "firstName": "Claire", "lastName": "Moreau"}
        password = {"type": "password", "value": PASSWORD, "temporary": False}
        person = Person(self.admin.create_user({**account, "credentials": [password]}), username)
        self.give(person, *roles)
        return person

    def give(self, person: Person, *roles: str) -> None:
        self.admin.assign_realm_roles(person.id, [self.admin.get_realm_role(role) for role in roles])

    def take(self, person: Person, *roles: str) -> None:
        self.admin.delete_realm_roles_of_user(person.id, [self.admin.get_realm_role(role) for role in roles])

    def asked(self, client_id: str, secret: str = "", **form: str) -> httpx2.Response:
        """What the token endpoint answers to a client."""
        known = {"client_id": client_id, "client_secret": secret or servers.CLIENT_SECRETS[client_id]}
        return httpx2.post(f"{self.endpoint}/token", data=known | form, trust_env=False)

    def token(self, client_id: str, secret: str = "") -> str:
        """Of a program for itself."""
        answer = self.asked(client_id, secret, grant_type="client_credentials")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@dataclass
class Browser:
    """Keeps each server's cookies, Secure ones also for loopback as browsers do, and goes where it is sent."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def ask(self, method: str, url: str, **given: Any) -> httpx2.Response:
        kept = self.cookies.setdefault(urlsplit(url).netloc, {})
        headers = given.pop("headers", {}) | ({"Cookie": "; ".join(map("=".join, kept.items()))} if kept else {})
        answer = httpx2.request(method, url, headers=headers, timeout=30, trust_env=False, **given)
        for line in answer.headers.get_list("Set-Cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value and "Max-Age=0" not in rest:
                kept[name] = value
            else:
                kept.pop(name, None)
        return answer

    def go(self, url: str, until: str = "nowhere") -> httpx2.Response:
        """Through all redirects, but for one that leads to an address beginning with `until`."""
        answer = self.ask("GET", url)
        return self._onward(answer, until)

    def _onward(self, answer: httpx2.Response, until: str) -> httpx2.Response:
        while answer.status_code in REDIRECTS and not answer.headers["Location"].startswith(until):
            answer = self.ask("GET", urljoin(str(answer.url), answer.headers["Location"]))
        return answer

    def sign_in(self, url: str, username: str, password: str = PASSWORD, until: str = "nowhere") -> httpx2.Response:
        """From `url` to the form, and on from there."""
        return self.fill(self.go(url, until), username, password, until)

    def fill(self, page: httpx2.Response, username: str, password: str, until: str = "nowhere") -> httpx2.Response:
        """The form of the page, sent."""
        found = re.search(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"', page.text)
        assert found, f"expected the form, got {page.status_code} {page.text[:2000]}"
        form = {"username": username, "password": password}
        return self._onward(self.ask("POST", html.unescape(found[1]), data=form), until)


@dataclass(frozen=True)
class Flow:
    """The code flow of an application without the service's help."""

    realm: Realm
    client_id: str
    callback: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def begins(self, **changed: str | None) -> str:
        """The address to which a browser is sent; None takes something out of it."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "scope": "openid",
            "state": "s",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        given = {name: value for name, value in (asked | changed).items() if value is not None}
        return f"{self.realm.endpoint}/auth?{urlencode(given)}"

    def code(self, person: Person, browser: Browser | None = None) -> str:
        """What the person's browser comes back with."""
        back = (browser or Browser()).sign_in(self.begins(), person.username, until=self.callback)
        return parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]

    def exchanged(self, code: str, **changed: str) -> httpx2.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.callback}
        return self.realm.asked(self.client_id, **(form | {"code_verifier": self.verifier} | changed))

    def tokens(self, person: Person) -> dict[str, str]:
        """Access, refresh and ID token of somebody who signed in."""
        answer = self.exchanged(self.code(person))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def renewed(self, refresh: str) -> httpx2.Response:
        return self.realm.asked(self.client_id, grant_type="refresh_token", refresh_token=refresh)
