"""A simulated home as the page sees it: its log, what is going on in it, and the buttons that change that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from chevet.errors import ChevetError, expected
from provisioning.page.ledger import Log
from provisioning.page.settings import Home
from simulators import devices, episodes

OFFERED = ("deep-desaturation", "hypoglycaemia", "tachycardia", "fever")
MODELS = {name: device.model for name, device in devices.BY_NAME.items()}
TITLES = {row.name: row.title for row in episodes.EPISODES}
PROBE_OFF = "probe-off"


class SimulatedHome:
    """Asks and tells the simulator of one home by its door on loopback."""

    def __init__(self, settings: Home) -> None:
        self.settings = settings
        self.gateway = settings.gateway
        self.log = Log(settings.log, MODELS)
        self.going_on: list[str] = []
        self._door = httpx2.AsyncClient(base_url=settings.control, timeout=5, trust_env=False)

    async def look(self) -> None:
        """See what is going on. Raises httpx2.HTTPError."""
        answer = await self._door.get("/")
        answer.raise_for_status()
        self.going_on = list(answer.json()["going_on"])

    def buttons(self) -> list[dict[str, Any]]:
        """The probe and some episodes; each is pressed while it goes on, and pressing it again ends it."""
        off = PROBE_OFF in self.going_on
        return [
            self._button("probe off", off, f"probe/{'on' if off else 'off'}"),
            *(self._episode(name, name in self.going_on) for name in OFFERED),
        ]

    def _episode(self, name: str, pressed: bool) -> dict[str, Any]:
        return self._button(name.replace("-", " "), pressed, f"{'end' if pressed else 'start'}/{name}")

    def _button(self, title: str, pressed: bool, act: str) -> dict[str, Any]:
        path = f"/actions/homes/{self.gateway}/{act}"
        return {"group": f"in the home of {self.gateway}", "title": title, "path": path, "pressed": pressed}

    async def tell(self, action: str, name: str) -> str:
        """Do `action` (probe, start or end); answers what to say. Raises ChevetError with a sentence."""
        routes: Mapping[str, tuple[str, dict[str, str]]] = {
            "probe": (f"/probe/{name}", {}),
            "start": ("/episodes/start", {"name": name}),
            "end": ("/episodes/end", {"name": name}),
        }
        if action not in routes:
            raise ChevetError(expected("action", " or ".join(routes), action), field="action")
        path, body = routes[action]
        try:
            answer = await self._door.post(path, json=body)
        except httpx2.HTTPError as error:
            raise ChevetError(f"{self.gateway}: the simulated home does not answer ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise ChevetError(f"{self.gateway}: {answer.json().get('detail', answer.status_code)}")
        return SAID.get(action, SAID.get(f"{action}/{name}", "")).format(title=TITLES.get(name, name))


SAID: Mapping[str, str] = {
    "probe/off": "The finger is out: the value becomes missing, never zero.",
    "probe/on": "The finger is back.",
    "start": "It begins: {title}.",
    "end": "It ends: {title}.",
}
