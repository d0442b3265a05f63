"""Reports: a draft is its author's alone, a version is never changed, and a patient reads what a doctor released."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from sqlalchemy import text

from analysis_service.database import Database
from analysis_service.reports.document import rendered
from analysis_service.reports.inputs import canonical
from tests.analysis_service.claiming import MARIE, claimed, join
from tests.analysis_service.reporting import (
    BODY,
    ROUX,
    act,
    amended,
    drafts,
    pages,
    read,
    reports,
    sign,
    signed,
    version_of,
    written,
)

MINUTE, DAY = 60_000, 86_400_000
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where no table is the point."""


@pytest.fixture
def service(service_without_store):
    return service_without_store


async def statement(database_url: str, sql: str) -> None:
    database = Database(database_url)
    try:
        async with database.writing() as session:
            await session.execute(text(sql))
    finally:
        await database.close()


async def test_an_author_writes_changes_and_signs_and_those_who_care_read(service) -> None:
    patient = await service.patient("Marie Lefèvre")
    draft = await written(service, patient)
    path, headers = drafts(patient, draft["id"]), service.as_("doctor", **ROUX)
    other = BODY | {"title": "Suivi, huit jours"}
    changed = await service.client.put(path, json=other, headers=headers | {"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"], changed.headers["ETag"]) == (200, 2, '"2"')
    late = await service.client.put(path, json=BODY, headers=headers | {"If-Match": '"1"'})
    assert (late.status_code, late.headers["ETag"]) == (412, '"2"')
    assert (await service.client.put(path, json=BODY, headers=headers)).status_code == 428
    assert (await sign(service, draft)).status_code == 412, "what its author did not see is not signed"
    answer = await sign(service, changed.json())
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert {name: view[name] for name in ("number", "title", "author", "state", "newer", "amends", "releases")} == {
        "number": 1,
        "title": "Suivi, huit jours",
        "author": "Dr Hélène Roux",
        "state": "signed",
        "newer": [],
        "amends": None,
        "releases": [],
    }
    again = await sign(service, draft)
    assert (again.status_code, again.json()) == (200, view), "a second time changes nothing"
    assert [one["report"] for one in (await read(service, reports(patient), "nurse")).json()] == [view["report"]]
    detail = (await read(service, version_of(view), "nurse")).json()
    assert detail["inputs"]["patient"]["name"] == "Marie Lefèvre"
    assert detail["inputs"]["author"] == {"subject": "somebody", "name": "Dr Hélène Roux", "role": "doctor"}
    pdf = await read(service, version_of(view, "pdf"), "nurse")
    assert (pdf.status_code, pdf.headers["Content-Type"]) == (200, "application/pdf")
    assert hashlib.sha256(pdf.content).hexdigest() == view["pdf_sha256"]
    inputs = canonical(detail["inputs"])
    assert hashlib.sha256(inputs.encode()).hexdigest() == view["inputs_sha256"]
    assert rendered(inputs) == pdf.content, "the document is what its inputs make"
    [page] = pages(pdf.content)
    for words in (
        "Suivi, huit jours",
        "Marie Lefèvre",
        "Essoufflement à l’effort, SpO₂ ≤ 91 %.",
        view["inputs_sha256"],
    ):
        assert words in page
    assert "Version 1, signée électroniquement par Dr Hélène Roux, médecin" in page


async def test_a_draft_is_its_authors_alone_and_what_was_signed_or_discarded_is_no_draft(service) -> None:
    patient = await claimed(service)
    await join(service, "d1", "Dr Marc")
    draft = await written(service, patient)
    path, mine = drafts(patient, draft["id"]), service.as_("doctor", **ROUX)
    for role, sub in (("doctor", "d1"), ("nurse", "d1")):
        headers = service.as_(role, sub=sub) | {"If-Match": '"1"'}
        assert (await service.client.get(drafts(patient), headers=headers)).json() == []
        answers = [
            await service.client.get(path, headers=headers),
            await service.client.put(path, json=BODY, headers=headers),
            await service.client.post(f"{path}/sign", headers=headers),
            await service.client.post(f"{path}/discard", headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
    assert (await service.client.get(path, headers=service.as_("patient", **MARIE))).status_code == 403
    assert (await service.client.get(reports(patient), headers=service.as_("patient", **MARIE))).json() == []
    assert [one["id"] for one in (await service.client.get(drafts(patient), headers=mine)).json()] == [draft["id"]]
    kept = mine | {"If-Match": '"1"'}
    assert (await service.client.post(f"{path}/discard", headers=mine)).status_code == 428
    assert (await service.client.post(f"{path}/discard", headers=kept)).status_code == 204
    assert (await service.client.get(drafts(patient), headers=mine)).json() == []
    for answer in (await service.client.get(path, headers=mine), await sign(service, draft)):
        assert (answer.status_code, answer.json()["field"]) == (410, "draft")
    other = await written(service, patient, "nurse")
    assert (await sign(service, other, "nurse")).status_code == 201
    gone = await service.client.put(drafts(patient, other["id"]), json=BODY, headers=mine | {"If-Match": '"2"'})
    assert (gone.status_code, gone.json()["detail"][:29]) == (410, "draft: signed as version 1 of")


async def test_an_amendment_is_another_version_with_its_reason_and_the_first_stays_as_it_was(service) -> None:
    patient = await service.patient()
    first = await signed(service, patient)
    before = (await read(service, version_of(first, "pdf"))).content
    begun = [
        (await service.client.post(version_of(first, "amend"), json={"reason": why}, headers=service.as_("doctor")))
        for why in ("dose corrigée", "autre")
    ]
    assert [answer.status_code for answer in begun] == [201, 201]
    assert begun[0].json()["sections"] == BODY["sections"]
    second = (await sign(service, begun[0].json())).json()
    assert (second["number"], second["amends"], second["reason"]) == (2, 1, "dose corrigée")
    assert second["report"] == first["report"]
    beaten = await sign(service, begun[1].json())
    assert (beaten.status_code, beaten.json()["field"]) == (409, "number"), "version 1 is amended already"
    late = await service.client.post(version_of(first, "amend"), json={"reason": "x"}, headers=service.as_("doctor"))
    assert late.status_code == 409
    listed = (await read(service, reports(patient, first["report"], "versions"))).json()
    assert [(one["number"], one["newer"]) for one in listed] == [(2, []), (1, [2])]
    assert [one["number"] for one in (await read(service, reports(patient))).json()] == [2]
    assert (await read(service, version_of(first, "pdf"))).content == before
    [page] = pages((await read(service, version_of(second, "pdf"))).content)
    assert "Cette version modifie la version 1 : dose corrigée" in page


async def test_a_patient_reads_what_a_doctor_released_and_knows_of_nothing_else(service) -> None:
    patient = await claimed(service)
    first = await signed(service, patient)
    paths = (reports(patient, first["report"], "versions"), version_of(first), version_of(first, "pdf"))
    unknown = reports(patient, "0" * 16, "versions", 1)
    hidden = [(await read(service, path, "patient", **MARIE)) for path in (*paths, unknown)]
    assert {(one.status_code, one.json()["detail"]) for one in hidden} == {
        (404, f"report: expected a report about {patient}, found none")
    }
    assert (await act(service, first, "release", "nurse")).status_code == 403
    released = await act(service, first, "release")
    assert (released.status_code, released.json()["state"]) == (200, "released")
    service.clock.aside += MINUTE
    assert (await act(service, first, "release")).json() == released.json()
    second = await amended(service, first)
    [seen] = (await read(service, reports(patient), "patient", **MARIE)).json()
    assert (seen["number"], seen["state"], seen["newer"]) == (1, "released", []), "nothing tells of version 2"
    assert [(await read(service, path, "patient", **MARIE)).status_code for path in paths] == [200] * 3
    assert (await read(service, version_of(second), "patient", **MARIE)).status_code == 404
    await act(service, second, "release")
    listed = (await read(service, paths[0], "patient", **MARIE)).json()
    assert [(one["number"], one["newer"]) for one in listed] == [(2, []), (1, [2])]


async def test_what_was_recalled_is_shown_as_that_with_its_reason_and_may_be_released_anew(service) -> None:
    patient = await claimed(service)
    view = await signed(service, patient)
    early = await act(service, view, "recall", reason="trop tôt")
    assert (early.status_code, early.json()["field"]) == (409, "number")
    await act(service, view, "release")
    assert (await act(service, view, "recall", "nurse", reason="non")).status_code == 403
    recalled = await act(service, view, "recall", reason="dosage faux")
    assert (recalled.status_code, recalled.json()["state"]) == (200, "recalled")
    [seen] = (await read(service, reports(patient), "patient", **MARIE)).json()
    assert (seen["state"], seen["releases"][0]["recall_reason"]) == ("recalled", "dosage faux")
    for path in (version_of(view), version_of(view, "pdf")):
        gone = await read(service, path, "patient", **MARIE)
        assert (gone.status_code, gone.json()["field"]) == (410, "number")
        assert gone.json()["detail"].endswith(": dosage faux")
        assert (await read(service, path, "nurse")).status_code == 200
    service.clock.aside += MINUTE
    assert (await act(service, view, "release")).json()["state"] == "released"
    pdf = await read(service, version_of(view, "pdf"), "patient", **MARIE)
    assert hashlib.sha256(pdf.content).hexdigest() == view["pdf_sha256"], "no banner is in the bytes"
    assert len((await read(service, version_of(view))).json()["releases"]) == 2


async def test_signing_at_once_makes_one_version(service) -> None:
    draft = await written(service, await service.patient())
    answers = await asyncio.gather(*(sign(service, draft) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["report"] for answer in answers}) == 1
    assert len((await read(service, reports(draft["patient"]))).json()) == 1


@pytest.mark.parametrize(
    ("column", "other", "field"),
    [("pdf", "CAST('%PDF-1.4 other' AS {bytes})", "pdf"), ("inputs", "replace(inputs, '91', '97')", "inputs")],
)
async def test_a_document_that_is_not_what_was_signed_is_shown_to_nobody(
    service, database_url: str, column: str, other: str, field: str
) -> None:
    view = await signed(service, await service.patient())
    kind = "BLOB" if database_url.startswith("sqlite") else "BYTEA"
    await statement(database_url, f"UPDATE report_versions SET {column} = {other.format(bytes=kind)}")  # noqa: S608
    answer = await read(service, version_of(view, "pdf") if field == "pdf" else version_of(view))
    assert (answer.status_code, answer.json()["field"]) == (409, field)
    assert answer.json()["detail"].startswith(
        f"{field}: expected what was signed, of SHA-256 {view[f'{field}_sha256']}"
    )
    if field == "inputs":
        amend = await act(service, view, "amend", reason="sur quoi?")
        assert amend.status_code == 409, "nor does another begin with it"


@SQLITE
async def test_nobody_else_writes_reads_releases_or_recalls(service) -> None:
    patient, other = await claimed(service), await claimed(service, "paul")
    view = await signed(service, patient)
    for role, sub in (
        ("patient", "paul"),
        ("relative", "marie"),
        ("nurse", "foreign"),
        ("doctor", "foreign"),
        ("sre", "s"),
    ):
        headers = service.as_(role, sub=sub)
        answers = [
            await service.client.post(drafts(patient), json=BODY, headers=headers),
            await service.client.get(drafts(patient), headers=headers),
            await service.client.get(reports(patient), headers=headers),
            await service.client.get(version_of(view), headers=headers),
            await service.client.get(version_of(view, "pdf"), headers=headers),
            await service.client.post(version_of(view, "release"), headers=headers),
            await service.client.post(version_of(view, "recall"), json={"reason": "x"}, headers=headers),
            await service.client.post(version_of(view, "amend"), json={"reason": "x"}, headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [403] * len(answers), (role, sub)
    elsewhere = version_of(view | {"patient": other})
    for answer in (
        await read(service, elsewhere),
        await read(service, f"{elsewhere}/pdf"),
        await service.client.post(f"{elsewhere}/release", headers=service.as_("doctor")),
        await service.client.post(f"{elsewhere}/amend", json={"reason": "x"}, headers=service.as_("doctor")),
    ):
        assert answer.status_code == 404


@SQLITE
async def test_a_doctor_reads_of_their_own_dossier_what_another_doctor_released(service) -> None:
    """Who is both has the patient's view of themselves where their team does not care for them."""
    patient = await claimed(service, "roux")
    view = await signed(service, patient)
    both = service.as_("doctor", "patient", sub="roux")
    assert (await service.client.get(reports(patient), headers=both)).json() == []
    assert (await service.client.get(version_of(view), headers=both)).status_code == 404
    assert (await service.client.post(drafts(patient), json=BODY, headers=both)).status_code == 403


CHART: dict[str, Any] = {"vital": "heart_rate", "from_ms": 0, "until_ms": DAY}


REFUSED: tuple[tuple[dict[str, object], str], ...] = (
    ({"title": ""}, "title"),
    ({"title": " "}, "title"),
    ({"title": "a\nb"}, "title"),
    ({"title": "a" * 201}, "title"),
    ({"title": "\x01"}, "title"),
    ({"title": "😀"}, "title"),
    ({"language": "de"}, "language"),
    ({"sections": [{"text": "a\x08"}]}, "sections.0.text"),
    ({"sections": [{"text": "a\u202eb"}]}, "sections.0.text"),
    ({"sections": [{"text": "王"}]}, "sections.0.text"),
    ({"sections": [{"text": "a" * 20_001}]}, "sections.0.text"),
    ({"sections": [{"text": "a" * 20_000}] * 6}, "sections"),
    ({"sections": [{"text": "a"}] * 41}, "sections"),
    ({"sections": [{"text": "a", "html": "b"}]}, "sections.0.html"),
    ({"charts": [CHART] * 13}, "charts"),
    ({"charts": [CHART | {"until_ms": 92 * DAY + 1}]}, "charts.0.until_ms"),
    ({"charts": [CHART | {"until_ms": 59_999}]}, "charts.0.until_ms"),
    ({"charts": [CHART | {"from_ms": -1}]}, "charts.0.from_ms"),
    ({"charts": [CHART | {"from_ms": 2**52, "until_ms": 2**52 + DAY}]}, "charts.0.until_ms"),
    ({"charts": [CHART | {"vital": "fall"}]}, "charts.0.vital"),
    ({"charts": [CHART | {"vital": 'x"} or up'}]}, "charts.0.vital"),
    ({"author": "somebody else"}, "author"),
)


@SQLITE
async def test_what_cannot_be_is_refused_by_field(service) -> None:
    patient = await service.patient()
    for changed, field in REFUSED:
        answer = await service.client.post(drafts(patient), json=BODY | changed, headers=service.as_("doctor"))
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert (await read(service, drafts(patient))).json() == []


@SQLITE
async def test_what_is_as_long_as_it_may_be_is_signed_and_what_says_nothing_is_not(service) -> None:
    patient = await service.patient("M" * 200)
    long = [{"heading": "H" * 200, "text": "a" * 19_800}] * 5
    view = await signed(service, patient, title="T" * 200, sections=long)
    document = (await read(service, version_of(view, "pdf"))).content
    assert sum(page.count("a") for page in pages(document)) >= 5 * 19_800
    answer = await sign(service, await written(service, patient, sections=[]))
    assert (answer.status_code, answer.json()["field"]) == (422, "sections")


@SQLITE
async def test_without_prometheus_nothing_is_signed(service) -> None:
    patient = await service.patient()
    now = service.clock()
    chart = {"vital": "heart_rate", "from_ms": now - DAY, "until_ms": now}
    draft = await written(service, patient, charts=[chart])
    answer = await sign(service, draft)
    assert (answer.status_code, answer.json()["field"]) == (503, "charts")
    assert answer.headers["Retry-After"]
    assert (await read(service, reports(patient))).json() == []
    assert (await read(service, drafts(patient))).json()[0]["version"] == draft["version"]
