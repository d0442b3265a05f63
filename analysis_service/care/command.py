"""`hand-over`: gives dossiers that nobody looks after to a team, such as those from before there were teams."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from analysis_service.care.service import HandingOver, Teams
from analysis_service.care.tables import TeamRow
from analysis_service.clock import system_clock
from analysis_service.database import Database
from analysis_service.problems import Problem
from analysis_service.records.service import everybody
from analysis_service.settings import BadSettings, Settings

BY = "hand-over"
"""What stands where the subject of a person's token would: whoever has the database at hand has none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What has to be said."""
    parser.add_argument("--team", required=True, metavar="NAME", help="of a care team, or its id")


def run(chosen: Settings, given: argparse.Namespace) -> int:
    """Give them all to the team; the exit code. Raises BadSettings where they cannot be given."""
    try:
        asyncio.run(_hand_over(chosen, given.team))
    except Problem as refusal:
        raise BadSettings(f"--{refusal.detail}") from None
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", error)
        raise BadSettings(f"CHEVET_DATABASE_URL: expected a database that can be written, got {reason}") from None
    return 0


async def _hand_over(chosen: Settings, called: str) -> None:
    database = Database(chosen.database)
    try:
        team = _only(called, await Teams(database, system_clock).listed(ended=False))
        taken_in = await HandingOver(database, system_clock).take_in(team.id, everybody(), BY)
    finally:
        await database.close()
    print(f"{taken_in} dossiers that nobody looked after are in the care of {team.name} now")  # noqa: T201 - the answer


def _only(called: str, teams: Sequence[TeamRow]) -> TeamRow:
    """The one team of that name or id. Raises BadSettings."""
    found = [team for team in teams if called in (team.id, team.name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{team.name} ({team.id})" for team in found or teams) or "none"
    got = f"{len(found)} of them" if found else f"{called!r}"
    raise BadSettings(f"--team: expected one of {known}, got {got}; an id is of one team alone")
