"""How a new box gets its credentials: the installer types the claim code, and the file is written for its owner alone.

The code is good once: everything that can be known to go wrong is found out before it is sent.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from chevet.errors import ChevetError
from exporters.gateway.server import MARK, Credentials
from exporters.gateway.settings import PREFIX

TIMEOUT_SECONDS = 60.0
"""The service asks the identity provider, which may have to wake up."""
PATH = "/api/v1/enrolments"
SETTING = f"{PREFIX}CREDENTIALS_FILE"


class NotEnrolled(ChevetError):
    """The gateway has no credentials: the sentence says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    known = os.environ.get(SETTING)
    parser.add_argument("--server", required=True, metavar="URL", help="https:// of the analysis service")
    parser.add_argument("--code", required=True, help="the claim code, such as 7K3M-9QXR-2HTW")
    parser.add_argument(
        "--file",
        type=Path,
        default=known and Path(known),
        required=not known,
        metavar="FILE",
        help=f"where the credentials are written ({SETTING})",
    )


def run(given: argparse.Namespace) -> int:
    """Raises NotEnrolled."""
    enrol(given.server, given.code, given.file)
    print(f"{given.file}: the credentials of this gateway; they are good from now on")  # noqa: T201 - to the installer
    return 0


def enrol(server: str, code: str, file: Path) -> None:
    """Exchange the code for credentials in `file`, in the place of what was there. Raises NotEnrolled."""
    _require_private(server)
    with _draft(file) as draft:
        credentials = _asked(server.rstrip("/"), code)
        with draft.open("w", encoding="utf-8") as content:
            json.dump(credentials, content, indent=2, sort_keys=True)
            content.flush()
            os.fsync(content.fileno())
        draft.replace(file)


def _require_private(server: str) -> None:
    """Whoever listens on the way would have the secret."""
    parts = urlsplit(server)
    try:
        loopback = ip_address(parts.hostname or "").is_loopback
    except ValueError:
        loopback = parts.hostname == "localhost"
    private = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    if not parts.hostname or not private:
        raise NotEnrolled(f"--server: expected https:// and a host, got {server!r}", field="--server")


@contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """A file beside it that its owner alone can read; gone where nothing came of it."""
    draft = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        sentence = f"--file: expected a place to write to, got {file} ({error.strerror}); the code was not used"
        raise NotEnrolled(sentence, field="--file") from None
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _asked(server: str, code: str) -> dict[str, str]:
    try:
        answer = httpx2.post(server + PATH, json={"code": code}, timeout=TIMEOUT_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NotEnrolled(
            f"{server}: expected an answer of the service, got none ({error})", field="--server"
        ) from None
    if MARK not in answer.headers:
        raise NotEnrolled(
            f"{server}: expected the service, somebody else answered with status {answer.status_code}", field="--server"
        )
    try:
        content = answer.json()
        if answer.is_success:
            return {field.name: str(content[field.name]) for field in fields(Credentials)}
        raise NotEnrolled(str(content["detail"]), field="--code")
    except (ValueError, LookupError, TypeError):
        sentence = f"{server}: expected credentials, got status {answer.status_code} and something else"
        raise NotEnrolled(sentence, field="--server") from None
