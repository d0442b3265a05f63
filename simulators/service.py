"""The analysis service as a simulated gateway or nurse asks it: by a token of theirs, obeying what answers mean."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from chevet.errors import expected
from simulators.errors import BadOption

WRITE = "/api/v1/write"
HEARTBEAT = "/api/v1/gateways/{gateway}/heartbeat"
OBSERVATIONS = "/api/v1/patients/{patient}/observations"
OURS, BATCH, QUARANTINED = "X-Chevet", "X-Chevet-Batch", "X-Chevet-Quarantined"
HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
REFUSED = (400, 409, 413, 422)
"""What the service will not take, however often it is asked."""
RENEW_BEFORE, SHORTEST_PAUSE, LONGEST_PAUSE = 30.0, 1.0, 60.0
_FIELDS = ("token_url", "client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a gateway, or a person, proves who it is."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)


def credentials(directory: Path, gateway: str) -> Credentials:
    """Those in `<directory>/<gateway>.json`. Raises BadOption."""
    path = directory / f"{gateway}.json"
    try:
        content = json.loads(path.read_text())
        return Credentials(*(str(content[name]) for name in _FIELDS))
    except (OSError, ValueError, KeyError, TypeError) as error:
        sentence = f"--credentials: expected JSON with {', '.join(_FIELDS)} in {path}, got {type(error).__name__}"
        raise BadOption(sentence, field="--credentials") from None


def require_address(url: str) -> None:
    """Raises BadOption where nothing could be asked there."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOption(expected("--service", "http:// or https:// and a host", url), field="--service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a batch: `done` means it need not be sent again; else wait at least `pause` seconds.

    `sentence` says what went wrong, and is empty where nothing did.
    """

    done: bool
    quarantined: int = 0
    pause: float = SHORTEST_PAUSE
    sentence: str = ""


class Service:
    """The service for whoever has the proof. The connections in `http` are shared by many."""

    def __init__(self, http: httpx2.AsyncClient, url: str, proof: Credentials) -> None:
        self._http, self._url, self._proof = http, url.rstrip("/"), proof
        self._token, self._until = "", 0.0

    async def post(self, batch: str, body: bytes) -> Taken:
        """One try to hand over a remote write request, `body` already packed with snappy. Never raises for the net."""
        return await self._send(WRITE, body, {**HEADERS, BATCH: batch}, batch)

    async def beat(self, gateway: str, heartbeat: Mapping[str, object]) -> Taken:
        """One try to say how a gateway is. Never raises for the net."""
        return await self._tell(HEARTBEAT.format(gateway=gateway), heartbeat)

    async def enter(self, patient: str, observation: Mapping[str, object]) -> Taken:
        """One try to enter what somebody saw of a patient. Never raises for the net."""
        return await self._tell(OBSERVATIONS.format(patient=patient), observation)

    async def _tell(self, path: str, content: Mapping[str, object]) -> Taken:
        return await self._send(path, json.dumps(content).encode(), {"Content-Type": "application/json"}, None)

    async def _send(self, path: str, body: bytes, headers: Mapping[str, str], batch: str | None) -> Taken:
        try:
            token = await self._fresh_token()
            proof = {"Authorization": f"Bearer {token}"}
            answer = await self._http.post(self._url + path, content=body, headers={**headers, **proof})
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError) as error:
            return Taken(done=False, sentence=f"{type(error).__name__}: {error}")
        return self._meaning(answer, batch)

    async def _fresh_token(self) -> str:
        if time.monotonic() >= self._until:
            form = {"grant_type": "client_credentials", "client_id": self._proof.client_id}
            form["client_secret"] = self._proof.client_secret
            answer = await self._http.post(self._proof.token_url, data=form)
            if answer.status_code != 200:
                raise ValueError(f"token: expected 200 from {self._proof.token_url}, got {answer.status_code}")
            granted = answer.json()
            lifetime = float(granted.get("expires_in", 60))
            self._token = str(granted["access_token"])
            self._until = time.monotonic() + max(lifetime - RENEW_BEFORE, lifetime / 2)
        return self._token

    def _meaning(self, answer: httpx2.Response, batch: str | None) -> Taken:
        status, ours = answer.status_code, OURS in answer.headers
        if ours and 200 <= status < 300:
            return Taken(done=True, quarantined=int(answer.headers.get(QUARANTINED) or 0))
        if status in (401, 403):
            self._until = 0.0
        refused = ours and status in REFUSED and _problem(answer).get("batch") in (batch, None)
        sentence = f"{status} {_problem(answer).get('detail', answer.text[:120])}"
        return Taken(done=refused, pause=_pause(answer), sentence=sentence)


def _problem(answer: httpx2.Response) -> Mapping[str, object]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _pause(answer: httpx2.Response) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE) if asked.isdigit() else SHORTEST_PAUSE
