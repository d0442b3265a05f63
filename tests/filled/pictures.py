"""Which dashboards the README shows, and of whom: each as the command draws it that users have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from tests.filled.history import DIABETIC, ILL
from tests.filled.store import Filled

PICTURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ward": (),
        "patient": ("--choose", f"patient={ILL}"),
        "glucose": ("--choose", f"patient={DIABETIC}"),
        "alerts": (),
    }
)
"""By the dashboard's name: what is chosen."""


def drawn(filled: Filled, name: str, folder: Path) -> str:
    """The picture of a whole dashboard; `folder` is for what the command writes."""
    until = datetime.fromtimestamp(filled.moment, UTC).isoformat()
    asked = ["preview", name, "--prometheus", filled.url, "--until", until, "--out", str(folder), *PICTURES[name]]
    subprocess.run([sys.executable, "-m", "dashboards", *asked], check=True, capture_output=True, timeout=300)
    return (folder / f"{name}.svg").read_text(encoding="utf-8")
