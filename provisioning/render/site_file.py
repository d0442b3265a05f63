"""A site as a TOML file says it; what the file does not name is as the row has it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from alert_rules.notifications.channels import Person, Smtp
from chevet.errors import BadRow
from provisioning.errors import BadSite
from provisioning.render import checks
from provisioning.render.site import Site

Row = TypeVar("Row", Person, Smtp, Site)
CHECKS: Mapping[Any, Callable[[str, Any], object]] = MappingProxyType(
    {str: checks.text, str | None: checks.text, bool: checks.flag}
)
"""By the type of a field what TOML may say there, before the row itself judges it."""


def read(file: Path) -> Site:
    """Raises BadSite with the file, or the field, that cannot be."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadSite(f"{file}: expected a TOML file ({problem.strerror})", field=str(file)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadSite(f"{file}: expected TOML ({problem})", field=str(file)) from None
    if "mail" in content:
        content["mail"] = _row(Smtp, "mail", content["mail"])
    if "on_call" in content:
        people = content["on_call"]
        checks.require(isinstance(people, list), "on_call", "[[on_call]] for each person", people)
        content["on_call"] = tuple(_row(Person, "on_call", person) for person in people)
    return _row(Site, "", content)


def _row(kind: type[Row], named: str, content: Any) -> Row:
    known, inside = {one.name: one.default for one in fields(kind)}, f"{named}." if named else ""
    kinds = get_type_hints(kind)
    checks.require(isinstance(content, Mapping), named, f"a table of {', '.join(known)}", content)
    for name, value in content.items():
        checks.require(name in known, f"{inside}{name}", f"one of {', '.join(known)}", name)
        if kinds[name] in CHECKS:
            CHECKS[kinds[name]](f"{inside}{name}", value)
    for name, default in known.items():
        checks.require(name in content or default is not MISSING, f"{inside}{name}", "a value", None)
    try:
        return kind(**content)
    except BadRow as refusal:
        raise BadSite(f"{inside}{refusal}", field=f"{inside}{refusal.field}") from None
