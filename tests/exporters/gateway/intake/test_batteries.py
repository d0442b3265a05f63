"""The charge of a sensor's battery, as Zigbee2MQTT tells it: shown for each, never a reading, never without end."""

from __future__ import annotations

from typing import Any

import pytest

from exporters.gateway import machinery, telemetry
from exporters.gateway.intake.batteries import MOST, Batteries


def shown(device: str) -> float | None:
    return telemetry.REGISTRY.get_sample_value("chevet_device_battery_percent", {"device": device})


def test_the_newest_charge_of_each_sensor_is_shown() -> None:
    batteries = Batteries()
    batteries.note("salon/ox", {"battery": 80, "spo2": 97})
    batteries.note("scale", {"battery": 12.5})
    batteries.note("salon/ox", {"battery": 79})
    batteries.note("salon/ox", {"spo2": 96})
    assert (shown("salon/ox"), shown("scale")) == (79, 12.5)


@pytest.mark.parametrize("said", [None, "80", True, -1, 101, float("nan"), [80]])
def test_what_is_no_charge_is_not_shown(said: Any) -> None:
    batteries = Batteries()
    batteries.note("patch", {"battery": said})
    assert shown("patch") is None


def test_no_more_sensors_are_shown_than_a_home_has_and_those_that_are_go_on() -> None:
    batteries = Batteries()
    for number in range(MOST + 1):
        batteries.note(f"many{number}", {"battery": 50})
    batteries.note("many0", {"battery": 49})
    assert (MOST, shown("many0"), shown("many63"), shown("many64")) == (64, 49, 50, None)


def test_a_charge_leaves_the_process_as_one_of_the_gateways_own_series() -> None:
    Batteries().note("mat", {"battery": 90})
    said = machinery.look_at_oneself("g01", "intake").series
    labels = {("gateway", "g01"), ("process", "intake"), ("device", "mat")}
    assert [
        one.samples[0][1]
        for one in said
        if dict(one.labels)["__name__"] == "chevet_device_battery_percent" and labels <= set(one.labels)
    ] == [90]
