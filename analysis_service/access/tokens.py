"""Who holds a token: its signature, issuer, audience and times, and what it says of its holder."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, TypeGuard

import jwt

from analysis_service.access.keys import KeyRing
from analysis_service.clock import Clock
from analysis_service.problems import FORBIDDEN, UNAUTHORIZED, UNAVAILABLE, Problem
from chevet.roles import Role

ALGORITHM = "RS256"
LEEWAY_MS = 5_000
MOST_CHARACTERS = 255
"""Of a subject, as OpenID Connect Core 1.0 (2) has it."""
MOST_HELD = 10_000
"""Tokens whose signature need not be looked at again; a gateway's is good for hundreds of requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who holds the token. `gateway` is the one a gateway speaks for; `name` is how people know a person.

    `session` is the one by whose cookie a browser asks, None for a token.
    """

    subject: str
    name: str
    roles: frozenset[Role]
    gateway: str | None
    session: str | None = None

    def require_gateway(self, gateway: str) -> None:
        """Refuse a gateway that asks about another one; people are judged by their rights alone."""
        if self.gateway is not None and self.gateway != gateway:
            raise Problem(
                FORBIDDEN, f"gateway: expected {self.gateway}, the token's own, got {gateway!r}", field="gateway"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a token said, by the very key that it was verified with; it is asked for its times each time."""

    kid: str
    key: jwt.PyJWK
    begins_ms: float
    expires_ms: float
    caller: Caller


class Access:
    """Turns tokens into callers. A token that was verified is held while the issuer's key is the same object.

    Keys are fetched anew every few minutes, and each fetch makes new ones: so a key that was withdrawn is found out
    no later than without.
    """

    def __init__(self, keys: KeyRing, issuer: str, audience: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._held: OrderedDict[str, Held] = OrderedDict()

    async def caller(self, token: str) -> Caller:
        """Who holds `token`. Raises Problem 401 with the claim that is wrong."""
        return (await self.held(token)).caller

    async def held(self, token: str) -> Held:
        """The same, with the times of `token`."""
        held = self._held.get(token)
        if held is None or held.key is not await self._keys.key(held.kid):
            held = await self._verified(token)
        self._require_time(held)
        self._hold(token, held)
        return held

    def _hold(self, token: str, held: Held) -> None:
        self._held[token] = held
        self._held.move_to_end(token)
        if len(self._held) > MOST_HELD:
            self._held.popitem(last=False)

    async def _verified(self, token: str) -> Held:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise refused("expected a signed token, got something else") from None
        if header.get("alg") != ALGORITHM:
            raise refused(f"expected a token signed with {ALGORITHM}, got {str(header.get('alg'))[:20]!r}")
        kid = str(header.get("kid", ""))
        key = await self._keys.key(kid)
        if key is None and not self._keys.known:
            raise Problem(UNAVAILABLE, "issuer: expected its public keys, could not have them yet", field="issuer")
        if key is None:
            raise refused("expected a token signed with a key of the issuer, got another key")
        claims = self._claims(token, key)
        begins, expires = _times(claims)
        return Held(kid=kid, key=key, begins_ms=begins, expires_ms=expires, caller=_caller_of(claims))

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
            raise refused(f"expected a token of the issuer {self._issuer}, got another issuer's") from None
        except jwt.InvalidAudienceError:
            raise refused(f"expected a token for the audience {self._audience}, got another audience") from None
        except jwt.PyJWTError as error:
            raise refused(f"expected a valid token, got one of which PyJWT says: {error}") from None
        return claims

    def _require_time(self, held: Held) -> None:
        now = self._clock()
        if not now < held.expires_ms + LEEWAY_MS:
            raise refused("expected a token that has not expired, got an expired one")
        if not held.begins_ms - LEEWAY_MS <= now:
            raise refused("expected a token that is valid already, got one that begins later")


def _times(claims: dict[str, Any]) -> tuple[float, float]:
    """From when and until when a token is good, in milliseconds since 1970."""
    try:
        return float(claims.get("nbf", 0)) * 1000, float(claims["exp"]) * 1000
    except (TypeError, ValueError, OverflowError):
        raise refused("expected exp and nbf to be numbers") from None


def _caller_of(claims: dict[str, Any]) -> Caller:
    """Keycloak's shape: roles at realm_access.roles; ours: the claim `gateway`."""
    access = claims.get("realm_access")
    named = access.get("roles", []) if isinstance(access, dict) else []
    roles = frozenset(Role(role) for role in named if role in tuple(Role)) if isinstance(named, list) else frozenset()
    gateway = claims.get("gateway")
    if Role.GATEWAY in roles and not _is_name(gateway):
        raise refused("expected the claim gateway in a token with the role gateway, got none")
    subject = claims["sub"]
    if not _is_name(subject):
        raise refused(f"expected sub to be 1 to {MOST_CHARACTERS} readable characters, got something else")
    names = (claims.get("name"), claims.get("preferred_username"))
    return Caller(
        subject=subject,
        name=next((name for name in names if _is_name(name)), subject),
        roles=roles,
        gateway=gateway if Role.GATEWAY in roles else None,
    )


def _is_name(claim: Any) -> TypeGuard[str]:
    """Whether every table can keep it, and a log and a page show it."""
    return isinstance(claim, str) and 0 < len(claim) <= MOST_CHARACTERS and claim.isprintable()


def refused(sentence: str) -> Problem:
    return Problem(
        UNAUTHORIZED, f"Authorization: {sentence}", field="Authorization", headers={"WWW-Authenticate": "Bearer"}
    )
