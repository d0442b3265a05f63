"""Dossiers that nobody looks after, such as those from before there were teams, are given away by a command."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable

import pytest

from analysis_service import settings
from analysis_service.__main__ import main
from analysis_service.care import command
from analysis_service.records.tables import PatientRow
from analysis_service.settings import BadSettings
from tests.analysis_service.carers import ANNE, BO, Carers
from tests.analysis_service.conftest import Service

HandOver = Callable[[str], Awaitable[int]]


@pytest.fixture
def people(service_without_store: Service) -> Carers:
    return Carers(service_without_store)


@pytest.fixture
def hand_over(configured: dict[str, object]) -> HandOver:
    """The command, as whoever has the service's settings runs it."""
    return lambda team: asyncio.to_thread(command.run, settings.load(**configured), Namespace(team=team))


async def from_before(people: Carers, *patients: str) -> None:
    async with people.service.client._transport.app.state.database.writing() as session:
        session.add_all(PatientRow(patient=one, name=one.upper(), created_ms=0) for one in patients)


async def test_whom_nobody_looks_after_is_given_to_a_team_by_name_and_nobody_twice(
    people: Carers, hand_over: HandOver, capsys: pytest.CaptureFixture[str]
) -> None:
    own = await people.patient(ANNE)
    await from_before(people, "p1", "p2")
    await people.made(BO, "/teams", {"name": "Nord"})
    assert await people.seen(BO) == set()
    for expected in ("2 dossiers", "0 dossiers"):
        assert await hand_over("Nord") == 0
        said = capsys.readouterr().out
        assert f"{expected} that nobody looked after are in the care of Nord now" in said
    assert await people.seen(BO) == {"p1", "p2"}
    assert await people.seen(ANNE) == {own}
    (team,) = (await people.ask(BO, "GET", "/patients/p1/teams")).json()
    assert (team["name"], team["saved_by"], team["until_ms"]) == ("Nord", "hand-over", None)


async def test_a_team_that_there_is_not_or_that_nobody_is_of_is_refused_in_a_sentence(
    people: Carers, hand_over: HandOver
) -> None:
    await from_before(people, "p1")
    with pytest.raises(BadSettings, match="--team: expected one of none, got 'Nord'"):
        await hand_over("Nord")
    ids = [(await people.made(who, "/teams", {"name": "Nord"}))["id"] for who in (ANNE, BO)]
    with pytest.raises(BadSettings, match="got 2 of them; an id is of one team alone"):
        await hand_over("Nord")
    (anne,) = (await people.ask(ANNE, "GET", f"/teams/{ids[0]}/members")).json()
    await people.made(ANNE, f"/teams/{ids[0]}/members/{anne['id']}/end")
    with pytest.raises(BadSettings, match="--team: expected one with a member until further notice"):
        await hand_over(ids[0])
    assert await hand_over(ids[1]) == 0
    assert await people.seen(BO) == {"p1"}


def test_the_command_is_one_of_the_services(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["hand-over"])
    assert "--team" in capsys.readouterr().err
