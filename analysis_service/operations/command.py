"""The commands of operations: each a row with its arguments and what it does; a refusal is a sentence."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy.exc import SQLAlchemyError

from analysis_service import settings
from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.command import sentence as verdict_of
from analysis_service.audit.service import Audit, key_in
from analysis_service.clock import shown, system_clock
from analysis_service.database import Database
from analysis_service.operations import backup, keys
from analysis_service.operations import restore as restoring
from analysis_service.operations.backup import draft_of
from analysis_service.operations.erasure import Erasure, require_patient
from analysis_service.operations.export import Exports
from analysis_service.operations.on_record import on_record
from analysis_service.operations.refusals import OperationRefused
from analysis_service.operations.retention import TERMS, Retention
from analysis_service.operations.terminal import operator, say_why, tell, typed
from analysis_service.operations.tombstones import Tombstones
from analysis_service.query.service import Upstream
from analysis_service.settings import DatabaseSettings

DONE_STATUS = 200
DONE, NOT_WHOLE, REFUSED, INTERRUPTED = 0, 1, 2, 130
AUDIT_KEY, AUDIT_ANCHOR = "audit_key", "audit_anchor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What `python -m analysis_service NAME` takes and does; `act` answers its exit code."""

    name: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    act: Callable[[argparse.Namespace], Coroutine[Any, Any, int]]
    stopped: str = "everything is as it was"
    """What there is to say of a Ctrl-C."""

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return str(self.act.__doc__)


def run(command: Command, given: argparse.Namespace) -> int:
    """Do what was asked; the exit code. Whatever Ctrl-C leaves can be gone on from by the same command."""
    try:
        return asyncio.run(command.act(given))
    except OperationRefused as refusal:
        say_why(str(refusal))
        return REFUSED
    except SQLAlchemyError as error:
        say_why(f"CHEVET_DATABASE_URL: expected a database that answers, got {getattr(error, 'orig', error)}")
        return REFUSED
    except OSError as error:
        say_why(f"{error.filename or 'a file'}: expected one that can be read and written: {error.strerror or error}")
        return REFUSED
    except KeyboardInterrupt:
        say_why(f"stopped; {command.stopped}")
        return INTERRUPTED


@asynccontextmanager
async def opened(chosen: DatabaseSettings) -> AsyncIterator[Database]:
    """The database that is set, for as long as it takes."""
    database = Database(chosen.database, unhurried=True)
    try:
        yield database
    finally:
        await database.close()


def _backup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", type=Path, metavar="FILE", help="in place of CHEVET_BACKUP_KEY_FILE")
    parser.add_argument("--out", type=Path, metavar="DIR_OR_FILE", help="where the backup goes")
    parser.add_argument("--prometheus-data", type=Path, metavar="DIR", help="where its Prometheus keeps the series")
    acts = parser.add_subparsers(dest="act")
    verify = acts.add_parser("verify", help="read all of a backup, and restore nothing")
    verify.add_argument("file", type=Path, metavar="FILE")


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", type=Path, metavar="FILE", help="in place of CHEVET_BACKUP_KEY_FILE")
    parser.add_argument("--from", type=Path, metavar="FILE", required=True, dest="file", help="the backup")
    parser.add_argument("--keys", type=Path, metavar="DIR", required=True, help="where keys and the anchor go")
    parser.add_argument("--prometheus-data", type=Path, metavar="DIR", help="where the series go")


async def _backup(given: argparse.Namespace) -> int:
    """Copy the database, the series, the keys and the anchor into one encrypted file."""
    if given.act == "verify":
        return await _verify(given)
    if given.out is None:
        raise OperationRefused("--out: expected a directory or a file, got none")
    chosen = settings.load()
    key = keys.key_of(chosen, given.key)
    async with opened(chosen) as database:
        out = await backup.make(
            database, keys.kept_files(chosen), given.prometheus_data, key, given.out, system_clock, tell
        )
    if given.prometheus_data is None:
        tell("Prometheus: left out; --prometheus-data says where its series are")
    tell(f"{out}: {out.stat().st_size} bytes")
    return DONE


async def _verify(given: argparse.Namespace) -> int:
    header, found = await backup.verify(given.file, keys.key_of(settings.load_database(), given.key))
    for name, table in found["tables"].items():
        tell(f"{name}: {table['rows']} rows, SHA-256 {table['sha256']}")
    tell(f"{len(found['files'])} files, {sum(one['bytes'] for one in found['files'].values())} bytes")
    tell(f"whole, as it was made at {shown(header['made_ms'])} with schema {header['revision']}")
    return DONE


async def _restore(given: argparse.Namespace) -> int:
    """Bring a backup back, into a database without rows and directories without files."""
    chosen = settings.load_database()
    key = keys.key_of(chosen, given.key)
    async with opened(chosen) as database:
        found = await restoring.restore(given.file, key, database, given.keys, given.prometheus_data, tell)
        for name in sorted(name.partition("/")[2] for name in found["files"] if name.startswith(f"{backup.KEYS}/")):
            tell(f"{keys.variable(name)}={given.keys / name}")
        verdict = await Audit(
            database, system_clock, key_in(given.keys / AUDIT_KEY), AnchorFile(given.keys / AUDIT_ANCHOR)
        ).verify()
    tell(f"the audit: {verdict_of(verdict)}")
    return DONE if verdict.fault is None else NOT_WHOLE


def _erase_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patient", required=True, metavar="PSEUDONYM")
    parser.add_argument("--reason", metavar="TEXT", help="why, as it will stand in the audit")
    parser.add_argument("--dry-run", action="store_true", help="say what would be erased, and erase nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask for the pseudonym to be typed again")


async def _erase(given: argparse.Namespace) -> int:
    """Forget a patient as far as law lets it; what is gone is gone."""
    chosen = settings.load()
    async with opened(chosen) as database, httpx2.AsyncClient() as client:
        database.recording = Audit(
            database, system_clock, key_in(chosen.audit_key_file), AnchorFile(chosen.audit_anchor_file)
        ).entries.with_change
        erasure = Erasure(database, Tombstones(client, chosen.query_url), system_clock)
        plan = await erasure.plan(given.patient)
        for line in plan.lines():
            tell(line)
        if given.dry_run:
            return DONE
        if not given.reason:
            raise OperationRefused("--reason: expected why, for the audit, got nothing")
        if not given.yes and typed("this cannot be undone; type the pseudonym again to erase: ") != given.patient:
            raise OperationRefused("the pseudonym: expected it once more, got another; nothing was erased")
        for name, count in (await erasure.erase(plan, operator(), given.reason)).items():
            tell(f"{name}: {count} rows erased or emptied")
        left = await Tombstones(client, chosen.query_url).left(given.patient)
    again = "; what came out of order is in no block yet: erase again in some hours" if left else ""
    tell(f"series in Prometheus: {plan.series} before, {left} left{again}")
    return NOT_WHOLE if left else DONE


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patient", required=True, metavar="PSEUDONYM")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, as it will stand in the audit")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the ZIP file")


async def _export(given: argparse.Namespace) -> int:
    """Write all that is held of a patient into a ZIP file, for them."""
    chosen = settings.load()
    async with opened(chosen) as database, httpx2.AsyncClient() as client:
        audit = Audit(database, system_clock, key_in(chosen.audit_key_file), AnchorFile(chosen.audit_anchor_file))
        await require_patient(database, given.patient)
        with draft_of(given.out) as file:
            async for piece in await Exports(database, Upstream(client, chosen.query_url), system_clock).of(
                given.patient
            ):
                file.write(piece)
            asking = on_record("export", given.patient, operator(), given.reason, system_clock())
            await audit.entries.answered(asking, DONE_STATUS)
    tell(f"{given.out}: {given.out.stat().st_size} bytes")
    return DONE


def _retain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")


async def _retain(given: argparse.Namespace) -> int:
    """Remove rows whose time is over, and say of each table how long its rows are kept, and why."""
    async with opened(settings.load_database()) as database:
        retention = Retention(database, system_clock)
        counted = await (retention.due() if given.dry_run else retention.retain())
    for term in TERMS:
        done = "due" if given.dry_run else "removed"
        kept = "kept" if term.days is None else f"{term.days} days; {counted[term.table]} rows {done}"
        tell(f"{term.table}: {kept}; {term.why}")
    return DONE


_COMMANDS = (
    Command(name="backup", add_arguments=_backup_arguments, act=_backup),
    Command(name="restore", add_arguments=_restore_arguments, act=_restore),
    Command(
        name="erase",
        add_arguments=_erase_arguments,
        act=_erase,
        stopped="rows are as they were, series may be gone: --dry-run says what is left",
    ),
    Command(
        name="retain", add_arguments=_retain_arguments, act=_retain, stopped="what was not removed yet is as it was"
    ),
    Command(name="export", add_arguments=_export_arguments, act=_export),
)
COMMANDS = {command.name: command for command in _COMMANDS}
