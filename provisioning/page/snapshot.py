"""What the page shows at one moment, as the JSON that goes to the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chevet.alerts import Source
from chevet.conditions import CONDITIONS
from chevet.severities import Kind, Severity
from chevet.vitals import BY_KEY, DEVICE_VITALS, Vital
from provisioning.page.ward import Newest

WEIGHT_IN_KG = 1000
SEEN_BY = {Source.GATEWAY: "the gateway", Source.PROMETHEUS: "rules"}
SHOWN, SHOWN_OPEN = 20, 100
"""Of the newest alerts, and of those that are open."""


def columns(values: Iterable[Newest]) -> list[dict[str, str]]:
    """The vitals that somebody has, in the catalogue's order."""
    there = {one.vital.key for one in values}
    return [
        {"key": vital.key, "title": vital.title["en"], "unit": "kg" if vital.key == "weight" else vital.shown_unit}
        for vital in DEVICE_VITALS
        if vital.key in there
    ]


def patients(values: Iterable[Newest], names: Mapping[str, str], now: int) -> list[dict[str, Any]]:
    """One row a patient, those with the worst value first; a stale value is never shown as current."""
    rows: dict[str, dict[str, Any]] = {}
    for one in values:
        name = names.get(one.patient, one.patient)
        row = rows.setdefault(one.gateway, {"name": name, "gateway": one.gateway, "values": {}})
        row["values"][one.vital.key] = _value(one, now)
    return sorted(rows.values(), key=lambda row: (_worst(row["values"].values()), row["gateway"]))


def alerts(registered: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The newest alerts; open ones first, and of those clinical ones and the most severe."""
    rows = [_alert(alert, names) for alert in registered]
    return sorted(rows, key=lambda row: (row["cleared_at"] is not None, *_urgency(row), -row["onset"]))


def _urgency(row: Mapping[str, Any]) -> tuple[bool, int]:
    """What cleared is in the order of its time alone."""
    if row["cleared_at"] is not None:
        return (False, 0)
    return (row["kind"] != Kind.CLINICAL, Severity(row["severity"]).rank)


def heartbeat(gateway: Mapping[str, Any] | None, now: int) -> dict[str, Any] | None:
    """Whether a gateway is online by the service's word, and the age of its newest heartbeat; None before the first."""
    newest = gateway and gateway["heartbeat"]
    if not gateway or not newest:
        return None
    received = newest["received_ms"]
    return {"online": gateway["online"], "age": max(0, now - received), "since": gateway["offline_since"]}


def _value(one: Newest, now: int) -> dict[str, Any]:
    age = now - one.at
    stale = one.vital.stale_after is not None and age > one.vital.stale_after * 1000
    return {"shown": _shown(one.vital, one.value), "age": age, "stale": stale, "severity": _beyond(one)}


def _beyond(one: Newest) -> str:
    broken = [limit.severity for limit in one.vital.limits if limit.broken_by(one.value)]
    return min(broken, key=lambda severity: severity.rank).value if broken else ""


def _shown(vital: Vital, value: float) -> str:
    if vital.key == "weight":
        return f"{value / WEIGHT_IN_KG:.1f}"
    return f"{value:.1f}" if vital.key in ("body_temperature", "fall") else f"{value:.0f}"


def _worst(values: Iterable[Mapping[str, Any]]) -> int:
    ranks = [Severity(value["severity"]).rank for value in values if value["severity"] and not value["stale"]]
    return min(ranks, default=len(Severity))


def _alert(alert: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    patient = alert.get("patient") or ""
    told = alert.get("told") or {}
    return {
        "id": alert["id"],
        "what": _what(alert, names),
        "name": names.get(patient) or alert["gateway"] or "",
        "severity": alert["severity"],
        "kind": alert["kind"],
        "onset": alert["onset"],
        "cleared_at": alert.get("cleared_at"),
        "late": alert.get("late", False),
        "taken_by": alert.get("taken_by"),
        "calls": sum(1 for attempt in alert.get("attempts", ()) if attempt["outcome"] == "handed"),
        "seen_by": [SEEN_BY[source] for source in sorted({one["source"] for one in alert.get("observations", ())})],
        "first": _named(told["description"]["en"], patient, names) if told else "",
        "runbook": told.get("runbook_url", ""),
    }


def _what(alert: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """In words: as the rule says it, with a name for the pseudonym; else as the gateway's own row does."""
    if alert.get("told"):
        return _named(alert["told"]["summary"]["en"], alert.get("patient") or "", names)
    if not alert["vital"]:
        row = CONDITIONS.get(alert["rule"])
        return row.title if row else str(alert["rule"])
    vital = BY_KEY[alert["vital"]]
    side = alert["rule"].rpartition(".")[2]
    value = alert.get("value")
    measured = "" if value is None else f" {_shown(vital, value)} {'kg' if vital.key == 'weight' else vital.shown_unit}"
    return f"{vital.title['en']}: {side}{measured}"


def _named(sentence: str, patient: str, names: Mapping[str, str]) -> str:
    """The name stands beside the sentence, so that at its end it is left out."""
    bare = sentence.removesuffix(f", patient {patient}") if patient else sentence
    return bare.replace(patient, names.get(patient, patient)) if patient else bare
