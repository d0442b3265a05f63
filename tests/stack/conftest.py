"""A real Keycloak with the rendered realm, and the service before it, each listening where the other expects it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import uvicorn
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from keycloak import KeycloakAdmin

from analysis_service import migrations, settings
from analysis_service.app import create_app
from provisioning.local import keycloak as local_keycloak
from provisioning.local import servers
from provisioning.local.ports import free_port
from provisioning.render.site import Site
from tests.stack.people import Flow, Person, Realm

DEADLINE = 60.0


@dataclass
class Clock:
    """The machine's clock, some milliseconds aside."""

    aside: int = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.aside


@dataclass
class Service:
    """The service as it listens."""

    url: str
    clock: Clock

    def ask(self, method: str, path: str, token: str = "", **given: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx2.request(method, self.url + path, headers=headers, timeout=30, trust_env=False, **given)


@pytest.fixture(scope="session")
def site() -> Site:
    """Where people and programs find the service and Grafana."""
    portal = f"http://127.0.0.1:{free_port()}"
    return Site(portal=portal, service=portal, grafana=f"http://127.0.0.1:{free_port()}")


@pytest.fixture(scope="session")
def identity(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Identity]:
    row = local_keycloak.row(lambda _: site, servers.CLIENT_SECRETS, servers.PASSWORD)
    with servers.running(tmp_path_factory.mktemp("keycloak"), row) as stack:
        yield stack.keycloak


@pytest.fixture(scope="session")
def realm(identity: servers.Identity) -> Realm:
    """The realm as its administrator sees it."""
    return Realm(identity)


@pytest.fixture(scope="session")
def admin(realm: Realm) -> KeycloakAdmin:
    return realm.admin


@pytest.fixture(scope="session")
def configured(identity: servers.Identity, site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The service's settings."""
    folder = tmp_path_factory.mktemp("service")
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kept = {
        "sheet.pem": key.decode(),
        "audit.key": "5a" * 32,
        "session.key": Fernet.generate_key().decode(),
        "portal.secret": servers.CLIENT_SECRETS["chevet-service"],
        "provisioner.secret": servers.CLIENT_SECRETS["provisioner"],
    }
    for name, text in kept.items():
        (folder / name).write_text(text)
    return {
        "database_url": f"sqlite+aiosqlite:///{folder}/chevet.sqlite",
        "sheet_signing_key_file": folder / "sheet.pem",
        "audit_key_file": folder / "audit.key",
        "audit_anchor_file": folder / "audit.anchor",
        "remote_write_url": "http://127.0.0.1:9/api/v1/write",
        "query_url": "http://127.0.0.1:9",
        "listen": site.portal.removeprefix("http://"),
        "jwks_url": f"{identity.issuer}/protocol/openid-connect/certs",
        "token_issuer": identity.issuer,
        "oidc_issuer": identity.issuer,
        "oidc_client_id": "chevet-service",
        "oidc_client_secret_file": folder / "portal.secret",
        "session_key_file": folder / "session.key",
        "keycloak_url": identity.url,
        "keycloak_secret_file": folder / "provisioner.secret",
    }


@pytest.fixture(scope="session")
def service(configured: dict[str, Any], site: Site) -> Iterator[Service]:
    asyncio.run(migrations.upgrade(configured["database_url"]))
    clock, chosen = Clock(), settings.load(**configured)
    host, port = chosen.host_and_port
    server = uvicorn.Server(uvicorn.Config(create_app(chosen, clock), host=host, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + DEADLINE
    while not server.started and time.monotonic() < deadline:
        thread.join(0.05)
    yield Service(site.portal, clock)
    server.should_exit = True
    thread.join()


@pytest.fixture
def doctor(realm: Realm) -> Person:
    return realm.new_person("doctor")


@pytest.fixture
def grafana(realm: Realm, site: Site) -> Flow:
    """Grafana's code flow, as Grafana goes it."""
    return Flow(realm, "grafana", f"{site.grafana}/login/generic_oauth")
