"""The identity provider as the service speaks to it: where it sends people, and what it gives for their codes."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import jwt
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from analysis_service.access.keys import KeyRing
from analysis_service.access.tokens import ALGORITHM
from analysis_service.clock import Clock
from analysis_service.problems import UNAVAILABLE, Problem

SCOPE = "openid profile"
LIFE_MS = 5 * 60 * 1000
TIMEOUT_SECONDS = 5.0
LEEWAY_SECONDS = 30
BACK_CHANNEL = "http://schemas.openid.net/event/backchannel-logout"

log = structlog.get_logger()


class Refused(Exception):
    """The provider answered that it does not give this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the provider is asked for what, by its own discovery document."""

    issuer: str
    authorize: str
    token: str
    end: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a sign-in is recognised by when the person comes back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the provider gave. `identity` are the claims of the ID token, looked at; None where there was none."""

    access: str
    refresh: str | None
    id_token: str | None
    identity: Mapping[str, Any] | None


class Provider:
    """One client of one issuer. `keys` are the issuer's, `redirect_uri` is where people come back to."""

    def __init__(
        self, issuer: str, client_id: str, secret: str, redirect_uri: str, keys: KeyRing, clock: Clock
    ) -> None:
        self.client_id = client_id
        self._issuer = issuer
        self._secret = secret
        self._redirect_uri = redirect_uri
        self._keys = keys
        self._clock = clock
        self._tls = ssl.create_default_context()  # to make one takes longer than to ask
        self._places: Places | None = None
        self._found = 0

    async def places(self) -> Places:
        """Where it is asked. Raises Problem 503 as long as it was never reached."""
        now = self._clock()
        if self._places is None or not 0 <= now - self._found <= LIFE_MS:
            try:
                self._places, self._found = await self._discovered(), now
            except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
                log.warning("the identity provider cannot be asked where it is", error=str(error))
        if self._places is None:
            raise away()
        return self._places

    async def way(self, begun: Begun) -> str:
        """The address at the provider to which a browser is sent."""
        places = await self.places()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                places.authorize, state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
            )
        return str(url)

    async def exchanged(self, code: str, begun: Begun) -> Tokens:
        """What `code` is good for. Raises Refused; Problem 503 where nothing of sense comes back."""
        tokens = await self._asked("fetch_token", code=code, code_verifier=begun.verifier)
        if tokens.identity is None or tokens.identity.get("nonce") != begun.nonce:
            raise Refused("expected an ID token of this sign-in, got another")
        return tokens

    async def renewed(self, refresh: str) -> Tokens:
        """New tokens. Raises Refused where the person's session with the provider has ended, Problem 503 otherwise."""
        return await self._asked("refresh_token", refresh_token=refresh)

    async def ended_session(self, logout_token: str) -> tuple[str | None, str | None]:
        """Session and subject, at least one, of which the provider tells that it ended there. Raises Refused."""
        claims = await self._claims(logout_token, (await self.places()).issuer, "events", "jti")
        events, whose = claims["events"], (claims.get("sid"), claims.get("sub"))
        if not isinstance(events, dict) or BACK_CHANNEL not in events or "nonce" in claims:
            raise Refused("expected a logout token, got another")
        if not any(whose) or not all(one is None or isinstance(one, str) for one in whose):
            raise Refused("expected sid or sub in a logout token, got none")
        return whose

    async def _asked(self, how: str, **given: str) -> Tokens:
        places = await self.places()
        try:
            async with self._client() as client:
                came = await getattr(client, how)(places.token, **given)
            access, id_token = came["access_token"], came.get("id_token")
        except OAuthError as error:
            if error.error == "invalid_grant":
                raise Refused("expected one that the provider knows, got another") from None
            log.error("the identity provider refuses the service itself", error=error.error)
            raise away() from None
        except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
            log.warning("the identity provider does not answer", error=type(error).__name__)
            raise away() from None
        identity = await self._claims(id_token, places.issuer) if id_token else None
        return Tokens(access=access, refresh=came.get("refresh_token"), id_token=id_token, identity=identity)

    async def _claims(self, token: str, issuer: str, *wanted: str) -> Mapping[str, Any]:
        """Of a token that is for the service itself. Raises Refused."""
        try:
            key = await self._keys.key(str(jwt.get_unverified_header(token).get("kid", "")))
            if key is None:
                raise Refused("expected a token signed with a key of the issuer, got another key")
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=issuer,
                audience=self.client_id,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", *wanted]},
            )
        except jwt.PyJWTError as error:
            raise Refused(f"expected a valid token of the provider, got one of which PyJWT says: {error}") from None
        if claims.get("azp", self.client_id) != self.client_id:
            raise Refused("expected a token for this client, got another's")
        return claims

    async def _discovered(self) -> Places:
        async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, verify=self._tls) as client:
            answer = await client.get(f"{self._issuer}/.well-known/openid-configuration")
        said = answer.raise_for_status().json()
        if said["issuer"] != self._issuer:
            raise ValueError(f"issuer: expected {self._issuer}, got another")
        return Places(
            issuer=said["issuer"],
            authorize=said["authorization_endpoint"],
            token=said["token_endpoint"],
            end=said.get("end_session_endpoint"),
        )

    def _client(self) -> AsyncOAuth2Client:
        """One for each act: Authlib's keeps the tokens it was last given."""
        return AsyncOAuth2Client(
            self.client_id,
            self._secret,
            scope=SCOPE,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
            verify=self._tls,
        )


def away() -> Problem:
    """What is said while the provider cannot be asked."""
    return Problem(
        UNAVAILABLE, "identity provider: expected it to answer, it does not; whoever is signed in stays so for now"
    )
