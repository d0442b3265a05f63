"""`python -m tests.filled DIR`: the README's pictures, drawn from the filled Prometheus."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.filled.pictures import PICTURES, drawn
from tests.filled.store import filled_store


def main(folder: Path) -> None:
    """Write each picture into `folder`."""
    with TemporaryDirectory() as own, filled_store(Path(own)) as filled:
        for name in PICTURES:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.svg").write_text(drawn(filled, name, Path(own) / name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
