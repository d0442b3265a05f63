"""From raw acceleration to an SMS, through real processes and a real broker; and none for a sensor that was dropped."""

from __future__ import annotations

import base64
import json
import signal
import sqlite3
from contextlib import closing

import numpy as np
import pika
import pytest

SECONDS, FELL = 60, 25


def samples(*, freely: bool = False):
    """A minute at the belt with a blow of 3.4 g after 25 s; `freely` from a hand, after 0.4 s of free fall."""
    count = 25 * SECONDS
    rows = np.random.default_rng(9).normal(0, 2, (count, 3)) + np.array([0.0, 0.0, 1000.0])
    blow = 25 * FELL
    rows[blow] = [0, 0, 3400]
    if freely:
        rows[blow - 10 : blow] = 20
    else:
        rows[:, 0] += 12 * np.sin(2 * np.pi * np.arange(count) / 100)
    return np.round(rows).astype("<i2")


def messages(rows, until, size=13):
    """As Zigbee2MQTT sends them, the last sample taken at `until`."""
    began = until - 40 * len(rows)
    for first in range(0, len(rows), size):
        part = rows[first : first + size]
        raw = base64.b64encode(part.tobytes()).decode()
        seen = began + 40 * (first + len(part))
        yield json.dumps({"acceleration": raw, "sample_count": first, "last_seen": seen, "linkquality": 90})


def send(house, device_list, rows, until):
    with house.channel() as channel:
        kept = pika.BasicProperties(delivery_mode=2)
        listed = device_list(belt="CV-AC2").encode()
        channel.basic_publish("amq.topic", "zigbee2mqtt.bridge.devices", listed, kept, mandatory=True)
        for body in messages(rows, until):
            channel.basic_publish("amq.topic", "zigbee2mqtt.belt", body.encode(), kept, mandatory=True)


def left(intake):
    """Readings in the spool for an exchange."""
    with closing(sqlite3.connect(intake.state_dir / "spool.sqlite")) as spool:
        return spool.execute("SELECT COUNT(*) FROM leaving").fetchone()[0]


def waiting(house):
    """Raw messages and readings of falls that nobody has acknowledged."""
    with house.channel() as channel:
        queues = ("raw.zigbee2mqtt", "urgent.fall")
        return sum(channel.queue_declare(queue, passive=True).method.message_count for queue in queues)


def test_a_fall_is_called_about_at_once_with_its_peak_and_the_time_of_its_impact(
    running, intake, device_list, wait_for, now
):
    until = now()
    intake.start()
    send(running, device_list, samples(), until)
    [sms] = wait_for(lambda: running.world.sms, within=30)
    [alert] = wait_for(running.outbox)
    assert alert["attempts"][0]["reference"] in sms["message"]
    assert (alert["rule"], alert["severity"], alert["late"]) == ("fall.high", "high", False)
    assert alert["value"] == pytest.approx(3.4, abs=0.01)
    assert alert["onset"] == until - 40 * 25 * (SECONDS - FELL)
    assert intake.stop() == 0


@pytest.mark.parametrize("step", ["spool/ack", "publish/confirm"])
def test_a_kill_in_the_thirty_seconds_after_the_impact_loses_no_fall_and_calls_about_it_once(
    running, intake, device_list, wait_for, now, step
):
    until = now()
    rows = samples()
    send(running, device_list, rows[: 25 * 45], until - 40 * 25 * 15)
    if step == "spool/ack":
        child = intake.start(die_at=step)
        assert child.wait(30) == -signal.SIGKILL
    with running.channel() as channel:
        for body in list(messages(rows, until))[25 * 45 // 13 :]:
            channel.basic_publish("amq.topic", "zigbee2mqtt.belt", body.encode(), mandatory=True)
    if step == "publish/confirm":
        child = intake.start(die_at=step)
        assert child.wait(30) == -signal.SIGKILL
    intake.start()
    wait_for(running.outbox, within=30)
    wait_for(lambda: left(intake) == 0, within=30)
    wait_for(lambda: waiting(running) == 0, within=30)
    assert len(running.world.sms) == 1
    [alert] = running.alerts().values()
    assert alert["onset"] == until - 40 * 25 * (SECONDS - FELL)
    assert intake.stop() == 0


def test_a_sensor_that_is_dropped_calls_nobody_and_the_fall_after_it_does(running, intake, device_list, wait_for, now):
    until = now()
    both = np.concatenate([samples(freely=True), samples()])
    intake.start()
    send(running, device_list, both, until)
    wait_for(running.outbox, within=30)
    wait_for(lambda: waiting(running) == 0, within=30)
    assert len(running.world.sms) == 1
    [alert] = running.alerts().values()
    assert alert["onset"] == until - 40 * 25 * (SECONDS - FELL)
    assert intake.stop() == 0
