"""From readings on the bus to an SMS on a phone and an alert in the outbox, through the real process and broker."""

from __future__ import annotations

import resource
from itertools import pairwise
from urllib.request import urlopen

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exporters.gateway.intake.spool import NAME, Spool

LOW, WELL = [84.0] * 8, [97.0] * 8
LOCAL, FIRST, SECOND = "+33600000000", "+33600000001", "+33600000002"


def called(house):
    return [one["to"] for one in house.world.sms]


def test_a_desaturation_is_called_about_and_then_registered(running, wait_for, now):
    running.publish(running.readings(LOW, until=now()))
    [sms] = wait_for(lambda: running.world.sms)
    assert sms["to"] == FIRST
    assert "oxygen saturation 84 % (limit 88) since " in sms["message"]
    [alert] = wait_for(running.outbox)
    assert (alert["severity"], alert["rule"], alert["late"]) == ("high", "oxygen_saturation.low", False)
    [attempt] = alert["attempts"]
    assert attempt["outcome"] == "handed"
    assert attempt["reference"] in sms["message"]


def test_what_it_did_stands_at_its_metrics(running, wait_for, now):
    running.publish(running.readings(LOW, until=now()))
    wait_for(lambda: running.said("an SMS was handed"))
    with urlopen(f"http://{running.settings['CHEVET_METRICS_ADDRESS']}/metrics") as answer:
        shown = answer.read().decode()
    assert 'chevet_sms_attempts_total{outcome="handed"} 1.0' in shown
    assert 'chevet_urgent_alerts_total{kind="clinical",severity="high"} 1.0' in shown
    assert "chevet_urgent_catching_up 0.0" in shown
    assert "chevet_sms_nobody 0.0" in shown


def test_with_no_number_and_no_sheet_the_alert_is_registered_and_the_lack_is_shown(house, wait_for, now):
    house.start(local_number="")
    wait_for(lambda: house.said("reading what waited"))
    house.publish(house.readings(LOW, until=now()))
    [alert] = wait_for(house.outbox)
    assert alert["attempts"] == []
    assert house.said("there is no number or no sender")


def test_the_probe_taken_off_in_the_middle_of_an_alarm_leaves_it_standing_and_calling(house, wait_for, now):
    house.live_by(lease_seconds=3)
    house.ready()
    house.publish(house.readings(LOW, until=now() - 200_000))
    wait_for(lambda: house.world.sms)
    house.publish(house.readings([None] * 36, until=now() + 150_000))
    rules = {"oxygen_saturation.low", "oxygen_saturation.check"}
    alerts = wait_for(lambda: found if len(found := house.alerts()) == 2 else None)
    assert {one["rule"] for one in alerts.values()} == rules
    assert all(one["cleared_at"] is None for one in alerts.values())
    wait_for(lambda: len(house.world.sms) == 2)
    assert called(house) == [FIRST, SECOND]


def test_the_next_contact_is_called_when_nobody_took_it_within_the_lease(house, wait_for, now):
    house.live_by(lease_seconds=1)
    house.ready()
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: len(house.world.sms) == 3)
    assert called(house)[:3] == [FIRST, SECOND, FIRST]
    assert all(later["at"] - before["at"] >= 1 for before, later in pairwise(house.world.sms))
    assert "votre proche" in house.world.sms[1]["message"]  # the second contact was granted no signal


def test_nobody_more_is_called_when_a_named_human_took_it(house, wait_for, now):
    house.live_by(lease_seconds=6)
    house.ready()
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: house.world.sms)
    [alert] = wait_for(house.outbox)
    house.world.taken.add(alert["id"])
    wait_for(lambda: house.said("an alert was taken"))
    house.publish(house.readings(LOW, until=now(), device="another"))
    wait_for(lambda: len(house.world.sms) >= 3, within=20)  # the other one's second call, after the lease of the first
    references = [one["message"].rpartition(" ")[2].partition("-")[0] for one in house.world.sms]
    assert references.count(alert["id"][:6].upper()) == 1


def test_nobody_is_called_when_it_was_taken_while_its_readings_were_too_old_to_call_about(house, wait_for, now):
    house.live_by()
    house.ready()
    house.publish(house.readings(LOW, until=now() - 600_000))
    [alert] = wait_for(house.outbox)
    house.world.taken.add(alert["id"])
    wait_for(lambda: house.said("an alert was taken"))
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: house.has_seen(16))
    house.publish(house.readings(LOW, until=now(), device="another"))
    wait_for(lambda: house.world.sms)
    assert [one for one in house.world.tried if alert["id"][:6].upper() in one["message"]] == []


def test_nobody_more_is_called_when_all_is_well_again(house, wait_for, now):
    house.live_by(lease_seconds=3)
    house.ready()
    house.publish(house.readings(LOW, until=now() - 80_000))
    wait_for(lambda: house.world.sms)
    house.publish(house.readings(WELL, until=now()))
    cleared = wait_for(lambda: [one for one in house.outbox() if one["cleared_at"]])
    assert not cleared[0]["late"]
    house.publish(house.readings(LOW, until=now(), device="another"))
    wait_for(lambda: len(house.world.sms) == 3)
    assert called(house) == [FIRST, FIRST, SECOND]


def test_a_sender_that_is_down_is_followed_by_the_next_channel_and_every_try_is_recorded(house, wait_for, now):
    house.live_by()
    broken = f"json://{house.http}/broken?:to={{number}}"
    house.ready(sms_urls=f"{broken},{house.settings['CHEVET_SMS_URLS']}")
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: house.world.sms)
    alert = wait_for(lambda: [one for one in house.outbox() if len(one["attempts"]) == 2])[0]
    assert [(one["channel"], one["outcome"]) for one in alert["attempts"]] == [
        ("1 json", "failed"),
        ("2 json", "handed"),
    ]
    assert called(house) == [FIRST]


def test_every_contact_is_tried_until_the_sender_is_back(house, wait_for, now):
    house.live_by()
    house.world.phone = 503
    house.ready()
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: len(house.world.tried) >= 3)
    house.world.phone = 200
    wait_for(lambda: house.world.sms)
    tried = [one["to"] for one in house.world.tried]
    assert tried[:3] == [FIRST, SECOND, FIRST]
    assert [one["message"].rpartition("-")[2] for one in house.world.tried] == [str(n + 1) for n in range(len(tried))]


def test_registration_does_not_wait_for_a_sender_that_hangs(house, wait_for, now):
    house.live_by()
    house.world.hang = 8
    house.ready()
    house.publish(house.readings(LOW, until=now()))
    [alert] = wait_for(house.outbox, within=6)
    assert alert["attempts"] == []
    assert house.world.tried == []


def test_a_message_that_cannot_be_read_is_set_aside_with_its_reason(running, wait_for, now):
    stranger = running.readings([84.0], until=now(), gateway="g02")
    running.publish(stranger + running.readings([84.0], until=253_402_300_800_000))
    with running.channel() as channel:
        channel.basic_publish("chevet.urgent", "oxygen_saturation.x", b"{", mandatory=True)

        def dead():
            return channel.basic_get("dead.urgent.oxygen_saturation", auto_ack=True)

        reasons = []
        while len(reasons) < 3:
            _, properties, _ = wait_for(lambda: got if (got := dead())[0] else None)
            reasons.append(properties.headers["reason"])
    assert any("gateway: expected 'g01', got 'g02'" in one or "gateway: expected g01" in one for one in reasons)
    assert any("message: expected JSON" in one for one in reasons)
    assert any("measured_at: expected a day before 10000" in one for one in reasons)


def test_no_telephone_number_is_ever_written_to_the_log(running, wait_for, now):
    running.world.phone = 500
    running.publish(running.readings(LOW, until=now()))
    wait_for(lambda: len(running.world.tried) >= 2)
    wait_for(lambda: running.said("an SMS was failed"))
    assert "336000" not in (running.folder / "log").read_text()


def test_a_disk_that_takes_nothing_more_stops_no_call(house, wait_for, now):
    house.live_by(lease_seconds=1)
    child = house.ready()
    largest = max(file.stat().st_size for file in (house.folder / "state").glob("urgent.sqlite*"))
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (largest, largest))  # no file grows any more
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: len(house.world.sms) == 3)
    assert called(house) == [FIRST, SECOND, FIRST]
    assert child.poll() is None


def test_while_the_broker_is_away_what_intake_holds_is_read_from_its_spool(house, wait_for, now, way_to):
    house.live_by()
    way = way_to(house.amqp_url)
    house.ready(broker_url=way.url)
    readings = house.readings(LOW, until=now())
    house.publish(readings[:2])
    wait_for(lambda: house.has_seen(2))
    way.cut()
    wait_for(lambda: house.said("does not answer"))
    spool = Spool(house.folder / "state" / NAME, 2**24)
    with spool.transaction():
        spool.add(b"1", readings)
    wait_for(lambda: house.world.sms)
    assert called(house) == [FIRST]
    spool.close()


class TestSheet:
    """Whose relatives are called."""

    def test_without_any_sheet_the_local_number_is_called_and_learns_no_value(self, house, wait_for, now):
        house.start()
        wait_for(lambda: house.said("reading what waited"))
        house.publish(house.readings(LOW, until=now()))
        wait_for(lambda: house.world.sms)
        assert called(house) == [LOCAL]
        assert "84" not in house.world.sms[0]["message"].partition("Ref")[0]

    def test_after_its_end_only_the_local_number_is_called(self, house, wait_for, now):
        house.live_by(until_ms=now() - 1000)
        house.ready()
        house.publish(house.readings(LOW, until=now()))
        wait_for(lambda: house.world.sms)
        assert called(house) == [LOCAL]

    def test_a_tampered_one_is_refused_and_the_old_one_stays(self, house, wait_for, now, sheet_of):
        house.live_by()
        first = house.ready()
        first.kill()
        first.wait()
        head, body, signature = house.sign(sheet_of(assignment="a2", contacts=())).split(".")
        house.world.sheet = ".".join((head, body[:-6] + "AAAAAA", signature))
        house.start()
        wait_for(lambda: house.said("a sheet is refused and the old one stays"))
        house.publish(house.readings(LOW, until=now()))
        wait_for(lambda: house.world.sms)
        assert called(house) == [FIRST]

    def test_a_file_that_somebody_changed_has_not_changed_whom_we_call(self, house, wait_for, now, sheet_of):
        house.live_by()
        first = house.ready()
        first.kill()
        first.wait()
        house.world.sheet = ""
        house.key = Ed25519PrivateKey.generate()
        forged = house.sign(sheet_of())
        with house.disk() as database:
            database.execute("UPDATE sheet SET token = ?", (forged,))
        house.start()
        wait_for(lambda: house.said("the sheet on disk is not used"))
        house.publish(house.readings(LOW, until=now()))
        wait_for(lambda: house.world.sms)
        assert called(house) == [LOCAL]

    def test_another_assignment_drops_the_calls_of_the_one_before(self, house, wait_for, now, sheet_of):
        house.live_by(lease_seconds=2)
        first = house.ready()
        house.world.phone = 500
        house.publish(house.readings(LOW, until=now()))
        wait_for(lambda: house.world.tried)
        first.kill()
        first.wait()
        tried = len(house.world.tried)
        house.world.phone = 200
        house.live_by(assignment="a2", lease_seconds=2)
        house.start(sms_urls=f"json://{house.http}/other?:to={{number}}")
        wait_for(lambda: house.said("pending calls are dropped"))
        house.publish(house.readings(LOW, until=now(), device="another"))
        wait_for(lambda: len(house.world.sms) >= 2)
        old = house.world.tried[0]["message"].rpartition(" ")[2].partition("-")[0]
        assert tried >= 1
        assert [one for one in house.texts() if old in one[1]] == []
