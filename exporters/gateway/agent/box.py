"""The machine that the gateway runs on: its battery, its time since boot, and the versions of what runs on it."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

POWER = Path("/sys/class/power_supply")
_MAINS = ("Mains", "USB")
_PERIPHERAL = "Device"
"""The `scope` of a battery that is in a mouse or a sensor, not in the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """`mains` is None where the machine does not say whether it is fed."""

    percent: float
    mains: bool | None


def battery(folder: Path = POWER) -> Battery | None:
    """The machine's own battery, of several the one with the least; None where there is none."""
    supplies = [_Supply(one) for one in sorted(folder.iterdir())] if folder.is_dir() else []
    own = [one for one in supplies if one.said("scope") != _PERIPHERAL]
    batteries = [one for one in own if one.said("type") == "Battery" and one.said("capacity").isdigit()]
    if not batteries:
        return None
    fed = [one.said("online") == "1" for one in own if one.said("type") in _MAINS]
    states = {one.said("status") for one in batteries} & {"Charging", "Discharging", "Full", "Not charging"}
    mains = any(fed) if fed else ("Discharging" not in states if states else None)
    return Battery(percent=min(100.0, *(float(one.said("capacity")) for one in batteries)), mains=mains)


def uptime() -> float:
    """Seconds since the machine's boot, also those that it slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def versions(broker: str | None) -> dict[str, str]:
    """Of what runs here; the broker's where it is known."""
    try:
        ours = version("chevet")
    except PackageNotFoundError:  # run from its sources
        ours = "unknown"
    found = {"chevet": ours, "python": platform.python_version()}
    return found | ({"rabbitmq": broker} if broker else {})


class _Supply:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def said(self, what: str) -> str:
        """One of the kernel's files; a supply that is gone or has no such file says nothing."""
        try:
            return (self._folder / what).read_text().strip()
        except (OSError, UnicodeDecodeError):
            return ""
