"""Refusals as problem+json (RFC 9457): one row per kind, one body, the same for every route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """The slug ends the type's URN; it is what a client decides by."""

    slug: str
    status: int
    title: str


BAD_BATCH = ProblemKind("bad-batch", 400, "The batch cannot be read")
UNAUTHORIZED = ProblemKind("unauthorized", 401, "The token is missing or not valid")
FORBIDDEN = ProblemKind("forbidden", 403, "The token does not give this right")
NOT_FOUND = ProblemKind("not-found", 404, "There is no such thing")
NOT_ALLOWED = ProblemKind("method-not-allowed", 405, "The method is not one of this address")
CONFLICT = ProblemKind("conflict", 409, "It contradicts what is recorded")
GONE = ProblemKind("gone", 410, "It was there, and is used or over")
PRECONDITION_FAILED = ProblemKind("precondition-failed", 412, "It has changed since")
TOO_LARGE = ProblemKind("too-large", 413, "The body is too large")
INVALID = ProblemKind("invalid", 422, "A field has a value that cannot be")
PRECONDITION_REQUIRED = ProblemKind("precondition-required", 428, "It has to be said which edition is meant")
TOO_MANY = ProblemKind("too-many", 429, "Too many requests in a short time")
HEAD_TOO_LARGE = ProblemKind("head-too-large", 431, "The address and the headers are too large")
INTERNAL = ProblemKind("internal", 500, "The service failed")
UNAVAILABLE = ProblemKind("unavailable", 503, "Something behind the service is away")
KINDS = (
    BAD_BATCH,
    UNAUTHORIZED,
    FORBIDDEN,
    NOT_FOUND,
    NOT_ALLOWED,
    CONFLICT,
    GONE,
    PRECONDITION_FAILED,
    TOO_LARGE,
    INVALID,
    PRECONDITION_REQUIRED,
    TOO_MANY,
    HEAD_TOO_LARGE,
    INTERNAL,
    UNAVAILABLE,
)
BY_STATUS: Mapping[int, ProblemKind] = {kind.status: kind for kind in KINDS}


class Problem(HTTPException):
    """A refusal; `detail` is the whole sentence, `field` names what was wrong."""

    def __init__(
        self, kind: ProblemKind, detail: str, *, field: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        if kind is UNAVAILABLE:
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} | dict(headers or {})
        super().__init__(kind.status, detail, dict(headers or {}))
        self.kind = kind
        self.field = field


class ProblemBody(BaseModel):
    """The body of every answer that is not a success."""

    type: str = Field(examples=["urn:chevet:problem:bad-batch"])
    title: str
    status: int
    detail: str = Field(description="the whole sentence: the field, what was expected, what came")
    field: str | None = Field(default=None, description="what was wrong, where one thing was")
    batch: str | None = Field(default=None, description="the X-Chevet-Batch of the request")


def body_of(kind: ProblemKind, detail: str, field: str | None = None, batch: str | None = None) -> ProblemBody:
    """The body for a problem of `kind`."""
    return ProblemBody(
        type=f"urn:chevet:problem:{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        field=field,
        batch=batch,
    )


def declared(*kinds: ProblemKind) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: what it can refuse, with an example each."""
    return {
        kind.status: {
            "model": ProblemBody,
            "description": kind.title,
            "content": {MEDIA_TYPE: {"example": body_of(kind, f"{kind.title}.").model_dump()}},
        }
        for kind in kinds
    }
