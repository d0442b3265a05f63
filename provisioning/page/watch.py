"""Looks every second at what runs and keeps the newest snapshot; a part that does not answer leaves the others."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from chevet import metrics
from chevet.errors import ChevetError, expected
from exporters.gateway.server import Answer, Server, Tokens
from provisioning.mailbox.mails import Mailbox
from provisioning.page import mails, rules, snapshot
from provisioning.page.hang import Hang
from provisioning.page.homes import SimulatedHome
from provisioning.page.ledger import Account, account
from provisioning.page.link import Link
from provisioning.page.phone import Phone
from provisioning.page.settings import PageSettings
from provisioning.page.ward import Newest, newest

EVERY = 1.0
WAITING = (metrics.JOURNAL_ROWS.name,)
SERVED = {"push": "guard", "pull": "scraped"}
SAID = {
    "hang": "The service hangs: SMS go on, readings wait at home. In about three minutes operations get a mail.",
    "go-on": "The service goes on: what waited at home arrives, and operations get a mail that it is over.",
}
LEDGER_EVERY = 5
"""The ledger is counted at each fifth look."""


@dataclass(slots=True)
class Seen:
    """What was seen last; kept when the next look fails, so that the page does not flicker."""

    newest: dict[tuple[str, str], Newest] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    gateways: dict[str, dict[str, Any]] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    rules: dict[str, int | None] = field(default_factory=dict)

    @property
    def values(self) -> list[Newest]:
        """The newest value of each vital of each gateway."""
        return list(self.newest.values())


class Watch:
    """Everything that the page knows."""

    def __init__(self, settings: PageSettings, link: Link, phone: Phone) -> None:
        self.settings, self.link, self.phone = settings, link, phone
        self.homes = tuple(SimulatedHome(home) for home in settings.homes)
        self.nurse = Server(settings.server_url, Tokens(settings.nurse_credentials_file), timeout=5)
        self.doctor = Server(settings.server_url, Tokens(settings.doctor_credentials_file), timeout=5)
        self.sre = Server(settings.server_url, Tokens(settings.sre_credentials_file), timeout=5)
        self.http = httpx2.AsyncClient(timeout=5, trust_env=False)
        self.prometheus = httpx2.AsyncClient(base_url=settings.query_url, timeout=5, trust_env=False)
        self.hang = Hang(settings.stack, "service")
        self.mailbox = Mailbox(settings.mails or settings.stack / "mails")
        self.seen = Seen()
        self._started = (time.time_ns() // 1_000_000 // 60_000 + 1) * 60_000
        self._looks = 0

    async def run(self) -> None:
        """Look, for ever: whatever a look meets, the next one may not."""
        while True:
            began = time.monotonic()
            try:
                await self.look()
            except Exception as error:
                print(f"the page could not look at everything: {error!r}", file=sys.stderr)
            await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - began)))

    async def look(self) -> None:
        """Ask everybody once."""
        looks: list[Awaitable[None]] = [self._look_at_values(), self._look_at_alerts(), self._look_at_homes()]
        looks += [self._follow(home) for home in self.homes]
        if self._looks % LEDGER_EVERY == 0:
            looks += [self._look_at_names(), self._look_at_gateways(), self._look_at_rules(), self._count()]
        self._looks += 1
        await asyncio.gather(*(_quietly(look) for look in looks))

    async def _follow(self, home: SimulatedHome) -> None:
        home.log.follow()

    async def _look_at_values(self) -> None:
        """A value that is no longer among the newest stays, with its age, until it is stale and beyond."""
        self.seen.newest |= {(one.gateway, one.vital.key): one for one in await newest(self.prometheus)}

    async def _look_at_alerts(self) -> None:
        """The newest, and those that are open however old they are.

        What is about the machinery is told to the SRE, with no word of whose it is; the nurse's word comes last.
        """
        if self.hang.there:
            return
        asked = (f"limit={snapshot.SHOWN}", f"open=true&limit={snapshot.SHOWN_OPEN}")
        of_machinery = (self.sre.ask("GET", f"/api/v1/alerts/technical?{which}") for which in asked)
        of_patients = (self.nurse.ask("GET", f"/api/v1/alerts?{which}") for which in asked)
        answers = await asyncio.gather(*of_machinery, *of_patients)
        if all(answer.succeeded for answer in answers):
            self.seen.alerts = list({row["id"]: row for answer in answers for row in _rows(answer)}.values())

    async def _look_at_names(self) -> None:
        answer = await self.doctor.ask("GET", "/api/v1/patients")
        if answer.succeeded:
            self.seen.names = {row["patient"]: row["name"] for row in _rows(answer)}

    async def _look_at_gateways(self) -> None:
        answer = await self.nurse.ask("GET", "/api/v1/gateways")
        if answer.succeeded:
            self.seen.gateways = {row["gateway"]: row for row in _rows(answer)}

    async def _look_at_rules(self) -> None:
        self.seen.rules = await rules.standing(self.prometheus)

    async def _look_at_homes(self) -> None:
        for home in self.homes:
            await home.look()
            text = (await self.http.get(home.settings.metrics)).text
            families = {family.name: family for family in text_string_to_metric_families(text)}
            self.seen.waiting[home.gateway] = sum(
                int(sample.value) for name in WAITING if name in families for sample in families[name].samples
            )

    async def _count(self) -> None:
        now = time.time_ns() // 1_000_000
        for home in self.homes:
            self.seen.accounts[home.gateway] = await account(
                self.prometheus, home.log, home.gateway, self._started, now
            )

    def snapshot(self) -> dict[str, Any]:
        """The JSON that the browser draws."""
        now = time.time_ns() // 1_000_000
        seen = self.seen
        return {
            "now": now,
            "progress": self._progress(),
            "hangs": self.hang.there,
            "homes": [self._home(home, now) for home in self.homes],
            "columns": snapshot.columns(seen.values),
            "patients": snapshot.patients(seen.values, seen.names, now),
            "rules": seen.rules,
            "alerts": snapshot.alerts(seen.alerts, seen.names),
            "mails": mails.rows(self.mailbox.newest(), self.settings.on_call),
            "sms": [{"at": one.at, "to": one.to[-2:], "text": one.text} for one in self.phone.messages],
            "buttons": self.buttons(),
            "further": [one.model_dump() for one in self.settings.further],
        }

    def _progress(self) -> str:
        path = self.settings.progress_file
        return path.read_text(encoding="utf-8").strip() if path is not None and path.exists() else ""

    def _home(self, home: SimulatedHome, now: int) -> dict[str, Any]:
        counted = self.seen.accounts.get(home.gateway)
        cut = home.settings.mode == "push" and not self.link.up
        mine = next((one for one in self.seen.values if one.gateway == home.gateway), None)
        return {
            "gateway": home.gateway,
            "mode": home.settings.mode,
            "name": self.seen.names.get(mine.patient, "") if mine else "",
            "link": "cut" if cut else "up",
            "service": "hangs" if self.hang.there else "silent" if cut else SERVED[home.settings.mode],
            "heartbeat": snapshot.heartbeat(self.seen.gateways.get(home.gateway), now),
            "published": home.log.messages,
            "waiting": self.seen.waiting.get(home.gateway),
            "stored": f"{counted.stored:,} stored" if counted and counted.stored else "…",
            "account": None
            if counted is None or not counted.produced
            else {"produced": counted.produced, "stored": counted.stored, "missing": counted.missing},
        }

    def buttons(self) -> list[dict[str, Any]]:
        """What can be pressed now."""
        up = self.link.up
        link = {
            "group": "between the pushing home and the server",
            "title": "cut the link" if up else "put the link back",
            "path": f"/actions/{'cut' if up else 'restore'}-link",
            "pressed": not up,
        }
        hangs = self.hang.there
        service = {
            "group": "in the data centre",
            "title": "let the service go on" if hangs else "hang the service",
            "path": f"/actions/service/{'go-on' if hangs else 'hang'}",
            "pressed": hangs,
        }
        return [link, service, *(button for home in self.homes for button in home.buttons())]

    async def tell_service(self, action: str) -> str:
        """Let the service hang, or go on. Raises ChevetError."""
        acts = {"hang": self.hang.begin, "go-on": self.hang.end}
        if action not in acts:
            raise ChevetError(expected("action", " or ".join(acts), action), field="action")
        acts[action]()
        return SAID[action]

    async def take(self, alert: str) -> str:
        """Take an alert as the nurse. Raises ChevetError where the service refuses."""
        answer = await self.nurse.ask("POST", f"/api/v1/alerts/{quote(alert, safe='')}/take")
        if not answer.succeeded:
            raise ChevetError(str(answer.problem.get("detail") or answer.failure or f"status {answer.status}"))
        return "Taken: nobody else is called about it."

    async def tell_home(self, gateway: str, action: str, name: str) -> str:
        """Tell a home by its gateway's id. Raises ChevetError."""
        home = next((one for one in self.homes if one.gateway == gateway), None)
        if home is None:
            raise ChevetError(expected("gateway", "one of " + ", ".join(one.gateway for one in self.homes), gateway))
        return await home.tell(action, name)


def _rows(answer: Answer) -> list[dict[str, Any]]:
    content = answer.json()
    if isinstance(content, dict):
        content = next((many for many in content.values() if isinstance(many, list)), [])
    return content if isinstance(content, list) else []


async def _quietly(look: Awaitable[None]) -> None:
    try:
        await look
    except (httpx2.HTTPError, OSError, ValueError, TypeError, LookupError):
        return
