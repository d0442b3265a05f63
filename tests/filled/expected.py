"""What the service exports of patients: which vitals ought to arrive, within which limits, and what nurses know."""

from __future__ import annotations

from collections.abc import Iterator

from chevet.vitals import BY_KEY, VITALS
from simulators.devices import Device

HOUR, DAY = 3600, 86_400
EVERY = 240
"""Seconds between two samples: a Prometheus remembers one for five minutes."""
ILL_OF_SATURATION = 86
"""A limit that a doctor prescribed: the catalogue's is 88."""


def said(now: float, homes: dict[str, tuple[str, tuple[Device, ...]]], new: str) -> Iterator[str]:
    """Of each patient's gateway and devices; `new` has no limits yet, and nothing ever came."""
    for patient, (gateway, devices) in homes.items():
        for device in devices:
            for attribute in device.row.attributes:
                yield from _expected(patient, gateway, device.name, attribute.vital, now)
        if patient != new:
            yield from _limits(patient, now)
        yield _steady(f'chevet_news2_eligible{{patient="{patient}"}}', 1, now)
    yield from _expected(new, homes[new][0], "meter", "glucose_finger", now)


def observed(now: float, patients: tuple[str, ...]) -> Iterator[str]:
    """That these breathe air, are alert, and have the first scale."""
    for patient in patients:
        for what, value in (("oxygen", 0), ("consciousness", 0), ("scale", 1)):
            yield _steady(f'chevet_news2_{what}{{patient="{patient}"}}', value, now)


def _expected(patient: str, gateway: str, device: str, vital: str, now: float) -> Iterator[str]:
    row = BY_KEY[vital]
    if row.interval and row.stale_after:
        labels = f'device="{device}",gateway="{gateway}",patient="{patient}",vital="{vital}"'
        yield _steady(f"chevet_expected_interval_seconds{{{labels}}}", row.interval, now, 7 * DAY)
        yield _steady(f"chevet_expected_stale_seconds{{{labels}}}", row.stale_after, now)


def _limits(patient: str, now: float) -> Iterator[str]:
    for row in VITALS:
        for limit in row.limits:
            own = patient == "p-ill" and row.key == "oxygen_saturation" and limit.severity == "high"
            labels = f'patient="{patient}",severity="{limit.severity}",side="{limit.side}",vital="{row.key}"'
            yield _steady(f"chevet_limit{{{labels}}}", ILL_OF_SATURATION if own else limit.value, now)


def _steady(series: str, value: float, now: float, seconds: int = DAY + 12 * HOUR) -> str:
    return "".join(f"{series} {value:.10g} {now - ago:.0f}\n" for ago in range(seconds, -1, -EVERY))
