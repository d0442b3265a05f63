"""Reports: drafts, which change; versions, which never do; releases, which may be recalled."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from analysis_service.database import Row


class DraftRow(Row):
    """What somebody writes. `report` is the one it amends, its version `amends` for a `reason`; none while it is new.

    Once signed, `report` and `signed_as` say as what.
    """

    __tablename__ = "report_drafts"
    __table_args__ = (Index("ix_report_drafts_patient_author", "patient", "author"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    author: Mapped[str]
    title: Mapped[str]
    language: Mapped[str]
    sections: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    charts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    report: Mapped[str | None]
    amends: Mapped[int | None]
    reason: Mapped[str | None]
    version: Mapped[int]
    created_ms: Mapped[int] = mapped_column(BigInteger)
    changed_ms: Mapped[int] = mapped_column(BigInteger)
    discarded_ms: Mapped[int | None] = mapped_column(BigInteger)
    signed_as: Mapped[int | None]


class VersionRow(Row):
    """What was signed: `inputs` are all that the document says, `pdf` the document as `renderer` made it of them."""

    __tablename__ = "report_versions"
    __table_args__ = (Index("ix_report_versions_patient_signed_ms", "patient", "signed_ms"),)
    report: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    patient: Mapped[str] = mapped_column(ForeignKey("patients.patient"))
    title: Mapped[str]
    language: Mapped[str]
    author: Mapped[str]
    author_name: Mapped[str]
    signed_ms: Mapped[int] = mapped_column(BigInteger)
    amends: Mapped[int | None]
    reason: Mapped[str | None]
    inputs_sha256: Mapped[str]
    pdf_sha256: Mapped[str]
    renderer: Mapped[str]
    inputs: Mapped[str] = mapped_column(deferred=True)
    pdf: Mapped[bytes] = mapped_column(deferred=True)


class ReleaseRow(Row):
    """That the patient may read a version, from a time until it is recalled."""

    __tablename__ = "report_releases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["report", "number"],
            ["report_versions.report", "report_versions.number"],
            name="fk_report_releases_version",
        ),
        Index("ix_report_releases_report_number", "report", "number"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    report: Mapped[str]
    number: Mapped[int]
    released_ms: Mapped[int] = mapped_column(BigInteger)
    released_by: Mapped[str]
    released_name: Mapped[str]
    recalled_ms: Mapped[int | None] = mapped_column(BigInteger)
    recalled_by: Mapped[str | None]
    recalled_name: Mapped[str | None]
    recall_reason: Mapped[str | None]
