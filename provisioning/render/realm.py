"""Keycloak's realm: who people and programs are, for how long a sign-in lasts, and what is kept of it.

Accounts are made by staff in Keycloak, with a user name; nobody makes one for themselves, and no address of mail is
asked for. The realm is imported where there is none yet: what is changed here later is changed there by hand, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chevet.roles import Role
from provisioning.render import realm_clients
from provisioning.render.site import Site

NAME = "chevet"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
POLICY: Mapping[str, Any] = MappingProxyType(
    {
        "enabled": True,
        "displayName": "Chevet",
        "sslRequired": "external",
        "defaultSignatureAlgorithm": "RS256",
        "internationalizationEnabled": True,
        "supportedLocales": ["en", "fr"],
        "defaultLocale": "en",
        # Who may have an account.
        "registrationAllowed": False,
        "loginWithEmailAllowed": False,
        "duplicateEmailsAllowed": False,
        "editUsernameAllowed": False,
        "resetPasswordAllowed": False,
        "rememberMe": False,
    }
)
SESSIONS: Mapping[str, Any] = MappingProxyType(
    {
        "accessTokenLifespan": 5 * MINUTE,
        "ssoSessionIdleTimeout": 30 * MINUTE,
        "ssoSessionMaxLifespan": 12 * HOUR,  # a shift
        "accessCodeLifespan": MINUTE,
        "accessCodeLifespanLogin": 30 * MINUTE,
        "revokeRefreshToken": True,
        "refreshTokenMaxReuse": 0,
    }
)
PASSWORDS = ("length(12)", "maxLength(128)", "notUsername(undefined)", "passwordHistory(5)")
"""Length rather than signs; what hashes them is Keycloak's own choice, and changes with it."""
GUESSING: Mapping[str, Any] = MappingProxyType(
    {
        "bruteForceProtected": True,
        "bruteForceStrategy": "MULTIPLE",
        "permanentLockout": False,  # else whoever knows a name can keep a nurse out for good
        "failureFactor": 5,
        "waitIncrementSeconds": 5 * MINUTE,
        "maxFailureWaitSeconds": HOUR,
        "minimumQuickLoginWaitSeconds": MINUTE,
        "quickLoginCheckMilliSeconds": 1_000,
        "maxDeltaTimeSeconds": 12 * HOUR,
    }
)
KEPT_SECONDS = 365 * DAY
EVENTS: Mapping[str, Any] = MappingProxyType(
    {
        "eventsEnabled": True,
        "eventsExpiration": KEPT_SECONDS,
        "eventsListeners": ["jboss-logging"],
        "adminEventsEnabled": True,
        "adminEventsDetailsEnabled": True,
    }
)
_EVERYBODY, _STAFF = ["admin", "user"], ["admin"]
"""Whoever it is about, and those who keep accounts."""


def _attribute(name: str, *, required: bool) -> dict[str, Any]:
    may = {"view": _EVERYBODY, "edit": _STAFF}
    return {"name": name, "permissions": may, **({"required": {"roles": _EVERYBODY}} if required else {})}


PROFILE = {
    "attributes": [
        _attribute("username", required=True),
        _attribute("firstName", required=True),
        _attribute("lastName", required=True),
        _attribute("email", required=False),  # Keycloak will not be without it; we are
    ]
}
"""What is known of a person here. Nobody changes it for themselves: by the name, others know who took an alert."""
_PROFILE = {
    "providerId": "declarative-user-profile",
    "config": {"kc.user.profile.config": [json.dumps(PROFILE, sort_keys=True)]},
}
_PLACEHOLDER = re.compile(r"\$\{([^}:]+)\}")


def realm(site: Site) -> str:
    """The realm as Keycloak imports it. Secrets are names of variables of the environment, `${…}`."""
    content = {
        "realm": NAME,
        **POLICY,
        **SESSIONS,
        **GUESSING,
        **EVENTS,
        "passwordPolicy": " and ".join(PASSWORDS),
        "attributes": {"adminEventsExpiration": str(KEPT_SECONDS)},
        "roles": {"realm": [{"name": role.value} for role in Role]},
        "components": {"org.keycloak.userprofile.UserProfileProvider": [_PROFILE]},
        **realm_clients.rendered(site),
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def variables(text: str) -> frozenset[str]:
    """The variables that a rendered realm names. Keycloak takes a name that stands for nothing as the secret itself."""
    return frozenset(_PLACEHOLDER.findall(text))
