"""From readings on the bus to an SMS on a phone and an alert in the outbox, through the real process and broker."""

from __future__ import annotations

LOW = [84.0] * 8


def test_a_desaturation_is_called_about_and_then_registered(running, wait_for, now):
    running.publish(running.readings(LOW, until=now()))
    [sms] = wait_for(lambda: running.world.sms)
    assert sms["to"] == "+33600000001"
    assert "oxygen saturation 84 % (limit 88) since " in sms["message"]
    [alert] = wait_for(running.outbox)
    assert alert["severity"] == "high"
    assert alert["rule"] == "oxygen_saturation.low"
    [attempt] = alert["attempts"]
    assert attempt["outcome"] == "handed"
    assert attempt["reference"] in sms["message"]
