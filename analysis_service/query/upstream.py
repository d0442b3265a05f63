"""Prometheus itself, as the one that is asked what a scope left of a question."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import httpx2

from analysis_service.query import bounds
from analysis_service.query.refusals import BAD_DATA, EXECUTION, INTERNAL, TIMEOUT, UNAVAILABLE, QueryRefused

GRACE_SECONDS = 2.0
"""Longer than Prometheus may take, so that it says itself that it took too long."""
SHOWN = 400
KINDS: Mapping[str, str] = MappingProxyType({BAD_DATA: BAD_DATA, EXECUTION: EXECUTION, TIMEOUT: TIMEOUT})
"""The types of its errors that speak of the question; of any other nothing is passed on."""

Form = Mapping[str, str | Sequence[str]]


class Upstream:
    """One Prometheus, at its own address."""

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def ask(self, path: str, form: Form, parameter: str, seconds: float) -> Any:
        """The `data` of its answer. Raises QueryRefused, naming `parameter` where the question is at fault."""
        try:
            status, body = await self._answer(path, form, parameter, seconds)
        except httpx2.TimeoutException:
            raise QueryRefused(f"expected an answer within {seconds:g} s", field="timeout", kind=TIMEOUT) from None
        except httpx2.HTTPError:
            raise _away() from None
        try:
            said = json.loads(body)
            failed = said["status"] != "success"
        except (ValueError, TypeError, LookupError):
            raise _away() from None
        if failed or status != 200:
            raise _refused(said, parameter)
        return said["data"]

    async def _answer(self, path: str, form: Form, parameter: str, seconds: float) -> tuple[int, bytes]:
        came = bytearray()
        patience = seconds + GRACE_SECONDS
        url = f"{self._url}/api/v1/{path}"
        async with self._client.stream("POST", url, data=dict(form), timeout=patience) as answer:
            async for part in answer.aiter_bytes():
                came += part
                if len(came) > bounds.MOST_ANSWER:
                    raise QueryRefused(
                        f"expected an answer of at most {bounds.MOST_ANSWER} bytes, got more", field=parameter
                    )
            return answer.status_code, bytes(came)


def _away() -> QueryRefused:
    return QueryRefused("expected an answer, got none; ask again", field="prometheus", kind=UNAVAILABLE)


def _refused(said: Mapping[str, Any], parameter: str) -> QueryRefused:
    kind = KINDS.get(str(said.get("errorType")))
    if kind is None:
        return QueryRefused("expected an answer, Prometheus failed", field="prometheus", kind=INTERNAL)
    return QueryRefused(f"Prometheus says: {str(said.get('error'))[:SHOWN]}", field=parameter, kind=kind)
