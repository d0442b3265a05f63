"""What the service tells Prometheus, asked as Prometheus asks."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2

from provisioning import secrets


def metrics_of(service: str, keys: Path) -> str:
    """The text of /metrics. `keys` is a directory of secrets with the client prometheus."""
    known = json.loads(secrets.Secrets(directory=keys).client_credentials("prometheus").read_text())
    form = {"grant_type": "client_credentials"} | {name: known[name] for name in ("client_id", "client_secret")}
    token = httpx2.post(known["token_url"], data=form, timeout=30).json()["access_token"]
    answer = httpx2.get(f"{service}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text
