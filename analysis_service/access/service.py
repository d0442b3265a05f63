"""Who asks, and what they may do. A route names its right as the type of `who`; one without it is visibly public."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from analysis_service.access.keys import KeyRing
from analysis_service.clock import Clock
from analysis_service.problems import FORBIDDEN, UNAUTHORIZED, UNAVAILABLE, Problem
from chevet.roles import Right, Role, may

ALGORITHM = "RS256"
LEEWAY_MS = 5_000

_BEARER = HTTPBearer(auto_error=False, description="An RS256 token of the identity provider")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who holds the token. `gateway` is the one a gateway speaks for; `name` is how people know a person."""

    subject: str
    name: str
    roles: frozenset[Role]
    gateway: str | None

    def require_gateway(self, gateway: str) -> None:
        """Refuse a gateway that asks about another one; people are judged by their rights alone."""
        if self.gateway is not None and self.gateway != gateway:
            raise Problem(
                FORBIDDEN, f"gateway: expected {self.gateway}, the token's own, got {gateway!r}", field="gateway"
            )


class Access:
    """Turns tokens into callers."""

    def __init__(self, keys: KeyRing, issuer: str, audience: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock

    async def caller(self, token: str) -> Caller:
        """Who holds `token`. Raises Problem 401 with the claim that is wrong."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise _refused("expected a signed token, got something else") from None
        if header.get("alg") != ALGORITHM:
            raise _refused(f"expected a token signed with {ALGORITHM}, got {str(header.get('alg'))[:20]!r}")
        key = await self._keys.key(str(header.get("kid", "")))
        if key is None and not self._keys.known:
            raise Problem(UNAVAILABLE, "issuer: expected its public keys, could not have them yet", field="issuer")
        if key is None:
            raise _refused("expected a token signed with a key of the issuer, got another key")
        return _caller_of(self._claims(token, key))

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        """Times are judged by the service's own clock, everything else by PyJWT."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={
                    "require": ["exp", "iss", "aud", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidIssuerError:
            raise _refused(f"expected a token of the issuer {self._issuer}, got another issuer's") from None
        except jwt.InvalidAudienceError:
            raise _refused(f"expected a token for the audience {self._audience}, got another audience") from None
        except jwt.PyJWTError as error:
            raise _refused(f"expected a valid token, got one of which PyJWT says: {error}") from None
        self._require_time(claims)
        return claims

    def _require_time(self, claims: dict[str, Any]) -> None:
        now = self._clock()
        try:
            expires, begins = float(claims["exp"]) * 1000, float(claims.get("nbf", 0)) * 1000
        except (TypeError, ValueError, OverflowError):
            raise _refused("expected exp and nbf to be numbers") from None
        if not now < expires + LEEWAY_MS:
            raise _refused("expected a token that has not expired, got an expired one")
        if not begins - LEEWAY_MS <= now:
            raise _refused("expected a token that is valid already, got one that begins later")


def _caller_of(claims: dict[str, Any]) -> Caller:
    """Keycloak's shape: roles at realm_access.roles; ours: the claim `gateway`."""
    access = claims.get("realm_access")
    named = access.get("roles", []) if isinstance(access, dict) else []
    roles = frozenset(Role(role) for role in named if role in tuple(Role)) if isinstance(named, list) else frozenset()
    gateway = claims.get("gateway")
    if Role.GATEWAY in roles and not (isinstance(gateway, str) and gateway):
        raise _refused("expected the claim gateway in a token with the role gateway, got none")
    return Caller(
        subject=str(claims["sub"]),
        name=str(claims.get("name") or claims.get("preferred_username") or claims["sub"]),
        roles=roles,
        gateway=gateway if Role.GATEWAY in roles else None,
    )


def _refused(sentence: str) -> Problem:
    return Problem(
        UNAUTHORIZED, f"Authorization: {sentence}", field="Authorization", headers={"WWW-Authenticate": "Bearer"}
    )


async def authenticated(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> Caller:
    """Whoever holds the request's token."""
    if bearer is None:
        raise _refused("expected «Bearer» and a token, got none")
    access: Access = request.app.state.access
    return await access.caller(bearer.credentials)


def _holder_of(right: Right) -> Callable[[Caller], Awaitable[Caller]]:
    async def holder(caller: Annotated[Caller, Depends(authenticated)]) -> Caller:
        if not may(caller.roles, right):
            raise Problem(FORBIDDEN, f"Authorization: expected the right to {right}, the token's roles have it not")
        return caller

    return holder


SeriesWriter = Annotated[Caller, Depends(_holder_of(Right.WRITE_SERIES))]
AlertRaiser = Annotated[Caller, Depends(_holder_of(Right.RAISE_ALERTS))]
AlertReader = Annotated[Caller, Depends(_holder_of(Right.READ_ALERTS))]
TechnicalAlertReader = Annotated[Caller, Depends(_holder_of(Right.READ_TECHNICAL_ALERTS))]
AlertTaker = Annotated[Caller, Depends(_holder_of(Right.TAKE_ALERTS))]
SheetReader = Annotated[Caller, Depends(_holder_of(Right.READ_SHEET))]
DossierReader = Annotated[Caller, Depends(_holder_of(Right.READ_DOSSIERS))]
DossierWriter = Annotated[Caller, Depends(_holder_of(Right.CHANGE_DOSSIERS))]
FleetManager = Annotated[Caller, Depends(_holder_of(Right.MANAGE_FLEET))]
FleetReader = Annotated[Caller, Depends(_holder_of(Right.READ_FLEET))]
HeartbeatSender = Annotated[Caller, Depends(_holder_of(Right.SEND_HEARTBEATS))]
TargetReader = Annotated[Caller, Depends(_holder_of(Right.READ_TARGETS))]
QuarantineManager = Annotated[Caller, Depends(_holder_of(Right.MANAGE_QUARANTINE))]
