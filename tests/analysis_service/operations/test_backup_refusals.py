"""What is no whole backup for this key and this service is refused in a sentence, and leaves everything as it was."""

from __future__ import annotations

import asyncio
import itertools
import struct
from pathlib import Path

import pytest
from sqlalchemy import text

from analysis_service import migrations, settings
from analysis_service.clock import system_clock
from analysis_service.database import Database
from analysis_service.operations import backup, keys, sealed, series_files
from analysis_service.operations.refusals import BadBackup, OperationRefused
from analysis_service.operations.restore import restore
from analysis_service.operations.sealed import MAGIC, Opening, Sealing
from tests.analysis_service.rows import content, fill, in_database

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
OLDER = "0007"


@pytest.fixture
def audit_key(tmp_path: Path) -> Path:
    path = tmp_path / "audit.key"
    path.write_text("5a" * 32)
    return path


async def made(url: str, audit_key: Path, out: Path, key: bytes = KEY) -> Path:
    database = Database(url, unhurried=True)
    try:
        return await backup.make(database, {"audit_key": audit_key}, None, key, out, system_clock, lambda _: None)
    finally:
        await database.close()


async def brought_back(file: Path, url: str, directory: Path, key: bytes = KEY, tell=lambda _: None, prometheus=None):
    database = Database(url, unhurried=True)
    try:
        return await restore(file, key, database, directory / "keys", prometheus, tell)
    finally:
        await database.close()


async def everything(url: str) -> dict:
    database = Database(url, unhurried=True)
    try:
        return await in_database(database, content)
    finally:
        await database.close()


async def filled(url: str, revision: str = migrations.NEWEST) -> dict:
    await migrations.upgrade(url, revision)
    database = Database(url, unhurried=True)
    try:
        await in_database(database, fill)
    finally:
        await database.close()
    return await everything(url)


@pytest.fixture
async def whole(tmp_path: Path, audit_key: Path) -> Path:
    """A backup of a database with a row in every table."""
    url = f"sqlite+aiosqlite:///{tmp_path}/source.sqlite"
    await filled(url)
    return await made(url, audit_key, tmp_path / "whole.backup")


def records(path: Path) -> tuple[bytes, list[bytes]]:
    """What stands before the records, and each of them with its length."""
    raw = path.read_bytes()
    at = len(MAGIC) + 4 + struct.unpack_from(">I", raw, len(MAGIC))[0]
    head, found = raw[:at], []
    while at < len(raw):
        end = at + 4 + struct.unpack_from(">I", raw, at)[0]
        found.append(raw[at:end])
        at = end
    return head, found


async def test_another_key_opens_nothing(whole: Path) -> None:
    with pytest.raises(BadBackup, match="expected the key that it was made with, got another"):
        await backup.verify(whole, OTHER_KEY)


async def test_a_cut_file_is_found_wherever_it_was_cut(whole: Path) -> None:
    raw = whole.read_bytes()
    head, found = records(whole)
    ends = [len(raw) - 1, len(raw) - len(found[-1]), len(head) + len(found[0]), len(head), len(head) - 1, 3, 0]
    for end in ends:
        whole.write_bytes(raw[:end])
        with pytest.raises(BadBackup, match=r"it was cut|expected a backup of Chevet"):
            await backup.verify(whole, KEY)


async def test_a_flipped_bit_is_found_wherever_it_is(whole: Path) -> None:
    raw = whole.read_bytes()
    for at in range(0, len(raw), len(raw) // 60):
        changed = bytearray(raw)
        changed[at] ^= 1
        whole.write_bytes(changed)
        with pytest.raises(BadBackup):
            await backup.verify(whole, KEY)


async def test_records_that_were_swapped_left_out_repeated_or_added_are_found(whole: Path) -> None:
    head, found = records(whole)
    assert len(found) > 10
    swapped = [found[0], found[2], found[1], *found[3:]]
    for others in (swapped, [found[0], *found[2:]], [*found[:2], *found[1:]], [*found, found[-1]], [found[-1]]):
        whole.write_bytes(head + b"".join(others))
        with pytest.raises(BadBackup, match=r"in its place|expected its end"):
            await backup.verify(whole, KEY)


async def test_a_record_of_another_backup_with_the_same_key_is_found(
    whole: Path, tmp_path: Path, audit_key: Path
) -> None:
    again = await made(f"sqlite+aiosqlite:///{tmp_path}/source.sqlite", audit_key, tmp_path / "again.backup")
    head, found = records(whole)
    whole.write_bytes(head + b"".join([found[0], records(again)[1][1], *found[2:]]))
    with pytest.raises(BadBackup, match="record 1 as it was written"):
        await backup.verify(whole, KEY)


def test_no_two_records_have_the_same_nonce_and_no_two_files_the_same_data_key(tmp_path: Path, monkeypatch) -> None:
    seen = []

    class Watched:
        def __init__(self, key: bytes) -> None:
            self.key = key

        @staticmethod
        def generate_key(bits: int) -> bytes:
            return real.generate_key(bits)

        def encrypt(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
            seen.append((self.key, nonce))
            return real(self.key).encrypt(nonce, data, bound)

    real = sealed.AESGCM
    monkeypatch.setattr(sealed, "AESGCM", Watched)
    for name in ("a", "b"):
        with (tmp_path / name).open("wb") as file:
            sealing = Sealing(file, KEY, {})
            for _ in range(300):
                sealing.add(b"the same")
            sealing.finish(b"the same")
    assert len(set(seen)) == len(seen) == 602
    assert len({key for key, _ in seen}) == 2


def test_what_was_written_comes_back_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with path.open("wb") as file:
        sealing = Sealing(file, KEY, {"revision": "0001"})
        sealing.add(b"")
        sealing.add(b"x" * 1_000_000)
        sealing.finish(b"end")
    with path.open("rb") as file:
        opening = Opening(file, path, KEY)
        assert opening.header["revision"] == "0001"
        assert list(opening) == [b"", b"x" * 1_000_000, b"end"]


async def test_a_backup_is_for_its_owner_alone_and_shows_nothing_of_anybody(whole: Path) -> None:
    assert whole.stat().st_mode & 0o777 == 0o600
    raw = whole.read_bytes()
    assert "é ü".encode() not in raw
    assert b"5a5a5a" not in raw


async def test_in_a_directory_it_is_named_by_its_time_alone(whole: Path, tmp_path: Path, audit_key: Path) -> None:
    out = await made(f"sqlite+aiosqlite:///{tmp_path}/source.sqlite", audit_key, tmp_path)
    assert out.name.startswith("chevet-2")
    assert out.name.endswith("Z.backup")


async def test_a_backup_never_takes_the_place_of_another_and_leaves_no_half(
    whole: Path, tmp_path: Path, audit_key
) -> None:
    url, before = f"sqlite+aiosqlite:///{tmp_path}/source.sqlite", whole.read_bytes()
    with pytest.raises(OperationRefused, match="expected a file that is not there yet"):
        await made(url, audit_key, whole)
    assert whole.read_bytes() == before
    database = Database(url)
    with pytest.raises(OperationRefused, match="--prometheus-data: expected the directory of a Prometheus"):
        await backup.make(database, {}, tmp_path, KEY, tmp_path / "half", system_clock, lambda _: None)
    await database.close()
    assert not [path for path in tmp_path.iterdir() if "half" in path.name]


async def test_an_older_schema_is_brought_forward(tmp_path: Path, audit_key: Path) -> None:
    old, new = (f"sqlite+aiosqlite:///{tmp_path}/{name}.sqlite" for name in ("old", "new"))
    before = await filled(old, OLDER)
    await brought_back(await made(old, audit_key, tmp_path / "old.backup"), new, tmp_path)
    await migrations.upgrade(old)
    assert await everything(new) == await everything(old)
    assert before["audit_entries"] == (await everything(new))["audit_entries"]


async def test_a_newer_schema_is_refused(whole: Path, tmp_path: Path, audit_key: Path) -> None:
    source, url = (f"sqlite+aiosqlite:///{tmp_path}/{name}.sqlite" for name in ("source", "target"))
    database = Database(source)
    async with database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    await database.close()
    newer = await made(source, audit_key, tmp_path / "newer.backup")
    with pytest.raises(BadBackup, match="expected a schema that this service knows, got '0099'"):
        await brought_back(newer, url, tmp_path)
    assert not (tmp_path / "keys").exists()


async def test_a_database_with_rows_is_never_restored_into(whole: Path, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/source.sqlite"
    before = await everything(url)
    with pytest.raises(OperationRefused, match=r"expected a database without rows, .* has some"):
        await brought_back(whole, url, tmp_path)
    assert await everything(url) == before
    assert not list((tmp_path / "keys").iterdir())


async def test_a_directory_with_series_is_never_restored_into(whole: Path, tmp_path: Path) -> None:
    series = tmp_path / "data"
    (series / "wal").mkdir(parents=True)
    url = f"sqlite+aiosqlite:///{tmp_path}/target.sqlite"
    with pytest.raises(OperationRefused, match=r"--prometheus-data: expected an empty directory, .*data is not"):
        await brought_back(whole, url, tmp_path, prometheus=series)
    assert [path.name for path in series.iterdir()] == ["wal"]
    assert await everything(url) == {}


async def test_ctrl_c_in_the_middle_leaves_nothing_half(whole: Path, tmp_path: Path, database_url: str) -> None:
    before = await everything(database_url)
    lines = []

    def stop(line: str) -> None:
        lines.append(line)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await brought_back(whole, database_url, tmp_path, tell=stop)
    assert len(lines) == 1
    assert not any((await everything(database_url)).values())
    assert (await everything(database_url)).keys() == before.keys()
    assert not list((tmp_path / "keys").iterdir())
    await brought_back(whole, database_url, tmp_path)
    assert all((await everything(database_url)).values())


def test_every_file_that_the_settings_name_is_in_a_backup_or_left_out_on_purpose() -> None:
    left = {
        "backup_key_file": "the key would lie beside the lock",
        "database_password_file": "a new place has its own",
        "oidc_client_secret_file": "the identity provider has it, and gives another",
        "keycloak_secret_file": "the same",
    }
    files = {name for name in settings.Settings.model_fields if name.endswith("_file")}
    assert {name for name in files if not keys.is_kept(name)} == set(left)


def test_what_a_prometheus_is_about_to_make_or_remove_is_no_part_of_a_backup(tmp_path: Path) -> None:
    block = "01M7ZVKY1GDTBYSPFWWRQTWNN7"
    kept = ["wbl/00000000", "wal/00000000", "wal/checkpoint.00000001/00000000", "chunks_head/000001"]
    kept += [f"{block}/chunks/000001", f"{block}/index", f"{block}/meta.json"]
    left = ["lock", "queries.active", "wal/checkpoint.00000002.tmp/00000000", f"{block}.tmp-for-deletion/meta.json"]
    for name in (*kept, *left, "snapshots/x/index", "01M7ZVKY1GDTBYSPFWWRQTWNN8/index"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert series_files.names(tmp_path) == kept


def test_files_that_come_or_go_while_they_are_opened_are_opened_again(tmp_path: Path, monkeypatch) -> None:
    """A log that was cut and the block that has its samples are both in a backup, or neither has been."""
    (tmp_path / "wal").mkdir()
    (tmp_path / "wal" / "00000001").write_bytes(b"old")
    found = iter([["wal/00000000"], ["wal/00000001"], ["wal/00000001", "wal/00000002"]])
    seen = ["wal/00000001"]
    monkeypatch.setattr(series_files, "names", lambda _: next(found, seen))
    with series_files.held(tmp_path) as files:
        assert [(one.name, one.size) for one in files] == [("wal/00000001", 3)]
    changing = itertools.cycle([["wal/00000001"], []])
    monkeypatch.setattr(series_files, "names", lambda _: next(changing))
    with pytest.raises(OperationRefused, match="to stay as it is for a moment"), series_files.held(tmp_path):
        pass
