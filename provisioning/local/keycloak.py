"""Keycloak: the rendered realm on loopback, in a home of its own that shares what is unpacked with other runs of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from provisioning.errors import BadSecrets
from provisioning.keycloak import distribution
from provisioning.local import probes
from provisioning.local.programs import written
from provisioning.local.rows import LOOPBACK, Launch, Place, Row
from provisioning.render import realm
from provisioning.render.realm_clients import variable
from provisioning.render.site import Site

NAME = "keycloak"
ADMINISTRATOR = "chevet"
ISSUER = f"/realms/{realm.NAME}"


def row(sited: Callable[[Place], Site], secrets: Mapping[str, str], password: str) -> Row:
    """The realm of a site, with the secrets of its clients by their ids; ADMINISTRATOR has the password.

    What it was told afterwards it keeps in its place: a realm that is there is not imported again.
    """

    def launch(place: Place) -> Launch:
        text = realm.realm(sited(place))
        known = {variable(client): secret for client, secret in secrets.items()}
        _require_each(realm.variables(text), known)
        home = _home(place.directory)
        written(home / "data" / "import" / f"{realm.NAME}-realm.json", text)
        listens = ("--http-host", LOOPBACK, "--http-port", str(place.port("http")))
        return Launch(
            command=distribution.command(home, distribution.MODE, "--import-realm", *listens),
            environment={
                **known,
                "KC_BOOTSTRAP_ADMIN_USERNAME": ADMINISTRATOR,
                "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
                "KC_LOG_LEVEL": "warn",
            },
        )

    return Row(
        name=NAME,
        ports={"http": 8280},
        launch=launch,
        ready=probes.http(ISSUER),
        ready_within=180.0,
    )


def _require_each(wanted: frozenset[str], known: Mapping[str, str]) -> None:
    """Keycloak would take the variable's name for the secret, which is written in the realm for all to read."""
    for name in sorted(wanted):
        if not known.get(name):
            raise BadSecrets(f"{name}: expected the secret of a client of the realm, got none", field=name)


def _home(place: Path) -> Path:
    """What all share by link, and its own folder for all that it writes."""
    shared, home = distribution.require_home(), place / "home"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in distribution.SHARED:
        link = home / name
        link.unlink(missing_ok=True)
        link.symlink_to(shared / name)
    return home
