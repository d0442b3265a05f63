"""What is held of a person stands in one table: a new table or column that is in no row of it fails here."""

from __future__ import annotations

import pytest
from sqlalchemy import Table

from analysis_service.app import ROUTERS
from analysis_service.database import Row
from analysis_service.operations.holdings import HELD, HOLDINGS
from analysis_service.operations.personal import Fate, Holding
from analysis_service.records.history import What

assert ROUTERS  # every module's tables are imported with its routes
TABLES = sorted(Row.metadata.tables)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_every_table_is_said_to_be_somebodys_or_nobodys(name: str) -> None:
    rows = [holding for holding in HOLDINGS if holding.table == name]
    assert rows, f"{name}: expected a row in operations/holdings.py, found none"
    for holding in rows:
        said = (holding.shown + " " + holding.hidden).split()
        assert sorted(said) == sorted(column.name for column in Row.metadata.tables[name].columns)
        assert set(holding.blank.split()) <= set(said)


def test_of_a_table_that_holds_different_things_each_has_its_row() -> None:
    told = [holding.only[1] for holding in HOLDINGS if holding.table == "record_editions" and holding.only]
    assert sorted(told) == sorted(What)
    assert {holding.table for holding in HOLDINGS if holding.only} == {"record_editions"}


def test_no_row_speaks_of_a_table_that_is_gone() -> None:
    assert {holding.table for holding in HOLDINGS} == set(TABLES)


def somebodys(table: Table) -> bool:
    """Whether a patient can be found from it, by a column or by what it refers to."""
    return "patient" in table.columns or any(somebodys(key.column.table) for key in table.foreign_keys)


@pytest.mark.parametrize("name", [name for name in TABLES if somebodys(Row.metadata.tables[name])])
def test_what_refers_to_a_patient_is_somebodys(name: str) -> None:
    assert all(holding.fate is not Fate.NOBODY for holding in HOLDINGS if holding.table == name)


@pytest.mark.parametrize("holding", HELD, ids=lambda holding: holding.name)
def test_each_is_found_by_the_pseudonym_and_comes_before_what_it_refers_to(holding: Holding) -> None:
    assert holding.belongs is not None
    parents = {key.column.table.name for key in holding.of.foreign_keys} - {holding.table}
    order = [one.table for one in HELD]
    assert all(order.index(holding.table) < order.index(name) for name in parents & set(order))


def test_what_would_open_a_door_is_never_shown() -> None:
    for holding in HELD:
        shown = set(holding.shown.split())
        assert not {name for name in shown if any(word in name for word in ("cookie", "token", "digest"))}
