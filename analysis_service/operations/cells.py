"""The value of a column as JSON has it and back, the same from every database: a row for each type of column."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Text, cast, types

from analysis_service.operations.refusals import OperationRefused

TEXT_OF_JSON, BYTES = "json", "base64"


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How columns of a type are asked for, written down, and given back. None is SQL's NULL and never comes here."""

    asked: Callable[[Column[Any]], ColumnElement[Any]] = _same
    written: Callable[[Any], Any] = _same
    back: Callable[[Any], Any] = _same


def _json_null_too(text: str) -> Any:
    value = json.loads(text)
    return JSON.NULL if value is None else value


CELLS: tuple[tuple[type[types.TypeEngine[Any]], Cell], ...] = (
    (types.Boolean, Cell(written=bool)),
    (types.Integer, Cell(written=int)),
    (types.Float, Cell(written=float)),
    (
        types.JSON,
        Cell(
            asked=lambda column: cast(column, Text),  # as it is: parsed, JSON's null and SQL's are one
            written=lambda text: {TEXT_OF_JSON: json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True)},
            back=lambda held: _json_null_too(held[TEXT_OF_JSON]),
        ),
    ),
    (
        types.LargeBinary,
        Cell(
            written=lambda content: {BYTES: base64.b64encode(content).decode()},
            back=lambda held: base64.b64decode(held[BYTES]),
        ),
    ),
    (types.String, Cell()),
)


def cell_of(column: Column[Any]) -> Cell:
    """Raises OperationRefused for a type that has no row: a copy without it would be none."""
    for kind, cell in CELLS:
        if isinstance(column.type, kind):
            return cell
    known = ", ".join(kind.__name__ for kind, _ in CELLS)
    raise OperationRefused(f"{column.table.name}.{column.name}: expected a type of {known}, got {column.type!r}")
