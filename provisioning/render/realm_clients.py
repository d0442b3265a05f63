"""The clients of the realm, and what their tokens say: as few claims as the service reads.

Gateways are none of them: each gets its own client when it is enrolled, by `provisioner`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chevet.roles import MACHINES, Role
from provisioning.render.site import Site

AUDIENCE = "chevet"
"""What the service wants in `aud`."""
PORTAL, GRAFANA, PROVISIONER = "chevet-service", "grafana", "provisioner"
SCOPES = ("basic", "chevet", "profile")
"""Whose token it is, for whom and with which roles, and how people know its holder."""
IN_GRAFANA = (Role.DOCTOR, Role.NURSE, Role.SRE)
"""Whose token the query proxy answers: the others' roles never enter one of Grafana's, which refuses them."""
PROGRAMS = (Role.PROMETHEUS, Role.ALERTMANAGER)
"""Each has a client of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What people sign in to: where they come back to, and the roles that it may learn of."""

    client_id: str
    name: str
    home: str
    callback: str
    roles: tuple[Role, ...]
    told_of_logout: str | None = None


def variable(client_id: str) -> str:
    """The variable of the environment in which Keycloak finds the secret of a client when it imports the realm."""
    return f"CHEVET_CLIENT_SECRET_{client_id}".upper().replace("-", "_")


def applications(site: Site) -> tuple[Application, ...]:
    """Those of this site."""
    return (
        Application(
            client_id=PORTAL,
            name="Chevet",
            home=site.portal,
            callback="/sign-in/callback",
            roles=tuple(role for role in Role if role not in MACHINES),
            told_of_logout="/sign-in/back-channel",
        ),
        Application(
            client_id=GRAFANA, name="Grafana", home=site.grafana, callback="/login/generic_oauth", roles=IN_GRAFANA
        ),
    )


def clients(site: Site) -> tuple[str, ...]:
    """The ids of those that have a secret."""
    return (*(app.client_id for app in applications(site)), *(role.value for role in PROGRAMS), PROVISIONER)


def rendered(site: Site) -> Mapping[str, Any]:
    """What of the realm is about clients."""
    apps = applications(site)
    mapped = {app.client_id: app.roles for app in apps} | {role.value: (role,) for role in PROGRAMS}
    return {
        "clientScopes": [_BASIC, _CHEVET, _PROFILE],
        "defaultDefaultClientScopes": [],
        "defaultOptionalClientScopes": [],
        "clients": [
            *(_application(app) for app in apps),
            *(_program(role.value, SCOPES) for role in PROGRAMS),
            # Its token is for Keycloak itself: without our audience, the service takes it for nobody's.
            _program(PROVISIONER, ("basic",)),
            _CLOSED,
        ],
        "scopeMappings": [
            {"client": client, "roles": sorted(role.value for role in roles)} for client, roles in mapped.items()
        ],
        "clientScopeMappings": {"realm-management": [{"client": PROVISIONER, "roles": ["manage-clients"]}]},
        "users": [
            *({**_account(role.value), "realmRoles": [role.value]} for role in PROGRAMS),
            {**_account(PROVISIONER), "clientRoles": {"realm-management": ["manage-clients"]}},
        ],
    }


def _application(app: Application) -> dict[str, Any]:
    attributes = {
        "pkce.code.challenge.method": "S256",
        "post.logout.redirect.uris": f"{app.home}/",
        "use.refresh.tokens": "true",
    }
    if app.told_of_logout:
        attributes["backchannel.logout.url"] = app.home + app.told_of_logout
        attributes["backchannel.logout.session.required"] = "true"
    return {
        **_client(app.client_id, SCOPES),
        "name": app.name,
        "standardFlowEnabled": True,
        "redirectUris": [app.home + app.callback],
        "attributes": attributes,
    }


def _program(client_id: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    return {**_client(client_id, scopes), "serviceAccountsEnabled": True}


def _client(client_id: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    """One that holds a secret, and may do nothing yet."""
    return {
        "clientId": client_id,
        "secret": f"${{{variable(client_id)}}}",
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-secret",
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "fullScopeAllowed": False,
        "redirectUris": [],
        "webOrigins": [],
        "defaultClientScopes": list(scopes),
        "optionalClientScopes": [],
    }


def _account(client_id: str) -> dict[str, Any]:
    return {"username": f"service-account-{client_id}", "enabled": True, "serviceAccountClientId": client_id}


def _mapper(name: str, kind: str, **config: str) -> dict[str, Any]:
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMapper": kind,
        "config": {"access.token.claim": "true", **{key.replace("_", "."): value for key, value in config.items()}},
    }


def _scope(name: str, *mappers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "false", "display.on.consent.screen": "false"},
        "protocolMappers": list(mappers),
    }


_SHOWN = {"id_token_claim": "true", "userinfo_token_claim": "true"}
_BASIC = _scope("basic", _mapper("sub", "oidc-sub-mapper"))
_CHEVET = _scope(
    "chevet",
    _mapper("audience", "oidc-audience-mapper", included_custom_audience=AUDIENCE),
    _mapper(
        "roles",
        "oidc-usermodel-realm-role-mapper",
        claim_name="realm_access.roles",
        jsonType_label="String",
        multivalued="true",
        **_SHOWN,
    ),
)
_PROFILE = _scope(
    "profile",
    _mapper("name", "oidc-full-name-mapper", **_SHOWN),
    _mapper(
        "username",
        "oidc-usermodel-attribute-mapper",
        user_attribute="username",
        claim_name="preferred_username",
        jsonType_label="String",
        **_SHOWN,
    ),
)
_CLOSED = {
    "clientId": "admin-cli",
    "enabled": False,
    "protocol": "openid-connect",
    "publicClient": True,
    "standardFlowEnabled": False,
    "directAccessGrantsEnabled": False,
}
"""Keycloak makes it in each realm: by it, a name and a password alone would be a token."""
