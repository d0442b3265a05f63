"""Tells the terminal when the relative's phone rings for the first time: that is what the demo is about."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

from provisioning.local.probes import DIRECT, PATIENCE

WATCHED_FOR = 300.0
EVERY = 0.5


def messages(page_url: str) -> int:
    """SMS that the page has received; 0 while it does not answer."""
    try:
        with DIRECT.open(f"{page_url}/snapshot", timeout=PATIENCE) as answer:
            return len(json.load(answer)["sms"])
    except (OSError, ValueError, KeyError):
        return 0


def watch(page_url: str, tell: Callable[[str], None]) -> None:
    """Until the first SMS, in a thread that holds nobody up."""

    def wait() -> None:
        until = time.monotonic() + WATCHED_FOR
        while time.monotonic() < until:
            if messages(page_url):
                tell("the first SMS was handed over: see the phone on the page")
                return
            time.sleep(EVERY)

    threading.Thread(target=wait, name="phone", daemon=True).start()
