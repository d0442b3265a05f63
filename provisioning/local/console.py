"""What the person at the terminal sees: progress while things start, plain lines where there is no terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

from rich.console import Console

STEP, NOTE = "•", "!"


class Progress:
    """Each step with the seconds since the start."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._since

    def step(self, sentence: str) -> None:
        self._say("green", STEP, sentence)

    def note(self, sentence: str) -> None:
        """Something that the person did not ask for but should know."""
        self._say("yellow", NOTE, sentence)

    def plain(self, text: str) -> None:
        with suppress(OSError):  # a terminal that was closed hears nothing; what runs is stopped all the same
            self._console.print(text, markup=False)

    def _say(self, colour: str, mark: str, sentence: str) -> None:
        with suppress(OSError):
            self._console.print(f"[{colour}]{mark}[/{colour}] [dim]{self.seconds:5.1f} s[/dim]  ", end="")
            self._console.print(sentence, markup=False)


def tunnel(ports: Mapping[str, int], environment: Mapping[str, str] = os.environ) -> str:
    """The ssh line that brings these ports to the person's own machine, or "" when they sit at this one."""
    connection = environment.get("SSH_CONNECTION", "").split()
    if len(connection) != 4:
        return ""
    host, port = connection[2], connection[3]
    forwards = " ".join(f"-L {each}:127.0.0.1:{each}" for each in ports.values())
    user = environment.get("USER") or environment.get("LOGNAME") or "root"
    return f"ssh {'' if port == '22' else f'-p {port} '}{forwards} {user}@{host}"
