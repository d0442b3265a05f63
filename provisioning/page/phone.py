"""The relative's phone: what was handed to the sender, newest first."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from chevet.errors import ChevetError, expected

KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One SMS as the phone got it. `at` in milliseconds; of the number only its last digits are shown."""

    at: int
    to: str
    text: str


class Phone:
    """Keeps the newest messages in memory: it is a toy beside the products."""

    def __init__(self) -> None:
        self.messages: deque[Message] = deque(maxlen=KEPT)

    def receive(self, body: object) -> Message:
        """Take the JSON that the sender posts: {"to", "message"}. Raises ChevetError naming the field."""
        if not isinstance(body, dict):
            raise ChevetError(expected("body", "a JSON object with to and message", body), field="body")
        for name in ("to", "message"):
            if not isinstance(body.get(name), str):
                raise ChevetError(expected(name, "a text", body.get(name)), field=name)
        message = Message(at=time.time_ns() // 1_000_000, to=body["to"], text=body["message"].strip())
        self.messages.appendleft(message)
        return message
