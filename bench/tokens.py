"""Tokens as the issuer of a stack signs them: by its key, which is a file, so that it need not run."""

from __future__ import annotations

import time
from pathlib import Path

import jwt

from chevet.roles import Role
from provisioning import secrets

AUDIENCE = "chevet"


class Signing:
    """Of one stack. The key is read once, which takes longer than to sign."""

    def __init__(self, keys: Path, issuer: str, seconds: int = 6 * 3600) -> None:
        kept = secrets.Secrets(directory=keys)
        self._issuer, self._seconds = issuer, seconds
        self._key, self._kid = secrets.issuer_key(kept), secrets.issuer_jwk(kept)["kid"]

    def of_gateway(self, gateway: str) -> str:
        """A gateway's token."""
        return self.token(gateway, Role.GATEWAY, gateway=gateway)

    def token(self, subject: str, role: Role, **claims: str) -> str:
        """The token of somebody with one role."""
        now = int(time.time())
        body = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + self._seconds,
            "realm_access": {"roles": [role.value]},
        }
        return jwt.encode({**body, **claims}, self._key, algorithm="RS256", headers={"kid": self._kid})
