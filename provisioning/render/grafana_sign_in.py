"""How people sign in to Grafana: by the identity provider, which says their role; it has no accounts of its own.

What they see there the service decides by their own token, which Grafana hands on with each query.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from chevet.roles import Role
from provisioning.render import ini
from provisioning.render.realm import MINUTE, SESSIONS
from provisioning.render.realm_clients import GRAFANA
from provisioning.render.site import Site

GRAFANA_ROLES: Mapping[str, tuple[Role, ...]] = MappingProxyType(
    # Nobody is its Admin by their role: an Admin points it at another source of data, past the service.
    {"Editor": (Role.SRE,), "Viewer": (Role.DOCTOR, Role.NURSE)}
)
"""Grafana's role by ours, the first that fits; whoever has none of these is refused."""
NO_MAIL = "chevet.invalid"
"""Grafana wants an address for each account, and we hand it none of anybody's (RFC 2606)."""


def role_path() -> str:
    """The JMESPath by which Grafana finds its role in the claims of a token."""
    return " || ".join(
        f"({' || '.join(_contains(role) for role in roles)}) && '{theirs}'" for theirs, roles in GRAFANA_ROLES.items()
    )


def _contains(role: Role) -> str:
    return f"contains(realm_access.roles[*], '{role.value}')"


def sign_in(site: Site) -> ini.Settings:
    """The sections of Grafana's own settings that are about who comes in, and for how long."""
    left = urlencode({"client_id": GRAFANA, "post_logout_redirect_uri": f"{site.grafana}/"})
    return {
        "auth": {
            "disable_login_form": True,
            "login_maximum_inactive_lifetime_duration": f"{SESSIONS['ssoSessionIdleTimeout'] // MINUTE}m",
            "login_maximum_lifetime_duration": f"{SESSIONS['ssoSessionMaxLifespan'] // MINUTE}m",
            "signout_redirect_url": f"{site.end_session}?{left}",
        },
        "auth.anonymous": {"enabled": False},
        "auth.generic_oauth": {
            "enabled": True,
            "name": "Chevet",
            "auto_login": True,
            "allow_sign_up": True,  # its accounts are made when people come
            "client_id": GRAFANA,
            "client_secret": f"$__file{{{site.secrets}/clients/{GRAFANA}.secret}}",
            "scopes": "openid profile",
            "auth_url": site.authorize,
            "token_url": site.tokens,
            "api_url": site.userinfo,
            "use_pkce": True,
            "use_refresh_token": True,
            "login_attribute_path": "preferred_username",
            "name_attribute_path": "name",
            "email_attribute_path": f"join('@', [preferred_username, '{NO_MAIL}'])",
            "role_attribute_path": role_path(),
            "role_attribute_strict": True,
            "allow_assign_grafana_admin": False,
            "skip_org_role_sync": False,
        },
        "security": {"cookie_secure": site.grafana.startswith("https://"), "cookie_samesite": "lax"},
        "users": {"allow_sign_up": False},
    }


def rendered(site: Site) -> str:
    """The same as a file, with the address at which people find it."""
    return ini.written({"server": {"root_url": f"{site.grafana}/"}, **sign_in(site)})
