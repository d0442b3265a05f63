"""Gateways as clients of Keycloak, by an account that may manage clients and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from keycloak import KeycloakAdmin
from keycloak.exceptions import KeycloakError
from requests import RequestException

from analysis_service.fleet.enroller import Credentials, EnrollerAway
from chevet.roles import Role

CLIENT = "gateway-"
TIMEOUT_SECONDS = 10
SCOPES = ("basic", "chevet", "profile")
"""Of the realm: whose token it is, for whom, and what it is called."""
Answer = TypeVar("Answer")


class KeycloakEnroller:
    """Asks in a thread of its own, with a connection for each act: there are few."""

    def __init__(self, url: str, realm: str, client_id: str, secret_file: Path, token_url: str) -> None:
        self._url, self._realm = url, realm
        self._client_id, self._secret_file = client_id, secret_file
        self._token_url = token_url

    def require_configured(self) -> None:
        """It is."""

    async def enrol(self, gateway: str) -> Credentials:
        """A client of its own, or a new secret of the one it has. Raises EnrollerAway."""
        secret = await self._asked(lambda keycloak: _enrolled(keycloak, gateway))
        return Credentials(client_id=CLIENT + gateway, client_secret=secret, token_url=self._token_url)

    async def revoke(self, gateway: str) -> None:
        """Its client is closed, and whatever secret it had is another. Raises EnrollerAway."""
        await self._asked(lambda keycloak: _revoked(keycloak, gateway))

    async def _asked(self, act: Callable[[KeycloakAdmin], Answer]) -> Answer:
        try:
            return await asyncio.to_thread(lambda: act(self._connected()))
        except (KeycloakError, RequestException, OSError, ValueError, LookupError, TypeError) as error:
            raise EnrollerAway(f"{type(error).__name__} {getattr(error, 'response_code', '')}".strip()) from None

    def _connected(self) -> KeycloakAdmin:
        return KeycloakAdmin(
            server_url=self._url,
            realm_name=self._realm,
            client_id=self._client_id,
            client_secret_key=self._secret_file.read_text(encoding="utf-8").strip(),
            timeout=TIMEOUT_SECONDS,
        )


def client_of(gateway: str) -> dict[str, Any]:
    """The client of a gateway: its token says the one role and the one gateway, whatever it asks for."""
    return {
        "clientId": CLIENT + gateway,
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "serviceAccountsEnabled": True,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "fullScopeAllowed": False,
        "redirectUris": [],
        "webOrigins": [],
        "defaultClientScopes": list(SCOPES),
        "optionalClientScopes": [],
        "protocolMappers": [
            _mapper("role", "oidc-hardcoded-role-mapper", role=Role.GATEWAY.value),
            _mapper(
                "gateway",
                "oidc-hardcoded-claim-mapper",
                **{
                    "claim.name": "gateway",
                    "claim.value": gateway,
                    "jsonType.label": "String",
                    "access.token.claim": "true",
                },
            ),
        ],
    }


def _mapper(name: str, kind: str, **config: str) -> dict[str, Any]:
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config}


def _enrolled(keycloak: KeycloakAdmin, gateway: str) -> str:
    """Its secret, which was never another's."""
    known = keycloak.get_client_id(CLIENT + gateway)
    if known is None:
        made = keycloak.create_client(client_of(gateway))
        return str(keycloak.get_client_secrets(made)["value"])
    secret = str(keycloak.generate_client_secrets(known)["value"])
    keycloak.update_client(known, {"clientId": CLIENT + gateway, "enabled": True})
    return secret


def _revoked(keycloak: KeycloakAdmin, gateway: str) -> None:
    known = keycloak.get_client_id(CLIENT + gateway)
    if known is not None:
        keycloak.update_client(known, {"clientId": CLIENT + gateway, "enabled": False})
        keycloak.generate_client_secrets(known)
