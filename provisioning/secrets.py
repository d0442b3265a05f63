"""Keys and credentials of one installation: files 0600 in folders 0700, never written over unless that is asked."""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from chevet.roles import Role
from provisioning.errors import BadSecrets

TOKEN_URL = "http://127.0.0.1:8180/token"  # noqa: S105 - where tokens are had, not one
GATEWAYS = ("g01", "g02")
GATEWAY_CLIENT = "gateway-"

ISSUER_KEY, JWKS = "issuer.private.pem", "jwks.json"
SHEET_KEY, SHEET_PUBLIC_KEY = "sheet.private.pem", "sheet.public.pem"
EXPORTER_TOKEN = "exporter.token"  # noqa: S105 - a file's name
GRAFANA_PASSWORD = "grafana.password"  # noqa: S105 - a file's name
AUDIT_KEY = "audit.key"
BACKUP_KEY = "backup.key"
SESSION_KEY = "session.key"
NEVER_RENEWED = (AUDIT_KEY, BACKUP_KEY)
"""What was signed or sealed by them must be verified and opened for years."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A person or a program of the demo that gets tokens by client credentials.

    `reads_secret` is for those that want the secret in a file of its own, with nothing round it.
    """

    client_id: str
    name: str
    roles: tuple[Role, ...]
    reads_secret: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """What people of the demo sign in to. `callback` is the path to which they come back."""

    client_id: str
    name: str
    callback: str


CLIENTS = (
    Client(client_id="doctor", name="Dr Claire Moreau", roles=(Role.DOCTOR,)),
    Client(client_id="nurse", name="Nadia Benali", roles=(Role.NURSE,)),
    Client(client_id="patient", name="Marie Lefèvre", roles=(Role.PATIENT,)),
    Client(client_id="relative", name="Julie Lefèvre", roles=(Role.RELATIVE,)),
    Client(client_id="analyst", name="Anna Lindqvist", roles=(Role.ANALYST,)),
    Client(client_id="flow-manager", name="Farid Haddad", roles=(Role.FLOW_MANAGER,)),
    Client(client_id="sre", name="Sam Keller", roles=(Role.SRE,)),
    Client(client_id="prometheus", name="Prometheus", roles=(Role.PROMETHEUS,), reads_secret=True),
    Client(client_id="alertmanager", name="Alertmanager", roles=(Role.ALERTMANAGER,), reads_secret=True),
)
APPLICATIONS = (
    Application(client_id="chevet-service", name="Chevet", callback="/sign-in/callback"),
    Application(client_id="grafana", name="Grafana", callback="/login/generic_oauth"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Secrets:
    """The directory, and where each thing in it is."""

    directory: Path

    def file(self, name: str) -> Path:
        return self.directory / name

    def gateway_credentials(self, gateway: str) -> Path:
        return self.directory / "gateways" / f"{gateway}.json"

    def client_credentials(self, client_id: str) -> Path:
        return self.directory / "clients" / f"{client_id}.json"

    def client_secret(self, client_id: str) -> Path:
        return self.directory / "clients" / f"{client_id}.secret"

    def broker_passwords(self, gateway: str) -> Path:
        return self.directory / "broker" / f"{gateway}.json"


def make(directory: Path, gateways: tuple[str, ...], *, token_url: str = TOKEN_URL, renew: bool = False) -> list[Path]:
    """Makes what is missing, or all of it when `renew`. Returns what was written; what is made of others follows."""
    kept = Secrets(directory=directory)
    written: list[Path] = []
    for path, made in _rows(kept, gateways, token_url):
        if not path.exists() or (renew and path.name not in NEVER_RENEWED):
            write(path, made())
            written.append(path)
        path.chmod(0o600)
    for path, text in (*_public_halves(kept), *_alone(kept)):
        if not path.exists() or path.read_text() != text:
            write(path, text)
            written.append(path)
    _follow_the_issuer(kept, token_url)
    return written


def _rows(kept: Secrets, gateways: tuple[str, ...], token_url: str) -> Iterator[tuple[Path, Callable[[], str]]]:
    """Every secret and what makes it."""
    yield kept.file(ISSUER_KEY), _rsa_key
    yield kept.file(SHEET_KEY), _ed25519_key
    yield kept.file(EXPORTER_TOKEN), _token
    yield kept.file(GRAFANA_PASSWORD), _token
    yield kept.file(AUDIT_KEY), _key
    yield kept.file(BACKUP_KEY), _key
    yield kept.file(SESSION_KEY), _session_key
    for client in (*CLIENTS, *APPLICATIONS):
        yield kept.client_credentials(client.client_id), _credentials(client.client_id, token_url)
    for gateway in gateways:
        yield kept.gateway_credentials(gateway), _credentials(GATEWAY_CLIENT + gateway, token_url)
        yield kept.broker_passwords(gateway), lambda: _json({"gateway": _token(), "zigbee2mqtt": _token()})


def _token() -> str:
    return secrets.token_urlsafe(24)


def _key() -> str:
    return secrets.token_hex(32)


def _session_key() -> str:
    return Fernet.generate_key().decode()


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def _credentials(client_id: str, token_url: str) -> Callable[[], str]:
    return lambda: _json({"token_url": token_url, "client_id": client_id, "client_secret": _token()})


def _rsa_key() -> str:
    return _private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _ed25519_key() -> str:
    return _private_pem(ed25519.Ed25519PrivateKey.generate())


def _private_pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    pkcs8, open_text = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, open_text).decode()


def _public_halves(kept: Secrets) -> Iterator[tuple[Path, str]]:
    yield kept.file(JWKS), _json({"keys": [issuer_jwk(kept)]})
    sheet = serialization.load_pem_private_key(kept.file(SHEET_KEY).read_bytes(), None).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    yield kept.file(SHEET_PUBLIC_KEY), sheet.public_bytes(serialization.Encoding.PEM, form).decode()


def _alone(kept: Secrets) -> Iterator[tuple[Path, str]]:
    """The secret out of a client's credentials, for a program that wants it in a file of its own."""
    alone = (client.client_id for client in CLIENTS if client.reads_secret)
    for client_id in (*alone, *(row.client_id for row in APPLICATIONS)):
        known = json.loads(kept.client_credentials(client_id).read_text())
        yield kept.client_secret(client_id), known["client_secret"]


def issuer_key(kept: Secrets) -> rsa.RSAPrivateKey:
    """The key that signs tokens. Raises BadSecrets when the directory has none."""
    path = kept.file(ISSUER_KEY)
    if not path.exists():
        sentence = (
            f"{path}: expected the issuer's RSA key, found nothing; make it with `python -m provisioning secrets`"
        )
        raise BadSecrets(sentence, field=str(path))
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadSecrets(f"{path}: expected an RSA key, got {type(key).__name__}", field=str(path))
    return key


def issuer_jwk(kept: Secrets) -> dict[str, Any]:
    """The public half, named by its own content so that a renewed key has another name."""
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(issuer_key(kept).public_key(), as_dict=True)
    return {"kty": "RSA", "n": jwk["n"], "e": jwk["e"], "kid": jwk["n"][:16], "use": "sig", "alg": "RS256"}


def _follow_the_issuer(kept: Secrets, token_url: str) -> None:
    """The issuer may have moved to another port: its address is amended, the secret beside it stays."""
    for folder in ("clients", "gateways"):
        for path in sorted((kept.directory / folder).glob("*.json")):
            known = json.loads(path.read_text())
            if known["token_url"] != token_url:
                write(path, _json({**known, "token_url": token_url}))


def write(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def _gateway_id(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}", text):
        raise argparse.ArgumentTypeError(f"expected letters, digits and hyphens such as g01, got {text!r}")
    return text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument(
        "--gateway", action="append", type=_gateway_id, help="a gateway's id; again for more (g01, g02)"
    )
    parser.add_argument(
        "--token-url", default=TOKEN_URL, help="where credentials are exchanged for tokens (%(default)s)"
    )
    parser.add_argument("--renew", action="store_true", help="write over what is there: old tokens and sheets end")


def run(given: argparse.Namespace) -> int:
    gateways = tuple(given.gateway or GATEWAYS)
    written = make(given.directory, gateways, token_url=given.token_url, renew=given.renew)
    for path in written:
        print(path)
    print(f"{len(written)} files written in {given.directory}; what was there before is kept")
    return 0
