"""The key of backups, and the keys and the anchor that a backup keeps: whatever the service's settings name as such."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from analysis_service.operations.refusals import OperationRefused
from analysis_service.settings import PREFIX, DatabaseSettings, Settings

SETTING = "backup_key_file"
KEPT = ("_key_file", "_anchor_file")
"""How the settings end whose files a backup keeps. Its own key is none of them: the key would lie beside the lock."""
FILE = "_file"


def key_of(chosen: DatabaseSettings, given: Path | None) -> bytes:
    """The key of the file that was given, or else set. Raises OperationRefused."""
    path = given or chosen.backup_key_file
    if path is None:
        raise OperationRefused(
            f"{PREFIX}{SETTING.upper()}: expected a file, got none; `provisioning secrets` makes one"
        )
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise OperationRefused(f"{path}: expected a key of 64 hexadecimal digits, got something else")
    return bytes.fromhex(text)


def kept_files(chosen: Settings) -> Mapping[str, Path]:
    """The files to be kept by their names in a backup, such as audit_key. One that is not there yet is none."""
    files = {name.removesuffix(FILE): getattr(chosen, name) for name in type(chosen).model_fields if is_kept(name)}
    return {name: path for name, path in files.items() if path is not None and path.is_file()}


def is_kept(setting: str) -> bool:
    """Whether the file that a setting names belongs into a backup."""
    return setting.endswith(KEPT) and setting != SETTING


def variable(name: str) -> str:
    """What has to be set so that the service finds the file again."""
    return f"{PREFIX}{name.upper()}{FILE.upper()}"
