"""A site as a TOML file says it; what the file does not name is as the row has it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from provisioning.errors import BadSite
from provisioning.render import checks
from provisioning.render.site import Mail, OnCall, Site

Row = TypeVar("Row", Mail, OnCall, Site)


def read(file: Path) -> Site:
    """Raises BadSite with the file, or the field, that cannot be."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadSite(f"{file}: expected a TOML file ({problem.strerror})", field=str(file)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadSite(f"{file}: expected TOML ({problem})", field=str(file)) from None
    if "mail" in content:
        content["mail"] = _row(Mail, "mail", content["mail"])
    if "on_call" in content:
        people = content["on_call"]
        checks.require(isinstance(people, list), "on_call", "[[on_call]] for each person", people)
        content["on_call"] = tuple(_row(OnCall, "on_call", person) for person in people)
    return _row(Site, "", content)


def _row(kind: type[Row], named: str, content: Any) -> Row:
    known = [one.name for one in fields(kind)]
    checks.require(isinstance(content, Mapping), named, f"a table of {', '.join(known)}", content)
    for name in content:
        checks.require(name in known, f"{named}.{name}".lstrip("."), f"one of {', '.join(known)}", name)
    return kind(**content)
