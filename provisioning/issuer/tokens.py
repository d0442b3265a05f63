"""Who a client is, and the token that says so."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from chevet.roles import Role
from provisioning.secrets import CLIENTS, GATEWAY_CLIENT, Secrets, issuer_jwk, issuer_key

AUDIENCE = "chevet"
LIFETIME_SECONDS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """For whom a token is made."""

    client_id: str
    name: str
    roles: tuple[Role, ...]
    gateway: str | None = None


def identified(kept: Secrets, client_id: str, client_secret: str) -> Holder | None:
    """The client, or None when there is no such client or its secret is another."""
    people = {client.client_id: client for client in CLIENTS}
    if client_id in people:
        path, gateway = kept.client_credentials(client_id), None
    else:
        # Compared with what lies in the folder, never made into a path: a client's id is a stranger's text.
        gateway = client_id.removeprefix(GATEWAY_CLIENT)
        known = {path.stem: path for path in kept.gateway_credentials("any").parent.glob("*.json")}
        if not client_id.startswith(GATEWAY_CLIENT) or gateway not in known:
            return None
        path = known[gateway]
    if not path.exists():
        return None
    secret = json.loads(path.read_text())["client_secret"]
    if not hmac.compare_digest(secret.encode(), client_secret.encode()):
        return None
    if gateway is not None:
        return Holder(client_id=client_id, name=f"gateway {gateway}", roles=(Role.GATEWAY,), gateway=gateway)
    return Holder(client_id=client_id, name=people[client_id].name, roles=people[client_id].roles)


class Signer:
    """Makes tokens with the directory's key, which is read once."""

    def __init__(self, kept: Secrets, issuer: str, lifetime_seconds: int = LIFETIME_SECONDS) -> None:
        self.issuer, self.lifetime_seconds = issuer, lifetime_seconds
        self.jwk: Mapping[str, Any] = issuer_jwk(kept)
        self._key = issuer_key(kept)

    def token(self, holder: Holder, now: int) -> str:
        """`now` in seconds since 1970."""
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": holder.client_id,
            "azp": holder.client_id,
            "iat": now,
            "exp": now + self.lifetime_seconds,
            "name": holder.name,
            "preferred_username": holder.client_id,
            "realm_access": {"roles": list(holder.roles)},
        }
        if holder.gateway is not None:
            claims["gateway"] = holder.gateway
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self.jwk["kid"]})
