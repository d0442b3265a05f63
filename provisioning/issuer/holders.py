"""Who the demo's identity provider knows: people, programs with a secret, and what people sign in to."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin

from chevet.roles import MACHINES, Role
from provisioning.secrets import APPLICATIONS, CLIENTS, GATEWAY_CLIENT, Client, Secrets

FOR_ITSELF, FOR_PEOPLE = ("client_credentials",), ("authorization_code", "refresh_token")
SCOPES = ("openid", "profile")
WITH_SECRET = ("client_secret_basic", "client_secret_post")


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder(ClientMixin):  # type: ignore[misc] # Authlib has no types
    """Somebody with a secret, as Authlib asks for a client; a person also as it asks for a user."""

    client_id: str
    name: str
    roles: tuple[Role, ...] = ()
    secret: str
    gateway: str | None = None
    grants: tuple[str, ...] = FOR_ITSELF
    redirect_uris: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()

    @property
    def claims(self) -> dict[str, Any]:
        """What tokens say of the holder, in Keycloak's shape."""
        said = {
            "name": self.name,
            "preferred_username": self.client_id,
            "realm_access": {"roles": [str(role) for role in self.roles]},
        }
        return said if self.gateway is None else {**said, "gateway": self.gateway}

    @property
    def client_metadata(self) -> dict[str, Any]:
        return {"post_logout_redirect_uris": list(self.homes)}

    def get_user_id(self) -> str:
        return self.client_id

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: an address that is not said is not guessed."""

    def get_allowed_scope(self, scope: str | None) -> str:
        return " ".join(one for one in (scope or "").split() if one in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in WITH_SECRET

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and bool(self.redirect_uris)

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grants


class Holders:
    """All of them, by what lies in the folder of secrets. `at` says where an application is: «chevet-service» → URL."""

    def __init__(self, kept: Secrets, at: Mapping[str, str], clients: Iterable[Client] = CLIENTS) -> None:
        self._kept = kept
        self._at = at
        self.clients = {client.client_id: client for client in clients}

    @property
    def people(self) -> tuple[Client, ...]:
        """Those who can sign in."""
        return tuple(client for client in self.clients.values() if not MACHINES.issuperset(client.roles))

    def person(self, client_id: str) -> Holder | None:
        """Whoever can sign in under that name."""
        return self.find(client_id) if any(one.client_id == client_id for one in self.people) else None

    def find(self, client_id: str) -> Holder | None:
        """A person, a program or an application."""
        if client_id in self.clients:
            client = self.clients[client_id]
            return self._holder(
                self._kept.client_credentials(client_id), client_id=client_id, name=client.name, roles=client.roles
            )
        return self._application(client_id) or self._gateway(client_id)

    def _application(self, client_id: str) -> Holder | None:
        row = next((row for row in APPLICATIONS if row.client_id == client_id and client_id in self._at), None)
        if row is None:
            return None
        base = self._at[client_id].rstrip("/")
        return self._holder(
            self._kept.client_credentials(client_id),
            client_id=client_id,
            name=row.name,
            grants=FOR_PEOPLE,
            redirect_uris=(base + row.callback,),
            homes=(base + "/",),
        )

    def _gateway(self, client_id: str) -> Holder | None:
        # Compared with what lies in the folder, never made into a path: a client's id is a stranger's text.
        gateway = client_id.removeprefix(GATEWAY_CLIENT)
        known = {path.stem: path for path in self._kept.gateway_credentials("any").parent.glob("*.json")}
        if not client_id.startswith(GATEWAY_CLIENT) or gateway not in known:
            return None
        return self._holder(
            known[gateway], client_id=client_id, name=f"gateway {gateway}", roles=(Role.GATEWAY,), gateway=gateway
        )

    @staticmethod
    def _holder(path: Path, **known: Any) -> Holder | None:
        if not path.exists():
            return None
        return Holder(secret=json.loads(path.read_text(encoding="utf-8"))["client_secret"], **known)
