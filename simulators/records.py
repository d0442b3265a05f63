"""What a simulator writes beside it: JSON lines, each flushed, so that a kill loses none that was published."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, TextIO

from simulators.errors import BadOption


class Lines:
    """A file of JSON lines, appended to. Raises BadOption where the file cannot be opened."""

    def __init__(self, path: Path, option: str) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = path.open("a", encoding="utf-8")
        except OSError as error:
            raise BadOption(
                f"{option}: expected a file that can be written, got {path}: {error.strerror}", field=option
            ) from None

    def write(self, line: dict[str, Any]) -> None:
        """Append `line`; it is with the operating system when this returns."""
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self._lock:
            self._file.write(text)
            self._file.flush()

    def close(self) -> None:
        """No more lines."""
        with self._lock:
            self._file.close()
