"""Who gives gateways their credentials: what the fleet wants of an identity provider, and none where none is set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from analysis_service.problems import UNAVAILABLE, Problem
from analysis_service.settings import PREFIX, BadSettings, Settings

TOKENS = "/protocol/openid-connect/token"
"""Of a realm of Keycloak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """With which a gateway gets its tokens, as its credentials file has them."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str


class EnrollerAway(Exception):
    """It does not answer, or does not let us: the reason, for the log."""


class Enroller(Protocol):
    """Knows each gateway by its id."""

    def require_configured(self) -> None:
        """Raises Problem 503 where there is none."""
        ...

    async def enrol(self, gateway: str) -> Credentials:
        """New credentials; those before are good no more. Raises EnrollerAway."""
        ...

    async def revoke(self, gateway: str) -> None:
        """No credentials of this gateway are good any more. Raises EnrollerAway."""
        ...


class NoEnroller:
    """Of a service that was told of no identity provider to administer."""

    def require_configured(self) -> None:
        """Raises Problem 503."""
        wanted = "CHEVET_KEYCLOAK_URL: expected the identity provider that enrols gateways, none is set"
        raise Problem(UNAVAILABLE, wanted, field="CHEVET_KEYCLOAK_URL")

    async def enrol(self, gateway: str) -> Credentials:
        """Raises Problem 503."""
        self.require_configured()
        raise EnrollerAway

    async def revoke(self, gateway: str) -> None:
        """Raises Problem 503."""
        self.require_configured()


def enroller_of(settings: Settings) -> Enroller:
    """The one that is set. Raises BadSettings where half of it is."""
    url, secret = settings.keycloak_url, settings.keycloak_secret_file
    if (url is None) != (secret is None):
        missing = "KEYCLOAK_URL" if url is None else "KEYCLOAK_SECRET_FILE"
        raise BadSettings(f"{PREFIX}{missing}: expected a value beside the others of Keycloak, got none")
    if url is None or secret is None:
        return NoEnroller()
    from analysis_service.fleet.keycloak import KeycloakEnroller  # half a second, which most starts can do without

    # Where gateways are: they may reach Keycloak by another address than we do, and that is the issuer's.
    tokens = settings.token_issuer.rstrip("/") + TOKENS
    return KeycloakEnroller(url, settings.keycloak_realm, settings.keycloak_client_id, secret, tokens)
