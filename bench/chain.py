"""From a sample to the webhook: a real Prometheus with every rendered group, and a real Alertmanager with its routes.

Groups that are evaluated each minute or more often are here each five seconds; what Alertmanager waits is as rendered.
Patients' heart rates lie beyond a limit for three windows; the fourth, which completes the rule's condition, is written
at a random moment with that moment as its time. What the rule asks before (`asked_s`) is therefore not in the delay.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import cramjam
import httpx2
import yaml

from bench.errors import Unmeasured
from bench.onsets import quantile
from bench.progress import Tell
from bench.webhook import TOKENS, Webhook
from chevet import remote_write
from chevet.severities import Severity
from chevet.vitals import BY_KEY
from provisioning import secrets
from provisioning.local import alertmanager, prometheus
from provisioning.local.servers import on_free_ports
from provisioning.local.site import rendered, site
from provisioning.local.supervisor import Supervisor
from provisioning.render.site import Site
from provisioning.render.tree import tree

HURRIED, HURRIED_UP_TO = 5, 60
WINDOW, BEFORE, SPREAD = 60, 3, 50
"""Seconds of a window, how many lie beyond the limit before the one that completes, and over how long those come."""
VITAL = BY_KEY["heart_rate"]
RATES = {Severity.HIGH: (135.0, "ChevetHeartRateHighHigh"), Severity.MEDIUM: (115.0, "ChevetHeartRateHighMedium")}
TOLD_WITHIN = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """A patient's condition that is complete at `at`, in seconds since 1970."""

    patient: str
    severity: Severity
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Seconds from the sample to the alert's beginning in Prometheus, and to the webhook."""

    severity: Severity
    ruled: float
    told: float


def delays(directory: Path, patients: int, seed: int, tell: Tell) -> list[Delay]:
    """One for each patient who was told about. Raises Unmeasured where somebody was not."""
    webhook = Webhook()
    with Supervisor(directory, tell) as stack:
        rows = [on_free_ports(prometheus.row(with_rules=True)), on_free_ports(alertmanager.row(with_routes=True))]
        stack.assign_ports(*rows)
        place = stack.place("prometheus")
        keys = stack.directory / "secrets"
        secrets.make(keys, (), token_url=webhook.url + TOKENS)
        _write(rendered(stack.directory), replace(site(place, keys), service=webhook.url, tokens=webhook.url + TOKENS))
        stack.start(*rows)
        tell(f"the servers answer; {patients} patients in {SPREAD} s")
        played = list(_play(place.url(), patients, seed))
        found = _heard(webhook, played)
    webhook.close()
    return found


def _write(folder: Path, of: Site) -> None:
    for path, text in tree(of).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_hurried(text) if path.parts[:2] == ("prometheus", "rules") else text, encoding="utf-8")


def _hurried(text: str) -> str:
    content = yaml.safe_load(text)
    for group in content["groups"]:
        if int(group["interval"].rstrip("s")) <= HURRIED_UP_TO:
            group["interval"] = f"{HURRIED}s"
    return str(yaml.safe_dump(content, allow_unicode=True))


def _play(url: str, patients: int, seed: int) -> Iterator[Onset]:
    """Write the windows before at once, and each that completes when it is time."""
    draw, begun = random.Random(seed), time.time()
    onsets = [
        Onset(patient=f"p{number:03}", severity=list(RATES)[number % len(RATES)], at=begun + 5 + SPREAD * draw.random())
        for number in range(patients)
    ]
    with httpx2.Client(timeout=30) as client:
        for one in onsets:
            _sent(client, url, one, *(one.at - WINDOW * ago for ago in range(BEFORE, 0, -1)))
        for one in sorted(onsets, key=lambda onset: onset.at):
            time.sleep(max(0.0, one.at - time.time()))  # the schedule, not a wait for anything
            now = replace(one, at=round(time.time(), 3))
            _sent(client, url, now, now.at)
            yield now


def _sent(client: httpx2.Client, url: str, one: Onset, *times: float) -> None:
    labels = {"gateway": f"g-{one.patient}", "device": "oximeter", "patient": one.patient}
    value, _ = RATES[one.severity]
    series = remote_write.series(VITAL.metric, labels, *((round(1000 * at), value) for at in times))
    body = bytes(cramjam.snappy.compress_raw(remote_write.encode([series])))
    headers = {"Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    client.post(f"{url}/api/v1/write", content=body, headers=headers).raise_for_status()


def _heard(webhook: Webhook, played: list[Onset]) -> list[Delay]:
    expected = {(one.patient, RATES[one.severity][1]): one for one in played}
    until = time.monotonic() + TOLD_WITHIN
    while missing := expected.keys() - {(one.patient, one.name) for one in tuple(webhook.told)}:
        if time.monotonic() > until:
            raise Unmeasured(
                f"the webhook: expected every alert within {TOLD_WITHIN:.0f} s, {len(missing)} are missing"
            )
        time.sleep(0.1)
    found: dict[tuple[str, str], Delay] = {}
    for told in webhook.told:
        if onset := expected.get((told.patient, told.name)):
            began = datetime.fromisoformat(told.began).timestamp()
            delay = Delay(severity=onset.severity, ruled=began - onset.at, told=told.at - onset.at)
            found.setdefault((told.patient, told.name), delay)
    return list(found.values())


def told(found: list[Delay]) -> Mapping[str, object]:
    """The delays as the last line of a measurement has them; all, and by severity."""
    every = {"": found} | {f"{one.value}_": [each for each in found if each.severity is one] for one in RATES}
    result: dict[str, object] = {"told": len(found), "asked_s": WINDOW * BEFORE}
    for name, some in every.items():
        for share in (50, 95):
            result[f"{name}p{share}_s"] = round(quantile([each.told for each in some], share / 100), 2)
    result["ruled_p50_s"] = round(quantile([each.ruled for each in found], 0.5), 2)
    return result
