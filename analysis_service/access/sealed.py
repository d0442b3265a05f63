"""What is kept or sent round so that only the service can read it, sealed by the keys of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from analysis_service.settings import BadSettings


class Seal:
    """Fernet by each line of a file: the first seals, all of them open, so that a key can be changed under way."""

    def __init__(self, path: Path) -> None:
        try:
            self._keys = MultiFernet([Fernet(line) for line in path.read_text(encoding="utf-8").split()])
        except ValueError:
            raise BadSettings(
                f"CHEVET_SESSION_KEY_FILE: expected lines of 32 bytes in base64, got something else in {str(path)!r}"
            ) from None

    def close(self, content: dict[str, Any]) -> str:
        """`content` as text that says nothing to others."""
        return self._keys.encrypt(json.dumps(content).encode()).decode()

    def open(self, text: str, *, at_most_seconds: int | None = None) -> dict[str, Any] | None:
        """What was closed, None where it was by others or is older than that."""
        try:
            content: dict[str, Any] = json.loads(self._keys.decrypt(text.encode(), at_most_seconds))
        except (InvalidToken, UnicodeEncodeError):
            return None
        return content
