"""What of an answer is worth a line, as functions of the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any


def field(name: str) -> Callable[[Any], str]:
    """One field of it."""
    return lambda answer: str(answer.json()[name])


def count(what: str) -> Callable[[Any], str]:
    """How many there are of `what`."""
    return lambda answer: f"{len(answer.json())} {what}"


def whose(answer: Any) -> str:
    """Whether the patient has a dossier."""
    own = answer.json()["dossier"]
    return "a patient without a dossier" if own is None else f"of dossier {own['patient']}"


def prescribed(answer: Any) -> str:
    """How many limits stand."""
    listed = answer.json()
    return f"{len(listed['in_force'])} in force, {len(listed['proposed'])} proposed"


def until(answer: Any) -> str:
    """How long the glass is broken."""
    return f"for {round((answer.json()['until_ms'] - answer.json()['from_ms']) / 60_000)} minutes"


def banner(answer: Any) -> str:
    """What a screen would show across its top."""
    return f"X-Chevet-Break-Glass: {answer.headers.get('X-Chevet-Break-Glass', 'missing')}"


def sent(answer: Any) -> str:
    """Whether Prometheus has it."""
    return "stored, and on its way to Prometheus" if not answer.json()["sent"] else "stored, and in Prometheus"


def document(answer: Any) -> str:
    """A document's size, and its bytes in short."""
    digest = hashlib.sha256(answer.content).hexdigest()[:16]
    return f"{answer.headers['Content-Type']}, {len(answer.content)} bytes, SHA-256 {digest}…"


def read_by(answer: Any) -> str:
    """Who read the newest."""
    reader = answer.json()[0]["read"][0]
    return f"read by {reader['name']}"


def signals(answer: Any) -> str:
    """What was granted."""
    return ", ".join(answer.json()["consent"]["signals"])


def values(answer: Any) -> str:
    """The newest values."""
    return "; ".join(f"{one['title']['en']} {one['value']} {one['unit']}" for one in answer.json())


def names(answer: Any) -> str:
    """Whose series they are, by name."""
    found = [(one["metric"].get("display_name"), one["value"][1]) for one in answer.json()["data"]["result"]]
    return "; ".join(f"{name}: {value}" for name, value in found) or "nothing arrived yet"


def series(answer: Any) -> str:
    """How many series there are."""
    return f"{len(answer.json()['data']['result'])} series"


def looks(answer: Any) -> str:
    """How many looks there were, and the newest."""
    looks = answer.json()["looks"]
    return f"{len(looks)} looks, the newest: {looks[0]['name']}, {looks[0]['what']['en']}"


def verified(answer: Any) -> str:
    """Whether the record is as it was written."""
    said = answer.json()
    verdict = said["fault"]["sentence"] if said["fault"] else "all as written"
    return f"{said['entries']} entries, {said['seals']} seals, {verdict}"
