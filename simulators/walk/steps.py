"""People who walk through the service one step at a time; each step is printed with the answer that it had."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from rich.console import Console
from rich.text import Text

from simulators.errors import NotAsTold
from simulators.walk.browser import Browser

PEOPLE: Mapping[str, str] = {
    "doctor": "doctor",
    "nurse": "nurse",
    "patient": "patient",
    "relative": "relative",
    "analyst": "analyst",
    "flow_manager": "flow-manager",
    "sre": "sre",
}
"""Roles, and who of the demo's people has each."""
Answer = httpx2.Response
Shows = Callable[[Answer], str]


@dataclass(slots=True, kw_only=True)
class Walk:
    """Everybody at a browser. `wrong` counts the answers that were not as the story has them."""

    people: Mapping[str, Browser]
    console: Console
    steps: int = 0
    wrong: int = 0

    def chapter(self, title: str) -> None:
        """What comes next is about this."""
        self.console.print(Text(f"\n{title}", style="bold"))

    async def step(
        self,
        role: str,
        does: str,
        method: str,
        path: str,
        *,
        body: object = None,
        expect: int = 200,
        edition: str | None = None,
        shows: Shows | None = None,
        **parameters: str | int,
    ) -> Answer:
        """One request, printed with its answer. Raises NotAsTold where an answer that others need is a refusal."""
        person = self.people[role]
        answer = await person.ask(method, path, body, edition, **parameters)
        self.steps += 1
        as_told = answer.status_code == expect
        self.wrong += not as_told
        self.console.print(
            Text.assemble(
                (f"{self.steps:3}  ", "dim"),
                f"{person.name} {does}",
                (f"\n     {method} {path} → ", "dim"),
                (str(answer.status_code), "green" if as_told else "bold red"),
                f"  {_said(answer, shows) if as_told else f'expected {expect}: {answer.text[:300]}'}",
            ),
            soft_wrap=True,
        )
        if not as_told and expect < 400:
            raise NotAsTold(
                f"step {self.steps}: expected {expect}, got {answer.status_code}; the story needs it to go on"
            )
        return answer


def _said(answer: Answer, shows: Shows | None) -> str:
    """What of an answer is worth a line: a refusal says its whole sentence."""
    if answer.status_code >= 400:
        said: dict[str, Any] = answer.json()
        return str(said.get("detail") or said.get("error"))  # ours, or Prometheus's way of saying it
    try:
        return shows(answer) if shows else ""
    except (LookupError, TypeError, ValueError) as error:
        raise NotAsTold(f"{answer.request.url.path}: expected another answer, got one without {error}") from None
