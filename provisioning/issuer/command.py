"""`python -m provisioning issuer`: listens on loopback or refuses to start."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from provisioning.issuer.app import app
from provisioning.issuer.tokens import LIFETIME_SECONDS, Signer
from provisioning.loopback import split
from provisioning.secrets import Secrets

WHY = "this issuer gives a token to whoever knows a secret of the demo, so it never listens where others can reach it"


def loopback(address: str) -> tuple[str, int]:
    """Host and port of a loopback address."""
    return split(address, WHY)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listen", default="127.0.0.1:8180", metavar="ADDRESS", help="loopback only (%(default)s)")
    parser.add_argument(
        "--keys", type=Path, required=True, metavar="DIR", help="made by `python -m provisioning secrets`"
    )
    parser.add_argument(
        "--lifetime", type=int, default=LIFETIME_SECONDS, metavar="SECONDS", help="of a token (%(default)s)"
    )


def run(given: argparse.Namespace) -> int:
    host, port = loopback(given.listen)
    kept = Secrets(directory=given.keys)
    signer = Signer(kept, f"http://{given.listen}", given.lifetime)
    uvicorn.run(app(kept, signer), host=host, port=port, log_level="warning", access_log=False)
    return 0
