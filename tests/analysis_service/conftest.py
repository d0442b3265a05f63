"""The service on a database of its own, before a real Prometheus, with an issuer whose keys the tests hold."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cramjam
import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy.exc import SQLAlchemyError

from analysis_service import engines, migrations, settings
from analysis_service.app import create_app
from analysis_service.database import Database
from chevet.remote_write import Series, encode, series
from provisioning.local import servers
from tests.analysis_service.emptying import apart, emptied, shape

ISSUER, AUDIENCE = "https://issuer.example/realms/chevet", "chevet"
DATABASES = ("sqlite", "postgresql")
DAY = 24 * 3600 * 1000
HEART_RATE = "chevet_vital_heart_rate_per_minute"


@dataclass
class Issuer:
    """Signs tokens; `jwks` is the file of its public keys."""

    jwks: Path
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)

    def new_key(self, kid: str, published: bool = True) -> rsa.RSAPrivateKey:
        self.keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if published:
            self.publish(*self.keys)
        return self.keys[kid]

    def publish(self, *kids: str) -> None:
        keys = [
            jwt.algorithms.RSAAlgorithm.to_jwk(self.keys[kid].public_key(), as_dict=True) | {"kid": kid, "use": "sig"}
            for kid in kids
        ]
        self.jwks.write_text(json.dumps({"keys": keys}))

    def token(
        self, *roles: str, kid: str = "k1", key: object = None, algorithm: str = "RS256", **claims: object
    ) -> str:
        now = int(time.time())
        body = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "somebody",
            "iat": now,
            "exp": now + 300,
            "realm_access": {"roles": list(roles)},
        }
        body = {name: value for name, value in (body | claims).items() if value is not None}
        return jwt.encode(body, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid})

    def of_gateway(self, gateway: str, **claims: object) -> str:
        return self.token("gateway", gateway=gateway, **claims)


@dataclass
class Clock:
    """The machine's clock, some milliseconds aside."""

    aside: int = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.aside


@dataclass
class Service:
    """The running application, and the acts that many tests begin with."""

    client: httpx2.AsyncClient
    issuer: Issuer
    clock: Clock
    prometheus: str
    gateway: str

    def bearer(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def as_(self, *roles: str, **claims: object) -> dict[str, str]:
        return self.bearer(self.issuer.token(*roles, **({"exp": self.clock() // 1000 + 300} | claims)))

    @property
    def as_gateway(self) -> dict[str, str]:
        return self.as_("gateway", gateway=self.gateway)

    async def patient(self, name: str = "Marie Lefèvre") -> str:
        answer = await self.client.post("/api/v1/patients", json={"name": name}, headers=self.as_("doctor"))
        assert answer.status_code == 201, answer.text
        return answer.json()["patient"]

    async def assigned(self, days_ago: float = 10, until_ms: int | None = None) -> str:
        """The pseudonym of a patient with whom the gateway has stood for some days: the clock goes back to save it."""
        self.clock.aside -= round(days_ago * DAY)
        patient = await self.patient()  # whoever gives them a gateway looks after them by then
        answer = await self.client.post(
            f"/api/v1/gateways/{self.gateway}/assignments",
            json={"patient": patient, "until_ms": until_ms},
            headers=self.as_("doctor"),
        )
        self.clock.aside += round(days_ago * DAY)
        assert answer.status_code == 201, answer.text
        return patient

    async def write(self, *many: Series, batch: str = "b1", **headers: str) -> httpx2.Response:
        return await self.post_body(bytes(cramjam.snappy.compress_raw(encode(many))), batch, **headers)

    async def post_body(self, body: bytes, batch: str = "b1", **headers: str) -> httpx2.Response:
        return await self.client.post(
            "/api/v1/write",
            content=body,
            headers=self.as_gateway | {"Content-Encoding": "snappy", "X-Chevet-Batch": batch} | headers,
        )

    def vital(self, *samples: tuple[int, float], name: str = HEART_RATE, device: str = "d1", **labels: str) -> Series:
        return series(name, {"gateway": self.gateway, "device": device} | labels, *samples)

    async def metrics(self) -> str:
        """What Prometheus is told."""
        answer = await self.client.get("/metrics", headers=self.as_("prometheus"))
        assert answer.status_code == 200, answer.text
        return answer.text

    async def quarantine(self) -> list[dict]:
        answer = await self.client.get("/api/v1/quarantine", params={"gateway": self.gateway}, headers=self.as_("sre"))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def stored(self, name: str = HEART_RATE, gateway: str = "") -> dict[tuple[tuple[str, str], ...], list]:
        """What Prometheus holds of a metric: labels (without the name) to samples (milliseconds, text)."""
        query = {"query": f'{{__name__="{name}",gateway="{gateway or self.gateway}"}}[11d]', "time": time.time() + 600}
        async with httpx2.AsyncClient() as client:
            answer = (await client.get(f"{self.prometheus}/api/v1/query", params=query)).json()
        assert answer["status"] == "success", answer
        return {
            tuple(sorted((key, value) for key, value in one["metric"].items() if key != "__name__")): [
                (round(at * 1000), value) for at, value in one["values"]
            ]
            for one in answer["data"]["result"]
        }


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, rsa.RSAPrivateKey]:
    """Making an RSA key takes a while: one for all tests."""
    return {"k1": rsa.generate_private_key(public_exponent=65537, key_size=2048)}


@pytest.fixture
def issuer(tmp_path: Path, keys: dict[str, rsa.RSAPrivateKey]) -> Issuer:
    made = Issuer(tmp_path / "jwks.json", dict(keys))
    made.publish("k1")
    return made


@pytest.fixture
def sheet_key(tmp_path: Path) -> Path:
    """The service's signing key; its public half lies beside it as sheet.pub."""
    key = ed25519.Ed25519PrivateKey.generate()
    path = tmp_path / "sheet.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.with_suffix(".pub").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


@pytest.fixture(scope="session")
def template(postgresql: servers.Cluster) -> str:
    """A database with every table and no row, to be copied: faster than to migrate each."""
    name = postgresql.new_database()
    apart(lambda: migrations.upgrade(postgresql.url(name)))
    return name


@pytest.fixture(scope="session")
def left_empty() -> list[str]:
    """Databases whose tests have left them as they found them: to empty one is faster than to copy the template."""
    return []


@pytest.fixture(scope="session")
def wanted_shape(postgresql: servers.Cluster, template: str) -> str:
    """Of the tables in the template."""
    return apart(lambda: shape(postgresql.url(template)))


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same on SQLite."""
    file = tmp_path_factory.mktemp("template") / "chevet.sqlite"
    apart(lambda: migrations.upgrade(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session", autouse=True)
def quick_sqlite() -> Iterator[None]:
    """As QUICK_POSTGRESQL: what a test commits outlives its processes, but no loss of power."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engines, "PRAGMAS", (*engines.PRAGMAS, "synchronous = OFF"))
        yield


@pytest.fixture
def on_sqlite(tmp_path: Path) -> str:
    """The URL of a database that is made when it is first opened."""
    return f"sqlite+aiosqlite:///{tmp_path}/chevet.sqlite"


@pytest.fixture
def on_postgresql(
    postgresql: servers.Cluster, template: str, wanted_shape: str, left_empty: list[str]
) -> Iterator[str]:
    """The URL of a database of the test's own."""
    name = left_empty.pop() if left_empty else postgresql.new_database(template)
    yield postgresql.url(name)
    if apart(lambda: emptied(postgresql.url(name), wanted_shape)):
        left_empty.append(name)
    else:
        postgresql.remove_database(name)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Every test of tables runs on each. A module whose tests look at none of them has its own, of one."""
    return str(request.getfixturevalue(f"on_{request.param}"))


@pytest.fixture
def configured(database_url: str, issuer: Issuer, sheet_key: Path, tmp_path: Path) -> dict[str, object]:
    """Settings of a service with no store; tests put theirs in."""
    audit_key = tmp_path / "audit.key"
    audit_key.write_text("5a" * 32)
    return {
        "audit_key_file": audit_key,
        "audit_anchor_file": tmp_path / "audit.anchor",
        "database_url": database_url,
        "jwks_url": issuer.jwks.as_uri(),
        "token_issuer": ISSUER,
        "sheet_signing_key_file": sheet_key,
        "remote_write_url": "http://127.0.0.1:9/api/v1/write",
        "query_url": "http://127.0.0.1:9",
    }


async def with_tables(url: str, template_file: Path) -> None:
    """Make them where they are not: on most databases of PostgreSQL they are, by their template."""
    if url.startswith("sqlite"):
        file = Path(url.partition(":///")[2])
        if not file.exists():
            shutil.copyfile(template_file, file)
        return
    database = Database(url)
    try:
        await database.ping()
    except SQLAlchemyError:
        await migrations.upgrade(url)
    finally:
        await database.close()


@pytest.fixture
async def database(configured: dict[str, object], template_file: Path) -> None:
    """The tables, for a service that the test starts itself."""
    await with_tables(str(configured["database_url"]), template_file)


@pytest.fixture
def serving(configured: dict[str, object], issuer: Issuer, template_file: Path):
    """A context: the service before the store at a URL, with settings of the test's own."""

    @asynccontextmanager
    async def run(prometheus_url: str, **given: object) -> AsyncIterator[Service]:
        clock = Clock()
        await with_tables(str(configured["database_url"]), template_file)
        store = {"remote_write_url": f"{prometheus_url}/api/v1/write", "query_url": prometheus_url}
        app = create_app(settings.load(**(configured | store | given)), clock)
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            yield Service(client, issuer, clock, prometheus_url, f"g-{uuid.uuid4().hex[:8]}")

    return run


@pytest.fixture
async def service(serving, prometheus) -> AsyncIterator[Service]:
    """The service before the real Prometheus."""
    async with serving(prometheus.url) as running:
        yield running


@pytest.fixture
async def service_without_store(serving) -> AsyncIterator[Service]:
    """The service whose store is away: nothing listens there."""
    async with serving("http://127.0.0.1:9") as running:
        yield running
