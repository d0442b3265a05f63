"""The way of a person through the identity provider and back: begun in one browser, and ended in the same."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlencode

import structlog

from analysis_service.access.browser import SIGN_IN_SECONDS, Browser
from analysis_service.access.keys import KeyRing
from analysis_service.access.provider import Begun, Provider, Refused
from analysis_service.access.renewing import Renewing
from analysis_service.access.sealed import Seal
from analysis_service.access.sessions import SIGNED_OUT, Limits, Sessions
from analysis_service.access.tokens import Access, Caller
from analysis_service.clock import Clock
from analysis_service.database import Database
from analysis_service.problems import FORBIDDEN, INVALID, Problem
from analysis_service.settings import BadSettings, Settings

CALLBACK = "/sign-in/callback"
WANTED = ("oidc_issuer", "oidc_client_id", "oidc_client_secret_file", "session_key_file")

log = structlog.get_logger()


class SigningIn:
    """Everything that lets a browser in, where the settings say of a provider."""

    def __init__(self, browser: Browser, provider: Provider, sessions: Sessions, seal: Seal) -> None:
        self.browser = browser
        self.sessions = sessions
        self._provider = provider
        self._seal = seal

    async def begin(self, then: str) -> tuple[str, str]:
        """Where the browser goes, and the cookie by which it is known when it comes back to be sent to `then`."""
        begun = Begun(
            state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48)
        )
        return await self._provider.way(begun), self._seal.close(asdict(begun) | {"next": then})

    async def finish(self, cookie: str, state: str, code: str, agent: str) -> tuple[str, str, Caller]:
        """The session's cookie, where the browser wanted to go, and who it is. Raises Problem 422."""
        kept = self._seal.open(cookie, at_most_seconds=SIGN_IN_SECONDS)
        if kept is None or not hmac.compare_digest(kept["state"].encode(), state.encode(errors="replace")):
            raise Problem(
                INVALID,
                f"state: expected that of a sign-in begun in this browser within {SIGN_IN_SECONDS // 60} minutes, got "
                f"another; begin again at {self.browser.url}/sign-in",
                field="state",
            )
        then = kept.pop("next")
        try:
            tokens = await self._provider.exchanged(code, Begun(**kept))
            made, caller = await self.sessions.begin(tokens, agent)
        except Refused as refusal:
            log.warning("a sign-in is refused", reason=str(refusal))
            raise Problem(
                INVALID, "code: expected one that the identity provider knows, got another", field="code"
            ) from None
        return made, then, caller

    async def end(self, caller: Caller) -> str:
        """End the caller's session. Returns where its end at the provider is to be had, else the start."""
        home = f"{self.browser.url}/"
        id_token = await self.sessions.end(caller.session or "", caller.subject, SIGNED_OUT)
        try:
            end = (await self._provider.places()).end
        except Problem:
            end = None
        if end is None or not id_token:
            return home
        asked = {"id_token_hint": id_token, "post_logout_redirect_uri": home, "client_id": self._provider.client_id}
        return f"{end}?{urlencode(asked)}"

    async def ended_at_provider(self, logout_token: str) -> None:
        """What the provider tells when a session ends there. Raises Problem 403."""
        try:
            session, subject = await self._provider.ended_session(logout_token)
        except Refused as refusal:
            raise Problem(FORBIDDEN, f"logout_token: {refusal}", field="logout_token") from None
        await self.sessions.end_with_provider(session, subject)


def require_whole(settings: Settings) -> None:
    """Raises BadSettings where only half of what signing in needs is set, or it cannot be."""
    given = _given(settings)
    if given is not None:
        Browser(settings)
        Seal(given[3])


def signing_in(settings: Settings, database: Database, clock: Clock, access: Access, keys: KeyRing) -> SigningIn | None:
    """None where nobody is to sign in. Raises BadSettings."""
    given = _given(settings)
    if given is None:
        return None
    issuer, client_id, secret_file, key_file = given
    browser, seal = Browser(settings), Seal(key_file)
    secret = secret_file.read_text(encoding="utf-8").strip()
    provider = Provider(issuer, client_id, secret, browser.url + CALLBACK, keys, clock)
    limits = Limits(idle=round(settings.session_idle_seconds * 1000), whole=round(settings.session_seconds * 1000))
    renewing = Renewing(database, clock, access, provider, seal)
    return SigningIn(browser, provider, Sessions(database, clock, access, renewing, seal, limits), seal)


def _given(settings: Settings) -> tuple[str, str, Path, Path] | None:
    issuer, client_id = settings.oidc_issuer, settings.oidc_client_id
    secret, key = settings.oidc_client_secret_file, settings.session_key_file
    if issuer and client_id and secret and key:
        return issuer, client_id, secret, key
    missing = [name for name in WANTED if getattr(settings, name) is None]
    if len(missing) < len(WANTED):
        raise BadSettings(f"CHEVET_{missing[0].upper()}: expected a value beside the others of sign-in, got none")
    return None
