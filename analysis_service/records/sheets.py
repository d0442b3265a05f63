"""The signed sheet of a gateway: a compact JWS, the same bytes as long as its content is the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from analysis_service.settings import BadSettings
from chevet.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Signed:
    """The sheet as it travels, and the ETag that names its content."""

    jws: str
    etag: str


class SheetSigner:
    """Signs with the service's Ed25519 key. Raises BadSettings where the file holds no such key."""

    def __init__(self, key_file: Path) -> None:
        try:
            key = load_pem_private_key(key_file.read_bytes(), password=None)
        except (ValueError, TypeError, OSError) as error:
            raise BadSettings(f"CHEVET_SHEET_SIGNING_KEY_FILE: expected a private key as PEM, got {error}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadSettings("CHEVET_SHEET_SIGNING_KEY_FILE: expected an Ed25519 key, got another kind")
        self._key = key

    def sign(self, sheet: Sheet) -> Signed:
        """EdDSA is deterministic, so the JWS itself names the content."""
        payload = json.dumps(sheet.to_dict(), sort_keys=True, separators=(",", ":")).encode()
        jws = jwt.PyJWS().encode(payload, self._key, algorithm="EdDSA")
        return Signed(jws, f'"{hashlib.sha256(jws.encode()).hexdigest()[:32]}"')
