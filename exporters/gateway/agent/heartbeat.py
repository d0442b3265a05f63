"""The heartbeat's body: how the gateway is at one moment, for people who list gateways. null is what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exporters.gateway import clocks
from exporters.gateway.agent import box, sensors
from exporters.gateway.agent.box import Battery
from exporters.gateway.agent.free import Disk
from exporters.gateway.machinery import Looked

DAY = 86_400.0


def body(
    *,
    processes: Sequence[Looked],
    broker: str | None,
    queues: Mapping[str, int] | None,
    disk: Disk | None,
    battery: Battery | None,
    offset: int | None,
    heard: Mapping[str, float],
) -> dict[str, Any]:
    """What is posted.

    `broker` is the version of the broker, `offset` milliseconds that the wall clock lacks, `heard` seconds by sensor.
    """
    return {
        "boot": clocks.boot(),
        "uptime_seconds": round(box.uptime(), 1),
        "versions": box.versions(broker),
        "processes": {one.process: one.answers for one in processes},
        "queues": None if queues is None else dict(queues),
        "disk": None if disk is None else _of_disk(disk),
        "battery": None if battery is None else {"percent": battery.percent, "mains": battery.mains},
        "clock_offset_seconds": None if offset is None else offset / 1000,
        "sensors": _of_sensors(heard, sensors.batteries(processes)),
    }


def _of_sensors(heard: Mapping[str, float], charged: Mapping[str, float]) -> dict[str, Any]:
    known = list(dict.fromkeys((*heard, *charged)))[: sensors.MOST]
    return {one: {"heard_seconds": heard.get(one), "battery_percent": charged.get(one)} for one in known}


def _of_disk(disk: Disk) -> dict[str, Any]:
    left = None if disk.seconds_left is None else round(disk.seconds_left / DAY, 2)
    return {"free_bytes": disk.free, "size_bytes": disk.size, "days_left": left}
