"""`python -m provisioning issuer`: listens on loopback or refuses to start."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from joserfc.jwk import KeyParameters, KeySet, RSAKey
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from provisioning.issuer.app import app
from provisioning.issuer.grants import LIFETIME_SECONDS, Provider
from provisioning.issuer.holders import Holders
from provisioning.loopback import split
from provisioning.secrets import APPLICATIONS, ISSUER_KEY, Secrets, issuer_jwk

WHY = "this issuer gives a token to whoever knows a secret of the demo, so it never listens where others can reach it"


def loopback(address: str) -> tuple[str, int]:
    """Host and port of a loopback address."""
    return split(address, WHY)


def provider(kept: Secrets, issuer: str, at: Mapping[str, str], lifetime_seconds: int = LIFETIME_SECONDS) -> Provider:
    """Of the people, programs and applications of that folder. Raises BadSecrets where it has no key."""
    named = issuer_jwk(kept)
    known_as: KeyParameters = {"kid": named["kid"], "use": "sig", "alg": "RS256"}
    key = RSAKey.import_key(kept.file(ISSUER_KEY).read_bytes(), known_as)
    return Provider(
        issuer=issuer,
        keys=KeySet([key]),
        holders=Holders(kept, at),
        lifetime_seconds=lifetime_seconds,
        codes={},
        refreshes={},
    )


class _Quiet(WSGIRequestHandler):
    """Addresses of requests hold codes: they are not for a log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def server(address: str, made: Provider) -> BaseWSGIServer:
    """Listens, and serves once it is told to."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # Authlib would have TLS; nothing here leaves the machine
    host, port = loopback(address)
    return make_server(host, port, app(made), threaded=True, request_handler=_Quiet)


def _application(text: str) -> tuple[str, str]:
    name, _, url = text.partition("=")
    names = [row.client_id for row in APPLICATIONS]
    if name not in names or not url.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"expected {' or '.join(names)}, = and a URL, got {text!r}")
    return name, url


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listen", default="127.0.0.1:8180", metavar="ADDRESS", help="loopback only (%(default)s)")
    parser.add_argument(
        "--keys", type=Path, required=True, metavar="DIR", help="made by `python -m provisioning secrets`"
    )
    parser.add_argument(
        "--lifetime", type=int, default=LIFETIME_SECONDS, metavar="SECONDS", help="of a token (%(default)s)"
    )
    parser.add_argument(
        "--application",
        type=_application,
        action="append",
        default=[],
        metavar="NAME=URL",
        help="where people sign in to, again for more: " + ", ".join(row.client_id for row in APPLICATIONS),
    )


def run(given: argparse.Namespace) -> int:
    loopback(given.listen)
    kept = Secrets(directory=given.keys)
    server(
        given.listen, provider(kept, f"http://{given.listen}", dict(given.application), given.lifetime)
    ).serve_forever()
    return 0
