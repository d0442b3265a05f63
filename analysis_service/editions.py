"""Two people who edit one thing: who began from an older edition is told so, and changes nothing (RFC 9110, 13.1.1)."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from analysis_service.problems import INVALID, PRECONDITION_FAILED, PRECONDITION_REQUIRED, Problem

_ETAG = re.compile(r'"([0-9]{1,9})"')
EDITED = (PRECONDITION_FAILED, PRECONDITION_REQUIRED)
"""What every route that edits may refuse: for its `declared(…)`."""


def etag(version: int) -> str:
    """The tag of an edition. Versions count from 1, and every change adds one; what nobody saved yet is "0"."""
    return f'"{version}"'


def mark(response: Response, version: int) -> None:
    """Say in the answer which edition it is."""
    response.headers["ETag"] = etag(version)


def _wanted(
    if_match: Annotated[str | None, Header(description='the ETag of the edition to be changed, such as "3"')] = None,
) -> int:
    if if_match is None:
        raise Problem(
            PRECONDITION_REQUIRED, "If-Match: expected the ETag of what is changed, got none", field="If-Match"
        )
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Problem(INVALID, 'If-Match: expected one ETag such as "3", got another form', field="If-Match")
    return int(found[1])


Edition = Annotated[int, Depends(_wanted)]
"""The version that the request means to change."""


def require_edition(found: int, wanted: int) -> None:
    """Within the transaction that changes: raises Problem 412 where the thing has changed since."""
    if found != wanted:
        raise Problem(
            PRECONDITION_FAILED,
            f"If-Match: expected {etag(found)}, the newest, got {etag(wanted)}; somebody changed it meanwhile",
            field="If-Match",
            headers={"ETag": etag(found)},
        )
