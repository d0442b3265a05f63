"""The analysis service as a gateway asks it: a bearer token that is renewed, and answers that never raise."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Self

import httpx2

from chevet.errors import ChevetError

MARK = "X-Chevet"
TIMEOUT_SECONDS = 30.0
RENEW_BEFORE_SECONDS = 30.0
WHOLE = 2
"""Times the time-out, which is for each read: how long a whole answer may take, or a server that sends a byte now and
then would hold us for ever."""

LONGEST_RETRY_AFTER = 900.0
"""A proxy that says «come back next week» is not obeyed for longer than this."""

_UNAUTHORIZED = (401, 403)


class BadCredentials(ChevetError):
    """The credentials file does not hold credentials."""


class NoToken(ChevetError):
    """The issuer gave no token; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a gateway proves who it is."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)


def read_credentials(path: Path) -> Credentials:
    """The credentials in a file. Raises BadCredentials."""
    setting = "CHEVET_CREDENTIALS_FILE"
    names = [one.name for one in fields(Credentials)]
    try:
        content = json.loads(path.read_text())
        return Credentials(**{name: content[name] for name in names})
    except (OSError, ValueError, KeyError, TypeError) as error:
        sentence = f"{setting}: expected JSON with {', '.join(names)} in {path}, got {type(error).__name__}: {error}"
        raise BadCredentials(sentence, field=setting) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `status` is None where nothing did, and then `failure` says why.

    `ours` says that the service itself answered, not a proxy or a hotel's portal on the way.
    """

    status: int | None = None
    ours: bool = False
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def succeeded(self) -> bool:
        """A 2xx of the service itself."""
        return self.ours and self.status is not None and 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def problem(self) -> Mapping[str, Any]:
        """The problem+json of a refusal, empty where there is none."""
        content = None if self.succeeded else self.json()
        return content if isinstance(content, dict) else {}

    @property
    def retry_after(self) -> float:
        """Seconds for which the server asks us to stay away; 0 where it does not."""
        text = self.headers.get("retry-after", "").strip()
        if text.isdigit():
            return min(float(text), LONGEST_RETRY_AFTER)
        try:
            # A date is counted from the server's own: the gateway's clock may be years away.
            wait = parsedate_to_datetime(text) - parsedate_to_datetime(self.headers.get("date", ""))
        except (ValueError, TypeError):
            return 0.0
        return min(max(wait.total_seconds(), 0.0), LONGEST_RETRY_AFTER)


class Tokens:
    """One token for all who ask, kept until shortly before it expires. The file is read again for each new one."""

    def __init__(self, credentials_file: Path) -> None:
        self._file = credentials_file
        self._token = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def token(self, http: httpx2.AsyncClient) -> str:
        """The token to send. Raises NoToken, or httpx2's errors where the issuer is away."""
        async with self._lock:
            if not self._token or time.monotonic() >= self._until:
                await self._renew(http)
            return self._token

    def refuse(self, token: str) -> None:
        """Somebody would not take `token`: the next one who asks gets a new one."""
        if token == self._token:
            self._token = ""

    async def _renew(self, http: httpx2.AsyncClient) -> None:
        credentials = read_credentials(self._file)
        asked = time.monotonic()
        answer = await http.post(
            credentials.token_url,
            data={
                "grant_type": "client_credentials",
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret,
            },
        )
        try:
            granted = answer.json()
            token, lifetime = str(granted["access_token"]), float(granted.get("expires_in", 60))
        except (ValueError, KeyError, TypeError, AttributeError):
            sentence = f"token: expected an access_token from {credentials.token_url}, got status {answer.status_code}"
            raise NoToken(sentence, field="token") from None
        self._token, self._until = token, asked + max(lifetime - RENEW_BEFORE_SECONDS, lifetime / 2)


class Server:
    """A connection of its own to the service: who must never wait behind somebody else has one of his own."""

    def __init__(self, url: str, tokens: Tokens, timeout: float = TIMEOUT_SECONDS) -> None:
        self._url = url.rstrip("/")
        self._tokens = tokens
        self._whole = WHOLE * timeout
        self._http = httpx2.AsyncClient(timeout=timeout, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def ask(
        self, method: str, path: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer; asked once more with a new token where the first was not taken. A failure is an Answer too."""
        try:
            async with asyncio.timeout(self._whole):
                answer, token = await self._once(method, path, content, headers or {})
                if answer.status_code in _UNAUTHORIZED:
                    self._tokens.refuse(token)
                    answer, token = await self._once(method, path, content, headers or {})
        except TimeoutError:
            return Answer(failure=f"no whole answer within {self._whole:g} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, ChevetError) as error:
            return Answer(failure=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        return Answer(
            status=answer.status_code, ours=MARK in answer.headers, body=answer.content, headers=answer.headers
        )

    async def _once(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> tuple[httpx2.Response, str]:
        token = await self._tokens.token(self._http)
        sent = {**headers, "Authorization": f"Bearer {token}"}
        return await self._http.request(method, self._url + path, content=content, headers=sent), token
