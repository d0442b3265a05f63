"""Has Prometheus and Alertmanager read their files again, and asks each whether it did."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2

from alert_rules.groups import GROUPS
from alert_rules.rows import Alert
from chevet import server_metrics
from provisioning.errors import Refused
from provisioning.render.site import Site

PATIENCE = 30.0
ASK_EVERY = 0.2


def both(site: Site) -> Iterator[str]:
    """A line for each server that took it. Raises Refused with the server's own sentence for one that did not."""
    _reload("Prometheus", site.prometheus, server_metrics.PROMETHEUS_RELOADED)
    _require_rules(site.prometheus)
    rules = sum(len(group.rules) for group in GROUPS)
    yield f"Prometheus at {site.prometheus} has read {rules} rules in {len(GROUPS)} groups"
    _reload("Alertmanager", site.alertmanager, server_metrics.ALERTMANAGER_RELOADED)
    yield f"Alertmanager at {site.alertmanager} has read its routes and templates"


def try_both(site: Site) -> None:
    """After the old files are back: what a server says now is no news."""
    for url in (site.prometheus, site.alertmanager):
        with contextlib.suppress(Refused):
            _ask("POST", url, "/-/reload")


def _reload(name: str, url: str, metric: str) -> None:
    answer = _ask("POST", url, "/-/reload")
    if answer.status_code == httpx2.codes.FORBIDDEN:
        how = "start it with --web.enable-lifecycle, or write the files with `render --out` and send it SIGHUP"
        raise Refused(f"{name} at {url}: expected a reload, got {answer.text.strip().rstrip('.')}; {how}")
    if not answer.is_success:
        raise Refused(f"{name} at {url} refuses it: {answer.text.strip()}")
    said = re.search(rf"^{metric} (\S+)$", _ask("GET", url, "/metrics").text, re.MULTILINE)
    if said is None or float(said[1]) != 1:
        raise Refused(f"{name} at {url} says that its last reload failed")


def _require_rules(url: str) -> None:
    """It may be that it reads another directory than ours."""
    until, wanted = time.monotonic() + PATIENCE, _wanted()
    while not wanted <= (found := _found(url)):
        if time.monotonic() > until:
            lacking = ", ".join(sorted({rule.name for rule in wanted - found}))
            raise Refused(f"Prometheus at {url}: expected it to have read what was rendered, it lacks {lacking}")
        time.sleep(ASK_EVERY)


class Ruled(NamedTuple):
    """As much of a rule as Prometheus tells as it was written."""

    group: str
    name: str
    lasting: float
    summary: str


def _wanted() -> set[Ruled]:
    return {
        Ruled(group.name, rule.name, rule.lasting, rule.summary.en)
        if isinstance(rule, Alert)
        else Ruled(group.name, rule.name, 0, "")
        for group in GROUPS
        for rule in group.rules
    }


def _found(url: str) -> set[Ruled]:
    return {
        Ruled(group["name"], rule["name"], rule.get("duration", 0), rule.get("annotations", {}).get("summary", ""))
        for group in _groups(_ask("GET", url, "/api/v1/rules"))
        for rule in group["rules"]
    }


def _groups(answer: httpx2.Response) -> list[dict[str, Any]]:
    """None where what answers is not ready yet, or is no Prometheus."""
    if not answer.is_success or not answer.headers.get("content-type", "").startswith("application/json"):
        return []
    groups: list[dict[str, Any]] = answer.json()["data"]["groups"]
    return groups


def _ask(method: str, url: str, path: str) -> httpx2.Response:
    try:
        return httpx2.request(method, url + path, timeout=PATIENCE, trust_env=False)
    except httpx2.HTTPError as problem:
        raise Refused(f"{url}: expected an answer, got {problem}") from None
