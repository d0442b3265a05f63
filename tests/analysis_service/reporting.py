"""How tests write and sign reports, and what a reader of PDF reads of them."""

from __future__ import annotations

from typing import Any

import pypdfium2

ROUX: dict[str, object] = {"name": "Dr Hélène Roux"}
TEXT = {"heading": "Motif", "text": "Essoufflement à l’effort, SpO₂ ≤ 91 %."}
BODY: dict[str, Any] = {"title": "Suivi à domicile", "language": "fr", "sections": [TEXT]}


def drafts(patient: str, *more: str) -> str:
    return "/".join((f"/api/v1/patients/{patient}/report-drafts", *more))


def reports(patient: str, *more: object) -> str:
    return "/".join((f"/api/v1/patients/{patient}/reports", *map(str, more)))


def version_of(view: dict[str, Any], *more: str) -> str:
    return reports(view["patient"], view["report"], "versions", view["number"], *more)


async def written(service, patient: str, role: str = "doctor", **changed: object) -> dict[str, Any]:
    answer = await service.client.post(drafts(patient), json=BODY | changed, headers=service.as_(role, **ROUX))
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    return answer.json()


async def sign(service, draft: dict[str, Any], role: str = "doctor", **claims: object):
    headers = service.as_(role, **(ROUX | claims)) | {"If-Match": f'"{draft["version"]}"'}
    return await service.client.post(drafts(draft["patient"], draft["id"], "sign"), headers=headers)


async def signed(service, patient: str, **changed: object) -> dict[str, Any]:
    """The version that became of a draft."""
    answer = await sign(service, await written(service, patient, **changed))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def amended(service, view: dict[str, Any], reason: str = "dose corrigée") -> dict[str, Any]:
    """The next version of a report."""
    path, headers = version_of(view, "amend"), service.as_("doctor", **ROUX)
    begun = await service.client.post(path, json={"reason": reason}, headers=headers)
    assert begun.status_code == 201, begun.text
    answer = await sign(service, begun.json())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def act(service, view: dict[str, Any], what: str, role: str = "doctor", **body: object):
    headers, content = service.as_(role, **ROUX), {"json": body} if body else {}
    return await service.client.post(version_of(view, what), headers=headers, **content)


async def read(service, path: str, role: str = "doctor", **claims: object):
    return await service.client.get(path, headers=service.as_(role, **claims))


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def about(pdf: bytes) -> dict[str, str]:
    """What the document says of itself."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document.get_metadata_dict()
    finally:
        document.close()
