"""What a gateway sends after hours offline counts in the shares of glucose as if it had come in time."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence

import cramjam
import httpx2

from alert_rules import glucose
from chevet import promql, remote_write
from chevet.glucose import BELOW_54, BELOW_70
from chevet.time_in_range import SLOT, Reading, Stretch, completeness, slots
from provisioning.local import servers

SENSOR = "chevet_vital_glucose_sensor_mg_per_dl"
PATIENT = "p-offline"


def _send(url: str, readings: Sequence[Reading]) -> None:
    labels = {"patient": PATIENT, "gateway": "g-offline", "device": "sensor"}
    series = remote_write.series(SENSOR, labels, *((reading.at, reading.value) for reading in readings))
    body = bytes(cramjam.snappy.compress_raw(remote_write.encode([series])))
    headers = {"Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    assert httpx2.post(f"{url}/api/v1/write", content=body, headers=headers, timeout=30).status_code == 204


def _asked(url: str, expression: str, at: int) -> float:
    asked = {"query": f'({expression}) and on (patient) {SENSOR}{{patient="{PATIENT}"}}', "time": at / 1000}
    found = httpx2.post(f"{url}/api/v1/query", data=asked, timeout=60).json()["data"]["result"]
    (one,) = (row for row in found if row["metric"]["patient"] == PATIENT)
    return float(one["value"][1])


def _measured(until: int) -> list[Reading]:
    draw = random.Random(86_400)
    times = range(until - 24 * 3_600_000 + 61_234, until, SLOT * 1000)
    return [Reading(at=at + draw.randint(0, 40_000), value=draw.randint(45, 90)) for at in times]


def test_half_a_day_that_comes_late_and_backwards_is_counted(prometheus: servers.WebServer) -> None:
    until = math.floor(time.time() * 1000)
    readings = _measured(until)
    stretch = Stretch(until=until, days=1)
    in_time, late = readings[len(readings) // 2 :], readings[: len(readings) // 2]
    for sent, known in ((in_time, in_time), (late[::-3], in_time + late[::-3]), (late, readings)):
        _send(prometheus.url, sorted(sent, key=lambda reading: reading.at))
        assert _asked(prometheus.url, glucose.completeness(glucose.DAY), until) == completeness(known, stretch)
        assert _asked(prometheus.url, glucose.slots(glucose.DAY), until) == len(slots(known, stretch))
        for goal, bound in ((BELOW_54, 54), (BELOW_70, 70)):
            newest = promql.stretch("last_over_time", SENSOR, SLOT)
            found = _asked(prometheus.url, glucose.slots(glucose.DAY, promql.bounded(newest, "<", bound)), until)
            assert found == sum(goal.holds(value) for value in slots(known, stretch))
