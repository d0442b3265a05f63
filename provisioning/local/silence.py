"""A silence in the demo's Alertmanager, as whoever puts a home into service makes one: seen there, soon over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2

from chevet.errors import ChevetError

MINUTES = 10
NEVER_HEARD = {"name": "alertname", "value": "Chevet.+Silent", "isRegex": True, "isEqual": True}
"""Until there is a history nobody was weighed this week, and each home would be told of for that."""


def silence(alertmanager: str, comment: str, minutes: int = MINUTES) -> str:
    """Nobody is told of sensors that were never heard, for some minutes. Returns the silence's id."""
    now = datetime.now(UTC)
    body = {
        "matchers": [NEVER_HEARD],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(minutes=minutes)).isoformat(),
        "createdBy": "the demo",
        "comment": comment,
    }
    answer = httpx2.post(f"{alertmanager}/api/v2/silences", json=body, timeout=10, trust_env=False)
    if not answer.is_success:
        raise ChevetError(f"Alertmanager: expected it to take a silence, got {answer.status_code} {answer.text}")
    return str(answer.json()["silenceID"])
