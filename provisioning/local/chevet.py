"""Rows of Chevet's own processes: the issuer and the service, each `python -m` with the interpreter that runs us."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from provisioning import secrets
from provisioning.local import probes
from provisioning.local.rows import Launch, Place, Row

ROOT = Path(__file__).parents[2]
SERVICE_CLIENT = "chevet-service"
APPLICATIONS = ((SERVICE_CLIENT, "service"), ("grafana", "grafana"))
"""What people sign in to, and the row in which it runs."""


def python(*arguments: str, environment: Mapping[str, str] | None = None) -> Launch:
    """`python -m` as if from the clone, whatever folder the process runs in."""
    settings = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "NO_PROXY": "*", "no_proxy": "*"}
    return Launch(command=(sys.executable, "-m", *arguments), environment={**settings, **(environment or {})})


def issuer(keys: Path, *, port: int = 8180) -> Row:
    def launch(place: Place) -> Launch:
        applications = [
            f"--application={name}={place.url('http', row)}" for name, row in APPLICATIONS if row in place.ports
        ]
        where = ("--listen", place.address("http"), "--keys", str(keys.absolute()))
        return python("provisioning", "issuer", *where, *applications)

    return Row(name="issuer", ports={"http": port}, launch=launch, ready=probes.http("/jwks.json"))


def service(
    keys: Path, *, lead_seconds: float = 30.0, port: int = 8000, more: Mapping[str, str] = MappingProxyType({})
) -> Row:
    """The analysis service on SQLite, `more` of its settings as given.

    Wants the ports of `issuer` and `prometheus`, but waits for neither.
    """
    kept = secrets.Secrets(directory=keys)

    def launch(place: Place) -> Launch:
        store = place.url("http", "prometheus")
        settings = {
            "CHEVET_DATABASE_URL": f"sqlite+aiosqlite:///{place.directory / 'chevet.sqlite'}",
            "CHEVET_REMOTE_WRITE_URL": f"{store}/api/v1/write",
            "CHEVET_QUERY_URL": store,
            # By file: the service can check tokens before the issuer is up.
            "CHEVET_JWKS_URL": kept.file(secrets.JWKS).absolute().as_uri(),
            "CHEVET_TOKEN_ISSUER": place.url("http", "issuer"),
            "CHEVET_SHEET_SIGNING_KEY_FILE": str(kept.file(secrets.SHEET_KEY).absolute()),
            "CHEVET_AUDIT_KEY_FILE": str(kept.file(secrets.AUDIT_KEY).absolute()),
            "CHEVET_BACKUP_KEY_FILE": str(kept.file(secrets.BACKUP_KEY).absolute()),
            "CHEVET_AUDIT_ANCHOR_FILE": str(place.directory / "audit.anchor"),
            "CHEVET_LISTEN": place.address("http"),
            "CHEVET_OIDC_ISSUER": place.url("http", "issuer"),
            "CHEVET_OIDC_CLIENT_ID": SERVICE_CLIENT,
            "CHEVET_OIDC_CLIENT_SECRET_FILE": str(kept.client_secret(SERVICE_CLIENT).absolute()),
            "CHEVET_SESSION_KEY_FILE": str(kept.file(secrets.SESSION_KEY).absolute()),
            "CHEVET_ASSIGNMENT_LEAD_SECONDS": str(lead_seconds),
        }
        return python("analysis_service", "serve", environment={**settings, **more})

    return Row(name="service", ports={"http": port}, launch=launch, ready=probes.http("/healthz"))
