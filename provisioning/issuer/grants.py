"""What the demo's identity provider grants and remembers, in the terms of Authlib's server, which does the rest."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint, EndSessionRequest
from joserfc.jwk import KeySet

from provisioning.issuer.holders import WITH_SECRET, Holder, Holders

AUDIENCE = "chevet"
LIFETIME_SECONDS = 300
CODE_SECONDS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc] # Authlib has no types
    """What an application may have for a person, once."""

    code: str
    client_id: str
    subject: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str
    code_challenge_method: str
    at: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(self.at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refresh:
    """By which an application has further tokens for a person, until one of them ends it."""

    client_id: str
    subject: str
    scope: str

    def check_client(self, client: Holder) -> bool:
        return client.client_id == self.client_id

    def get_scope(self) -> str:
        return self.scope


@dataclass(kw_only=True, slots=True)
class Provider:
    """Everything that the classes below ask for. A restart forgets codes and refresh tokens: all sign in again."""

    issuer: str
    keys: KeySet
    holders: Holders
    lifetime_seconds: int
    codes: dict[str, Code]
    refreshes: dict[str, Refresh]

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        if "refresh_token" in token:
            self.refreshes[token["refresh_token"]] = Refresh(
                client_id=request.client.client_id, subject=request.user.client_id, scope=token["scope"]
            )

    def end(self, client_id: str, subject: str) -> None:
        """Nothing more for that person in that application, until they sign in again."""
        ended = [
            key for key, one in tuple(self.refreshes.items()) if (one.client_id, one.subject) == (client_id, subject)
        ]
        for key in ended:
            self.refreshes.pop(key, None)

    def parts(self) -> dict[str, Any]:
        """Authlib's classes, bound to this provider: it makes the instances itself, one for each request."""
        bound = {"provider": self}
        return {
            "code": type("_Codes", (Codes,), bound),
            "refresh": type("_Refreshes", (Refreshes,), bound),
            "end": type("_Ending", (Ending,), bound),
        }


class Tokens(JWTBearerTokenGenerator):  # type: ignore[misc] # Authlib has no types
    """Access tokens as the service wants them: for its audience, with the holder's roles."""

    def __init__(self, provider: Provider, refreshing: Any) -> None:
        super().__init__(provider.issuer, "RS256", refreshing, lambda client, grant: provider.lifetime_seconds)
        self._provider = provider

    def get_jwks(self) -> KeySet:
        return self._provider.keys

    def get_audiences(self, client: Holder, user: Holder | None, scope: str | None) -> str:
        return AUDIENCE

    def get_extra_claims(self, client: Holder, grant: str, user: Holder | None, scope: str | None) -> dict[str, Any]:
        return {"azp": client.client_id, **(user or client).claims}


class Codes(AuthorizationCodeGrant):  # type: ignore[misc] # Authlib has no types
    """The code flow. A code is good once, for a minute, with the verifier of its challenge."""

    provider: Provider
    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        self.provider.codes[code] = Code(
            code=code,
            client_id=request.client.client_id,
            subject=request.user.client_id,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
            at=time.time(),
        )

    def query_authorization_code(self, code: str, client: Holder) -> Code | None:
        """Taken out at once: also a wrong verifier uses it up."""
        known = self.provider.codes.pop(code, None)
        young = known is not None and time.time() - known.at < CODE_SECONDS
        return known if known and young and known.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It is out already."""

    def authenticate_user(self, authorization_code: Code) -> Holder | None:
        return self.provider.holders.person(authorization_code.subject)


class Refreshes(RefreshTokenGrant):  # type: ignore[misc] # Authlib has no types
    """A refresh token is good once, and gives roles as they are now."""

    provider: Provider
    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Refresh | None:
        return self.provider.refreshes.get(refresh_token)

    def authenticate_user(self, refresh_token: Refresh) -> Holder | None:
        return self.provider.holders.person(refresh_token.subject)

    def revoke_old_credential(self, refresh_token: Refresh) -> None:
        self.provider.refreshes.pop(self.request.form["refresh_token"], None)


class Challenge(CodeChallenge):  # type: ignore[misc] # Authlib has no types
    """PKCE with S256, of everybody."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Codes, redirect_uri: str) -> None:
        """Authlib wants it of programs without a secret only."""
        super().validate_code_challenge(grant, redirect_uri)
        if grant.request.payload.data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge: expected one, with the method S256, got none")


class Identity(OpenIDCode):  # type: ignore[misc] # Authlib has no types
    """The ID token."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self._provider = provider

    def resolve_client_private_key(self, client: Holder) -> KeySet:
        return self._provider.keys

    def get_client_claims(self, client: Holder) -> dict[str, Any]:
        return {"iss": self._provider.issuer, "aud": client.client_id, "exp": int(time.time()) + LIFETIME_SECONDS}

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return any(code.nonce == nonce for code in tuple(self._provider.codes.values()))

    def generate_user_info(self, user: Holder, scope: str) -> dict[str, Any]:
        return {"sub": user.client_id, **user.claims}


class Ending(EndSessionEndpoint):  # type: ignore[misc] # Authlib has no types
    """The end of what an application has for a person, where it shows whose it was."""

    provider: Provider

    def get_server_jwks(self) -> KeySet:
        return self.provider.keys

    def end_session(self, end_session_request: EndSessionRequest) -> None:
        claims = end_session_request.id_token_claims
        if claims and end_session_request.client:
            self.provider.end(end_session_request.client.client_id, claims["sub"])
