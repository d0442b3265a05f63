"""Settings as an .ini file has them, which is how Grafana reads its own."""

from __future__ import annotations

from collections.abc import Mapping

Settings = Mapping[str, Mapping[str, object]]


def written(content: Settings) -> str:
    """A section after another, as they come."""
    sections = (
        "".join((f"[{name}]\n", *(f"{key} = {_value(value)}\n" for key, value in values.items())))
        for name, values in content.items()
    )
    return "\n".join(sections)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
