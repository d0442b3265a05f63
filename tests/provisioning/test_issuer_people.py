"""The demo's people sign in: by a code and the verifier of its challenge, once, where the application really is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from provisioning import secrets
from provisioning.local.chevet import python
from provisioning.local.probes import http
from provisioning.local.rows import Place, Row
from provisioning.local.supervisor import Supervisor

HOME = "http://127.0.0.1:8000"
CALLBACK = f"{HOME}/sign-in/callback"
VERIFIER, NONCE = "v" * 64, "a nonce"
PEOPLE = ("doctor", "nurse", "patient", "relative", "analyst", "flow-manager", "sre")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    secrets.make(directory, ())
    return directory


@pytest.fixture(scope="module")
def issuer(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    def launch(place: Place) -> object:
        where = ("--listen", place.address("http"), "--keys", str(keys), f"--application=chevet-service={HOME}")
        return python("provisioning", "issuer", *where)

    with Supervisor(tmp_path_factory.mktemp("issuer")) as stack:
        stack.start(Row(name="issuer", ports={"http": 0}, launch=launch, ready=http("/jwks.json")))
        yield stack.place("issuer").url()


@pytest.fixture
def chevet(keys: Path) -> Iterator[OAuth2Client]:
    secret = secrets.Secrets(directory=keys).client_secret("chevet-service").read_text()
    with OAuth2Client(
        "chevet-service", secret, scope="openid profile", redirect_uri=CALLBACK, code_challenge_method="S256"
    ) as client:
        yield client


def way(chevet: OAuth2Client, issuer: str, **given: str) -> str:
    asked = {"nonce": f"{NONCE} {id(chevet)}", "code_verifier": VERIFIER} | given
    return str(chevet.create_authorization_url(f"{issuer}/authorize", **asked)[0])


def chosen(url: str, person: str) -> httpx2.Response:
    return httpx2.post(url, data={"person": person})


def code_for(person: str, chevet: OAuth2Client, issuer: str) -> str:
    answer = chosen(way(chevet, issuer), person)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchanged(chevet: OAuth2Client, issuer: str, code: str, **given: str) -> dict[str, str]:
    return dict(chevet.fetch_token(f"{issuer}/token", code=code, **({"code_verifier": VERIFIER} | given)))


def claims(token: str, audience: str, issuer: str) -> dict[str, object]:
    keys = jwt.PyJWKSet.from_dict(httpx2.get(f"{issuer}/jwks.json").json())
    key = next(key for key in keys.keys if key.key_id == jwt.get_unverified_header(token)["kid"])
    found: dict[str, object] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=issuer)
    return found


def test_the_page_lists_everybody_once_and_says_plainly_that_it_is_a_demo(chevet: OAuth2Client, issuer: str) -> None:
    answer = httpx2.get(way(chevet, issuer))
    assert re.findall(r'value="([^"]*)"', answer.text) == list(PEOPLE)
    assert "This is a demo. Nobody here exists, so nobody has a password" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("person", PEOPLE)
def test_each_signs_in_with_their_role_under_a_subject_that_stays(
    person: str, chevet: OAuth2Client, issuer: str
) -> None:
    [row] = [row for row in secrets.CLIENTS if row.client_id == person]
    tokens = exchanged(chevet, issuer, code_for(person, chevet, issuer))
    access = claims(tokens["access_token"], "chevet", issuer)
    assert (access["sub"], access["name"], access["realm_access"]) == (person, row.name, {"roles": list(row.roles)})
    identity = claims(tokens["id_token"], "chevet-service", issuer)
    assert (identity["sub"], identity["nonce"]) == (person, f"{NONCE} {id(chevet)}")
    info = httpx2.get(f"{issuer}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    assert (info["sub"], info["name"], info["realm_access"]) == (person, row.name, {"roles": list(row.roles)})


def test_a_code_is_good_once(chevet: OAuth2Client, issuer: str) -> None:
    code = code_for("nurse", chevet, issuer)
    exchanged(chevet, issuer, code)
    with pytest.raises(OAuthError, match="invalid_grant"):
        exchanged(chevet, issuer, code)


def test_a_wrong_verifier_gets_nothing_and_uses_the_code_up(chevet: OAuth2Client, issuer: str) -> None:
    code = code_for("nurse", chevet, issuer)
    with pytest.raises(OAuthError, match="invalid_grant"):
        exchanged(chevet, issuer, code, code_verifier="w" * 64)
    with pytest.raises(OAuthError, match="invalid_grant"):
        exchanged(chevet, issuer, code)


@pytest.mark.parametrize(
    "given",
    [
        {"redirect_uri": "http://evil.example/"},
        {"redirect_uri": f"{CALLBACK}/more"},
        {"code_verifier": ""},
        {"nonce": ""},
        {"client_id": "grafana"},
        {"client_id": "nobody"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
    ],
    ids=lambda given: "-".join(given),
)
def test_what_is_asked_otherwise_is_no_page_and_no_code(
    given: dict[str, str], chevet: OAuth2Client, issuer: str
) -> None:
    url = httpx2.URL(way(chevet, issuer)).copy_merge_params(given)
    if given.get("code_verifier") == "":
        url = url.copy_remove_param("code_challenge").copy_remove_param("code_challenge_method")
    for answer in (httpx2.get(url), chosen(str(url), "doctor")):
        assert "Who are you" not in answer.text
        assert "code=" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("person", ["", "prometheus", "alertmanager", "gateway-g01", "chevet-service", "somebody"])
def test_no_program_and_nobody_unknown_signs_in(person: str, chevet: OAuth2Client, issuer: str) -> None:
    assert "error=access_denied" in chosen(way(chevet, issuer), person).headers["Location"]


def test_a_refresh_token_is_good_once_and_ends_with_the_session(chevet: OAuth2Client, issuer: str) -> None:
    first = exchanged(chevet, issuer, code_for("sre", chevet, issuer))
    second = chevet.refresh_token(f"{issuer}/token", refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    with pytest.raises(OAuthError, match="invalid_grant"):
        chevet.refresh_token(f"{issuer}/token", refresh_token=first["refresh_token"])
    gone = httpx2.get(
        f"{issuer}/end", params={"id_token_hint": first["id_token"], "post_logout_redirect_uri": f"{HOME}/"}
    )
    assert gone.headers["Location"] == f"{HOME}/"
    with pytest.raises(OAuthError, match="invalid_grant"):
        chevet.refresh_token(f"{issuer}/token", refresh_token=second["refresh_token"])


def test_after_the_end_nobody_is_sent_elsewhere(chevet: OAuth2Client, issuer: str) -> None:
    tokens = exchanged(chevet, issuer, code_for("sre", chevet, issuer))
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "http://evil.example/"}
    answer = httpx2.get(f"{issuer}/end", params=asked)
    assert (answer.status_code, "Location" in answer.headers) == (200, False)
