"""The bench reads a simulator's log by a table of its own; both tables must know the same attributes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.produced import ATTRIBUTES, Produced, of_payload, readings
from chevet.vitals import BY_KEY
from chevet.zigbee import values_of
from simulators.devices import DEVICES
from simulators.patients import patient
from simulators.payloads import reports


def one(**payload: object) -> Produced:
    (reading,) = of_payload("zigbee2mqtt/device", payload | {"last_seen": 1000}, 1.0, sent=True)
    return reading


@pytest.mark.parametrize(
    ("payload", "value", "quality"),
    [
        ({"spo2": 97}, 97.0, "good"),
        ({"spo2": 0}, None, "missing"),
        ({"spo2": 97, "contact": False}, None, "missing"),
        ({"spo2": 97, "motion": True}, 97.0, "suspect"),
        ({"spo2": "searching"}, None, "missing"),
        ({"temperature": 0}, 0.0, "suspect"),
        ({"activity": 0}, 0.0, "good"),
        ({"glucose": 3.0, "glucose_unit": "mmol/L"}, 54.0, "good"),  # 54.048
        ({"weight": 70.05}, 70050.0, "good"),
        ({"heart_rate": 301}, 301.0, "suspect"),
    ],
)
def test_a_payload_is_read_as_the_table_of_the_clinic_says(
    payload: dict[str, object], value: float | None, quality: str
) -> None:
    assert (one(**payload).value, one(**payload).quality) == (value, quality)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_plausible_range_is_the_catalogues(name: str) -> None:
    assert BY_KEY[ATTRIBUTES[name].vital].plausible == (ATTRIBUTES[name].low, ATTRIBUTES[name].high)


@pytest.mark.parametrize("seed", range(4))
def test_a_simulated_day_is_read_by_both_tables_alike(seed: int) -> None:
    for report in reports(DEVICES, patient(seed), 1_800_000_000, 1_800_086_400):
        ours = {(row.vital, row.value, row.quality) for row in of_payload("x", report.payload, 0, sent=True)}
        theirs = {
            (vital, value, str(quality)) for vital, value, quality in values_of(report.device.row, report.payload)
        }
        assert ours == theirs


def test_a_log_says_what_was_dropped(tmp_path: Path) -> None:
    line = {"at": 5.0, "topic": "zigbee2mqtt/oximeter", "payload": {"spo2": 96, "last_seen": 7}, "sent": False}
    (tmp_path / "log").write_text(json.dumps(line) + "\n")
    (reading,) = readings([tmp_path / "log"])
    assert (reading.device, reading.sent, reading.at, reading.logged) == ("oximeter", False, 7, 5.0)
