"""A patient is forgotten as far as law lets it, nobody else is touched, and it stands in the audit."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import cramjam
import httpx2
import pytest
from sqlalchemy import update

from analysis_service.audit.anchor import AnchorFile
from analysis_service.audit.service import Audit
from analysis_service.database import Database, Row
from analysis_service.operations.erasure import Erasure
from analysis_service.operations.holdings import HELD
from analysis_service.operations.personal import Fate
from analysis_service.operations.refusals import OperationRefused
from analysis_service.operations.terms import kept_until
from analysis_service.operations.tombstones import Tombstones
from analysis_service.records.history import What
from chevet.audit_event import audit_event
from chevet.remote_write import encode, series
from provisioning.local import servers
from provisioning.local.rows import Launch, Place
from tests.analysis_service.conftest import with_tables
from tests.analysis_service.operations.persons import ENDED, person_in
from tests.analysis_service.rows import content, in_database

NAME = "chevet_vital_heart_rate_per_minute"
DAY = 24 * 3600 * 1000
BEFORE_THE_TERM = round(datetime(2024, 11, 8, tzinfo=UTC).timestamp() * 1000)
AT_THE_TERM = round(datetime(2024, 11, 9, tzinfo=UTC).timestamp() * 1000)
SEALED = {"audit_entries", "audit_seals", "audit_looks", "people"}


def with_admin_api(place: Place) -> Launch:
    launch = servers.PROMETHEUS.launch(place)
    return replace(launch, command=(*launch.command, "--web.enable-admin-api"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus whose admin API is on."""
    with servers.running(tmp_path_factory.mktemp("admin"), replace(servers.PROMETHEUS, launch=with_admin_api)) as stack:
        yield stack.prometheus.url


async def write(url: str, patient: str, *ago: int) -> None:
    """Twenty samples of so long ago each, the later ones out of order."""
    now, gateway = round(datetime.now(UTC).timestamp() * 1000), uuid.uuid4().hex
    async with httpx2.AsyncClient() as client:
        for since in (now - one for one in ago or (60_000,)):
            one = series(NAME, {"patient": patient, "gateway": gateway}, *[(since + n * 1000, 60.0) for n in range(20)])
            body = bytes(cramjam.snappy.compress_raw(encode([one])))
            headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
            assert (await client.post(f"{url}/api/v1/write", content=body, headers=headers)).status_code == 204


async def samples(url: str, patient: str) -> int:
    query = {"query": f'sum(count_over_time({{patient="{patient}"}}[9d]))'}
    async with httpx2.AsyncClient() as client:
        found = (await client.get(f"{url}/api/v1/query", params=query)).json()["data"]["result"]
    return int(found[0]["value"][1]) if found else 0


class Kept:
    """A database with two people, and what can be asked of it."""

    def __init__(self, url: str, audit: Path) -> None:
        self.database = Database(url, unhurried=True)
        self.audit = Audit(self.database, lambda: AT_THE_TERM, b"k" * 32, AnchorFile(audit))
        self.database.recording = self.audit.entries.with_change

    async def rows(self, of: str) -> dict[str, list[dict]]:
        """Those of each table that name somebody."""
        found = await in_database(self.database, content)
        return {table: [row for row in rows if of in row.values()] for table, rows in found.items()}

    async def erased(self, client: httpx2.AsyncClient, url: str, at: int, patient: str = "p1") -> dict[str, int]:
        erasure = Erasure(self.database, Tombstones(client, url), lambda: at)
        return dict(await erasure.erase(await erasure.plan(patient), "operator", "they asked for it"))


@pytest.fixture
async def kept(database_url: str, template_file: Path, tmp_path: Path) -> AsyncIterator[Kept]:
    await with_tables(database_url, template_file)
    made = Kept(database_url, tmp_path / "anchor")
    made.database.recording = Database(database_url).recording
    for number, person in enumerate(("p1", "p2"), 1):
        await in_database(made.database, lambda connection, n=number, p=person: person_in(connection, p, n))
    made.database.recording = made.audit.entries.with_change
    yield made
    await made.database.close()


async def test_before_the_term_the_medical_record_stays_and_what_is_only_theirs_goes(kept: Kept, store: str) -> None:
    others = await kept.rows("p2")
    for patient in ("p1", "p2"):
        await write(store, patient)
    of_others = await samples(store, "p2")
    async with httpx2.AsyncClient() as client:
        changed = await kept.erased(client, store, BEFORE_THE_TERM)
    left = await kept.rows("p1")
    for holding in HELD:
        rows = [row for row in left[holding.table] if holding.only is None or row[holding.only[0]] == holding.only[1]]
        if holding.fate is Fate.AT_ONCE:
            assert not rows or holding.table in SEALED
            assert changed[holding.name] == 1
        else:
            assert rows
            assert all(not row[name] for row in rows for name in holding.blank.split())
    assert {table: rows for table, rows in (await kept.rows("p2")).items()} == others
    assert (await samples(store, "p1"), await samples(store, "p2")) == (0, of_others)


async def test_what_prometheus_does_not_remove_yet_is_counted(store: str) -> None:
    """Out of order and in no block yet. Where it is removed one day, the sentence about it can go."""
    await write(store, "p3", 60_000, 3 * DAY)
    async with httpx2.AsyncClient() as client:
        tombstones = Tombstones(client, store)
        await tombstones.erase("p3")
        assert (await samples(store, "p3"), await tombstones.left("p3")) == (20, 1)
        assert await tombstones.left("p4") == 0


async def test_once_the_term_is_over_nothing_is_left_but_a_pseudonym_in_the_audit(kept: Kept, store: str) -> None:
    others = await kept.rows("p2")
    async with httpx2.AsyncClient() as client:
        await kept.erased(client, store, AT_THE_TERM)
        left = {table for table, rows in (await kept.rows("p1")).items() if rows}
        assert left & {holding.table for holding in HELD} == {"audit_entries", "audit_looks", "record_editions"}
        assert [row["what"] for row in (await kept.rows("p1"))["record_editions"]] == [What.DEVICES], "of a gateway"
        assert await kept.rows("p2") == others
        with pytest.raises(OperationRefused, match="found none called 'p1'"):
            await kept.erased(client, store, AT_THE_TERM)


async def test_it_stands_in_the_audit_with_its_reason(kept: Kept, store: str) -> None:
    async with httpx2.AsyncClient() as client:
        await kept.erased(client, store, AT_THE_TERM)
    entries = [entry async for entry in kept.audit.events(0, 2**62)]
    [look] = [one.look for one in entries if one.look.right == "erase a person"]
    assert (look.subject, look.reason, look.patients) == ("operator", "they asked for it", ("p1",))
    assert audit_event(entries[-1])["purposeOfEvent"] == [{"text": "they asked for it"}]


async def test_whoever_is_still_cared_for_is_not_erased(kept: Kept, store: str) -> None:
    before = await kept.rows("p1")
    async with httpx2.AsyncClient() as client:
        with pytest.raises(OperationRefused, match=r"whom nobody cares for any more, .* go on until 2004"):
            await kept.erased(client, store, ENDED - 1)
    assert await kept.rows("p1") == before


async def test_what_was_withdrawn_before_it_began_is_nobodys_care(kept: Kept, store: str) -> None:
    assignments = Row.metadata.tables["assignments"]
    for withdrawn, refused in ((None, True), (1, False)):
        async with kept.database.writing() as session:
            await session.execute(update(assignments).values(until_ms=None, withdrawn_ms=withdrawn))
        async with httpx2.AsyncClient() as client:
            planning = Erasure(kept.database, Tombstones(client, store), lambda: AT_THE_TERM).plan("p1")
            if refused:
                with pytest.raises(OperationRefused, match="assignments go on until further notice"):
                    await planning
            else:
                assert (await planning).over


async def test_with_the_admin_api_off_nothing_is_erased_at_all(kept: Kept, prometheus: servers.WebServer) -> None:
    await write(prometheus.url, "p1")
    before = await kept.rows("p1")
    async with httpx2.AsyncClient() as client:
        with pytest.raises(OperationRefused, match=r"admin API, it is off; start it with --web.enable-admin-api"):
            await kept.erased(client, prometheus.url, AT_THE_TERM)
    assert await kept.rows("p1") == before


async def test_what_will_be_done_is_said_before_and_counts_alone(kept: Kept, store: str) -> None:
    async with httpx2.AsyncClient() as client:
        plan = await Erasure(kept.database, Tombstones(client, store), lambda: BEFORE_THE_TERM).plan("p1")
    said = "\n".join(plan.lines())
    assert "contacts: 1 rows, erased at once" in said
    assert (
        "patients: 1 rows, part of the medical record: erased once law keeps it no more; emptied at once: account"
        in said
    )
    assert "until 2024-11-09 (Code de la santé publique, R1112-7): after that, erase again" in said
    assert "p1" not in said


@pytest.mark.parametrize(
    ("last", "born", "until"),
    [
        (date(2004, 11, 9), None, date(2024, 11, 9)),
        (date(2004, 11, 9), date(1950, 1, 1), date(2024, 11, 9)),
        (date(2004, 11, 9), date(1996, 11, 9), date(2024, 11, 9)),
        (date(2004, 11, 9), date(1996, 11, 10), date(2024, 11, 10)),
        (date(2004, 11, 9), date(2004, 11, 1), date(2032, 11, 1)),
        (date(2080, 2, 29), None, date(2100, 3, 1)),
    ],
)
def test_a_record_is_kept_for_twenty_years_and_a_childs_until_they_are_twenty_eight(
    last: date, born: date | None, until: date
) -> None:
    """Code de la santé publique, R1112-7."""
    assert kept_until(last, born) == until
