"""`audit verify` and `audit export`: for whoever has the database, the key and the anchor at hand."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.service import Audit, key_of
from analysis_service.clock import shown, system_clock
from analysis_service.database import Database
from analysis_service.settings import BadSettings, Settings
from chevet.audit_event import audit_event
from chevet.audit_verification import Verdict

WHOLE, NOT_WHOLE = 0, 1
ALWAYS = 2**62


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be asked."""
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("verify", help=verify.__doc__, description=verify.__doc__)
    export_parser = acts.add_parser("export", help=export.__doc__, description=export.__doc__)
    export_parser.add_argument("--fhir", action="store_true", required=True, help="as AuditEvents of FHIR R4")
    export_parser.add_argument("--since", type=_instant, default=0, metavar="TIME", help="such as 2026-03-01T08:00Z")
    export_parser.add_argument("--until", type=_instant, default=ALWAYS, metavar="TIME", help="and not including it")


def run(chosen: Settings, given: argparse.Namespace) -> int:
    """Do what was asked; the exit code."""
    return asyncio.run(_within(chosen, lambda audit: ACTS[given.act](audit, given)))


async def _within(chosen: Settings, act: Callable[[Audit], Awaitable[int]]) -> int:
    database = Database(chosen.database)
    try:
        return await act(Audit(database, system_clock, key_of(chosen), AnchorFile(chosen.audit_anchor_file)))
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", error)
        raise BadSettings(f"CHEVET_DATABASE_URL: expected a database that can be read, got {reason}") from None
    finally:
        await database.close()


async def verify(audit: Audit, _: argparse.Namespace) -> int:
    """Say whether every entry is as it was written; 0 where it is, 1 where the first that is not is named."""
    found = await audit.verify()
    print(sentence(found))  # noqa: T201 - what was asked for
    return WHOLE if found.fault is None else NOT_WHOLE


async def export(audit: Audit, given: argparse.Namespace) -> int:
    """Write the entries to standard output, a line each (NDJSON)."""
    async for one in audit.events(given.since, given.until):
        print(json.dumps(audit_event(one), ensure_ascii=False))  # noqa: T201 - what was asked for
    sys.stdout.flush()
    return WHOLE


ACTS: dict[str, Callable[[Audit, argparse.Namespace], Awaitable[int]]] = {"verify": verify, "export": export}


def sentence(found: Verdict) -> str:
    """«12 entries, 3 seals, the last of 2026-03-01T08:00:00.000Z, 2 entries not sealed yet: all as written»."""
    last = "" if found.sealed_at is None else f", the last of {shown(found.sealed_at)}"
    unsealed = f", {found.unsealed} entries not sealed yet" if found.unsealed else ""
    counted = f"{found.entries} entries, {found.seals} seals{last}{unsealed}"
    if found.fault is None:
        return f"{counted}: all as written"
    at = "" if found.fault.at is None else f" ({shown(found.fault.at)})"
    return f"{counted}: not as written; {found.fault.sentence}{at}"


def _instant(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"expected a time with its zone, such as 2026-03-01T08:00Z, got {text!r}")
    return round(found.timestamp() * 1000)
