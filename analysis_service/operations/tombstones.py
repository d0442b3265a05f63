"""Series of a patient removed from Prometheus, by its admin API, which is off unless somebody turns it on for this."""

from __future__ import annotations

from typing import Any

import httpx2

from analysis_service.operations.refusals import OperationRefused
from chevet.promql import over, selector, total

TIMEOUT_SECONDS = 300.0
"""Cleaning writes blocks anew."""
LATE_SECONDS = 10 * 24 * 3600
"""More than may come out of order, and so all that may be in no block yet."""
OFF = "unavailable"


class Tombstones:
    """Of one Prometheus."""

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def count(self, patient: str) -> int:
        """How many series there are of the patient. Raises OperationRefused."""
        answer = await self._ask("GET", "series", {"match[]": _of(patient), "start": "0", "end": "9999999999"})
        return len(answer["data"])

    async def left(self, patient: str) -> int:
        """How many of them have samples still, after they were erased. Raises OperationRefused.

        Prometheus removes nothing that came out of order and is in no block yet (seen with 2.42); hours later it is.
        """
        there = total(over("present_over_time", _of(patient), LATE_SECONDS))
        answer = await self._ask("GET", "query", {"query": there})
        return sum(int(one["value"][1]) for one in answer["data"]["result"])

    async def require_on(self) -> None:
        """Raises OperationRefused where the admin API is off. Asks it to remove what nobody has."""
        await self._ask("POST", "admin/tsdb/delete_series", {"match[]": _of("")})

    async def erase(self, patient: str) -> None:
        """Remove every sample of the patient, from disk as well. Raises OperationRefused."""
        await self._ask("POST", "admin/tsdb/delete_series", {"match[]": _of(patient)})
        await self._ask("POST", "admin/tsdb/clean_tombstones", {})

    async def _ask(self, method: str, path: str, parameters: dict[str, str]) -> dict[str, Any]:
        try:
            answer = await self._client.request(
                method, f"{self._url}/api/v1/{path}", params=parameters, timeout=TIMEOUT_SECONDS
            )
        except httpx2.HTTPError as error:
            raise OperationRefused(f"Prometheus: expected an answer, got {type(error).__name__}") from None
        if answer.status_code == httpx2.codes.NO_CONTENT:
            return {}
        said = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
        if said.get("errorType") == OFF:
            raise OperationRefused(
                "Prometheus: expected its admin API, it is off; start it with --web.enable-admin-api, on loopback"
            )
        if not answer.is_success:
            raise OperationRefused(f"Prometheus: expected to do {path}, said {answer.status_code}")
        return dict(said)


def _of(patient: str) -> str:
    """No patient is called «nobody»: pseudonyms begin with a p."""
    return selector("", {"patient": patient or "nobody"})
