"""What an operation refuses: a sentence for the person at the terminal."""

from __future__ import annotations

from pathlib import Path

from chevet.errors import ChevetError


class OperationRefused(ChevetError):
    """The operation was not begun, or everything that it had begun is as it was before."""


class BadBackup(OperationRefused):
    """The file is no backup, not whole, or not for this key or this service."""

    def __init__(self, file: Path, sentence: str) -> None:
        super().__init__(f"{file}: {sentence}", field=str(file))
