"""What a kill forgets: nothing. What it repeats: only an SMS between hand-over and record."""

from __future__ import annotations

import signal
import time
from datetime import datetime
from zoneinfo import ZoneInfo

LOW, WELL = [84.0] * 8, [97.0] * 8
LOCAL, FIRST, SECOND = "+33600000000", "+33600000001", "+33600000002"
TWENTY_MINUTES = 20 * 60 * 1000


def kill(child):
    child.kill()
    child.wait()


def sentinel(house, wait_for, now, messages):
    """An SMS about somebody else's oximeter: whatever was to come before it has come."""
    house.publish(house.readings(LOW, until=now(), device="sentinel"))
    wait_for(lambda: any("sentinel" in one["device"] for one in house.alerts().values()))
    wait_for(lambda: len(house.world.sms) >= messages)


def killed_inside_a_desaturation(house, wait_for, now, meanwhile):
    house.live_by()
    child = house.ready()
    began = now() - TWENTY_MINUTES
    begun = house.readings([84.0] * 3, until=began + 20_000)
    house.publish(begun)
    wait_for(lambda: house.has_seen(begun[-1].sequence))
    kill(child)
    house.publish(house.readings(meanwhile, until=now(), every=(TWENTY_MINUTES - 30_000) / len(meanwhile) / 1000))
    return began


def test_killed_for_20_minutes_in_a_desaturation_that_goes_on_calls_once_within_5_s_and_says_since_when(
    house, wait_for, now
):
    began = killed_inside_a_desaturation(house, wait_for, now, [84.0] * 117)
    restarted = time.monotonic()
    house.start()
    [sms] = wait_for(lambda: house.world.sms)
    assert sms["at"] - restarted <= 5
    since = datetime.fromtimestamp(began / 1000, ZoneInfo("Europe/Paris"))
    assert f"since {since:%H:%M}" in sms["message"] or f"since {since:%d/%m %H:%M}" in sms["message"]
    [alert] = wait_for(lambda: list(house.alerts().values()))
    assert (alert["onset"], alert["late"], alert["cleared_at"]) == (began, False, None)
    sentinel(house, wait_for, now, messages=2)
    assert len(house.world.sms) == 2


def test_killed_for_20_minutes_in_a_desaturation_that_ended_calls_nobody_and_registers_a_late_alert(
    house, wait_for, now
):
    began = killed_inside_a_desaturation(house, wait_for, now, [84.0] * 60 + [97.0] * 57)
    house.start()
    [alert] = wait_for(lambda: list(house.alerts().values()))
    assert (alert["onset"], alert["late"], alert["attempts"]) == (began, True, [])
    assert alert["cleared_at"] > began
    sentinel(house, wait_for, now, messages=1)
    assert len(house.world.sms) == 1


def test_killed_after_the_first_sms_calls_the_next_contact_when_the_lease_is_over_and_nobody_twice(
    house, wait_for, now
):
    house.live_by(lease_seconds=5)
    child = house.ready()
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: house.said("an SMS was handed"))
    kill(child)
    house.start()
    first, second = wait_for(lambda: house.world.sms if len(house.world.sms) == 2 else None)
    assert (first["to"], second["to"]) == (FIRST, SECOND)
    assert second["at"] - first["at"] >= 5
    [alert] = wait_for(lambda: [one for one in house.alerts().values() if len(one["attempts"]) == 2])
    assert not any(one["repeated"] for one in alert["attempts"])


def test_killed_between_state_and_ack_calls_once_under_one_id(house, wait_for, now):
    house.live_by()
    child = house.ready(die_at="state/ack")
    house.publish(house.readings(LOW, until=now()))
    assert child.wait(10) == -signal.SIGKILL
    assert house.world.sms == []
    house.start()
    [sms] = wait_for(lambda: house.world.sms)
    [alert] = wait_for(lambda: list(house.alerts().values()))
    assert sms["to"] == FIRST
    assert [one["repeated"] for one in alert["attempts"]] == [False]
    sentinel(house, wait_for, now, messages=2)
    assert len(house.world.sms) == 2


def test_killed_between_hand_over_and_record_repeats_the_same_sms_and_says_so(house, wait_for, now):
    house.live_by()
    child = house.ready(die_at="SMS handed/recorded")
    house.publish(house.readings(LOW, until=now()))
    assert child.wait(10) == -signal.SIGKILL
    assert len(house.world.sms) == 1
    house.start()
    once, again = wait_for(lambda: house.texts() if len(house.texts()) == 2 else None)
    assert once == again
    [alert] = wait_for(lambda: [one for one in house.alerts().values() if one["attempts"]])
    [attempt] = alert["attempts"]
    assert attempt["repeated"]
    assert attempt["reference"] in once[1]


def test_killed_between_hand_over_and_record_of_what_is_over_repeats_nothing(house, wait_for, now):
    house.live_by()
    child = house.ready(die_at="SMS handed/recorded")
    house.publish(house.readings(LOW, until=now() - 90_000))
    assert child.wait(10) == -signal.SIGKILL
    house.publish(house.readings(WELL, until=now()))
    house.start()
    [alert] = wait_for(lambda: [one for one in house.alerts().values() if one["attempts"]])
    [attempt] = alert["attempts"]
    assert attempt["outcome"] == "failed"
    assert "not known" in attempt["detail"]
    assert not alert["late"]
    sentinel(house, wait_for, now, messages=2)
    assert len(house.world.sms) == 2


def test_a_restart_without_its_broker_calls_by_what_is_on_disk(house, wait_for, now, free_port):
    house.live_by()
    house.world.phone = 500
    child = house.ready(die_at="SMS handed/recorded")
    house.publish(house.readings(LOW, until=now()))
    assert child.wait(10) == -signal.SIGKILL
    house.world.phone = 200
    restarted = time.monotonic()
    house.start(broker_url=f"amqp://g01:secret@127.0.0.1:{free_port()}/g01")
    [sms] = wait_for(lambda: house.world.sms)
    assert sms["to"] == FIRST
    assert sms["at"] - restarted <= 5


def test_a_restart_without_the_service_calls_by_the_sheet_on_disk(house, wait_for, now, free_port):
    house.live_by()
    kill(house.ready())
    house.publish(house.readings(LOW, until=now()))
    restarted = time.monotonic()
    house.start(server_url=f"http://127.0.0.1:{free_port()}")
    [sms] = wait_for(lambda: house.world.sms)
    assert sms["to"] == FIRST
    assert sms["at"] - restarted <= 5


def test_sigterm_in_the_middle_of_a_hand_over_waits_for_the_sender_and_nothing_is_repeated(house, wait_for, now):
    house.live_by()
    house.world.hang = 1
    child = house.ready()
    house.publish(house.readings(LOW, until=now()))

    def handing():
        with house.disk() as database:
            return [state for (state,) in database.execute("SELECT state FROM cases") if '"handing": {' in state]

    wait_for(handing)
    child.terminate()
    assert child.wait(10) == 0
    house.start()
    alert = wait_for(lambda: [one for one in house.alerts().values() if one["attempts"]])[0]
    assert [(one["outcome"], one["repeated"]) for one in alert["attempts"]] == [("handed", False)]
    assert [one["to"] for one in house.world.sms] == [FIRST]


def test_sigterm_ends_it_well_and_its_state_is_for_its_user_alone(house, wait_for, now):
    house.live_by()
    child = house.ready()
    child.terminate()
    assert child.wait(10) == 0
    files = list((house.folder / "state").iterdir())
    assert {file.name for file in files} >= {"urgent.sqlite"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
