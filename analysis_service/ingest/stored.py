"""What the store holds already: read sample by sample, and taken away, which Prometheus allows on loopback only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx2

from analysis_service.ingest.store import StoreAway, StoreRefuses
from chevet import metrics, promql
from chevet.remote_write import Series

FLAG = "web.enable-admin-api"
EVERY_METRIC = ".+"
"""Rules make series with these labels too, and those are of the same patient."""
SECONDS = 30.0
"""For one answer: an hour of a gateway is some ten thousand samples."""


class Stored:
    """The series of one Prometheus."""

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def require_erasable(self) -> None:
        """Raises StoreRefuses where the store takes nothing away, StoreAway where it does not say."""
        flags = await self._ask("GET", "status/flags", {})
        if flags.get(FLAG) != "true":
            raise StoreRefuses(f"store: expected a Prometheus with --{FLAG}, got one without", of_time=False)

    async def samples(self, gateway: str, patient: str, begins: int, ends: int) -> list[Series]:
        """Every sample of what `gateway` measured of `patient` in [begins, ends), with all labels."""
        labels, seconds = {metrics.GATEWAY: gateway, metrics.PATIENT: patient}, -(-(ends - begins) // 1000) + 1
        asked = {"query": promql.samples((EVERY_METRIC,), labels, seconds, (ends - 1) / 1000)}
        found: list[Series] = []
        for one in (await self._ask("GET", "query", asked))["result"]:
            samples = ((round(float(at) * 1000), float(value)) for at, value in one["values"])
            within = tuple(sample for sample in samples if begins <= sample[0] < ends)
            if within:
                found.append(Series(tuple(sorted(one["metric"].items())), within))
        return found

    async def names(self, gateway: str, patient: str, begins: int, ends: int) -> frozenset[str]:
        """The metrics of which there may be series then."""
        times = {"start": f"{begins / 1000:.3f}", "end": f"{ends / 1000:.3f}"}
        asked = {"match[]": _of(gateway, patient), **times}
        return frozenset(await self._ask("GET", "label/__name__/values", asked))

    async def take_away(self, names: Iterable[str], gateway: str, patient: str, first: int, last: int) -> None:
        """Every sample of these metrics from `first` to `last`, both among them."""
        labels = {metrics.GATEWAY: gateway, metrics.PATIENT: patient}
        matches = [promql.selector(name, labels) for name in sorted(names)]
        times = {"start": f"{first / 1000:.3f}", "end": f"{last / 1000:.3f}"}
        await self._ask("POST", "admin/tsdb/delete_series", {"match[]": matches, **times})

    async def _ask(self, method: str, path: str, asked: Mapping[str, Any]) -> Any:
        url = f"{self._url}/api/v1/{path}"
        try:
            answer = await self._client.request(method, url, params=dict(asked), timeout=SECONDS)
            if answer.status_code == 204:
                return None
            said = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise StoreAway(f"store: expected an answer, got {type(error).__name__}") from None
        if said.get("status") != "success":
            raise StoreAway(f"store: expected success of {path}, got {answer.status_code}")
        return said["data"]


def _of(gateway: str, patient: str) -> str:
    return promql.all_of(((metrics.GATEWAY, "=", gateway), (metrics.PATIENT, "=", patient)))
