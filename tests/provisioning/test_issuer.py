"""The demo's issuer: the right token for who knows the secret, nothing for others, on loopback alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import jwt
import pytest

from provisioning import secrets
from provisioning.__main__ import main
from provisioning.errors import NotLoopback
from provisioning.issuer.command import loopback
from provisioning.local import chevet
from provisioning.local.rows import Place
from provisioning.local.supervisor import Supervisor


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("the keys")
    secrets.make(directory, ("g01",))
    return directory


@pytest.fixture(scope="module")
def issuer(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Supervisor(tmp_path_factory.mktemp("issuer")) as stack:
        stack.start(chevet.issuer(keys, port=0))
        yield stack.place("issuer")


Ask = Callable[..., httpx2.Response]


@pytest.fixture
def ask(issuer: Place) -> Ask:
    def ask(client: str, secret: str, **form: str) -> httpx2.Response:
        content = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret, **form}
        return httpx2.post(f"{issuer.url()}/token", data=content)

    return ask


def secret_of(path: Path) -> str:
    return str(json.loads(path.read_text())["client_secret"])


def claims(token: str, issuer: Place) -> dict[str, object]:
    """Checked as the service checks: by the published keys, for the audience, of the issuer."""
    keys = jwt.PyJWKSet.from_dict(httpx2.get(f"{issuer.url()}/jwks.json").json())
    key = next(key for key in keys.keys if key.key_id == jwt.get_unverified_header(token)["kid"])
    found: dict[str, object] = jwt.decode(token, key, algorithms=["RS256"], audience="chevet", issuer=issuer.url())
    return found


def test_a_gateway_gets_a_token_that_names_it_for_five_minutes(ask: Ask, issuer: Place, keys: Path) -> None:
    credentials = secrets.Secrets(directory=keys).gateway_credentials("g01")
    answer = ask("gateway-g01", secret_of(credentials)).json()
    found = claims(answer["access_token"], issuer)
    assert found["gateway"] == "g01"
    assert found["realm_access"] == {"roles": ["gateway"]}
    assert int(str(found["exp"])) - int(str(found["iat"])) == 300 == answer["expires_in"]


@pytest.mark.parametrize("client", secrets.CLIENTS, ids=lambda client: client.client_id)
def test_each_client_gets_its_roles_and_speaks_for_no_gateway(
    client: secrets.Client, ask: Ask, issuer: Place, keys: Path
) -> None:
    credentials = secrets.Secrets(directory=keys).client_credentials(client.client_id)
    found = claims(ask(client.client_id, secret_of(credentials)).json()["access_token"], issuer)
    assert found["realm_access"] == {"roles": list(client.roles)}
    assert found["name"] == client.name
    assert "gateway" not in found


def test_credentials_may_stand_in_the_header_as_prometheus_sends_them(issuer: Place, keys: Path) -> None:
    secret = secret_of(secrets.Secrets(directory=keys).client_credentials("prometheus"))
    form = {"grant_type": "client_credentials"}
    answer = httpx2.post(f"{issuer.url()}/token", data=form, auth=("prometheus", secret))
    assert answer.status_code == 200


@pytest.mark.parametrize("client", ["gateway-g01", "gateway-g99", "nurse", "gateway-../clients/nurse", "", "é"])
def test_a_wrong_secret_or_an_unknown_client_gets_no_token(client: str, ask: Ask) -> None:
    answer = ask(client, "wrong é")
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == "invalid_client"


def test_a_long_body_is_refused_before_it_is_read(ask: Ask) -> None:
    assert ask("nurse", "x" * 20_000).status_code == 413


def test_another_grant_is_refused_by_name(ask: Ask) -> None:
    answer = ask("nurse", "x", grant_type="password")
    assert answer.status_code == 400
    assert answer.json() == {"error": "unsupported_grant_type"}


def test_the_configuration_says_where_keys_and_tokens_are(issuer: Place) -> None:
    configuration = httpx2.get(f"{issuer.url()}/.well-known/openid-configuration").json()
    assert configuration["issuer"] == issuer.url()
    assert httpx2.get(configuration["jwks_uri"]).status_code == 200


@pytest.mark.parametrize("address", ["0.0.0.0:8180", "[::]:8180", "192.168.1.2:80", "localhost:80", "127.0.0.1", ":80"])
def test_it_refuses_to_listen_where_others_could_reach_it(
    address: str, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["issuer", f"--listen={address}", "--keys", str(keys)]) == 1
    assert "--listen: expected a loopback address" in capsys.readouterr().err
    with pytest.raises(NotLoopback):
        loopback(address)


def test_loopback_is_all_of_127_and_the_one_of_ipv6() -> None:
    assert loopback("127.0.0.1:80") == ("127.0.0.1", 80)
    assert loopback("127.9.9.9:80") == ("127.9.9.9", 80)
    assert loopback("[::1]:80") == ("::1", 80)


def test_without_keys_it_says_how_to_make_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["issuer", "--keys", str(tmp_path)]) == 1
    assert "python -m provisioning secrets" in capsys.readouterr().err
