"""Which SMS are expected follows from the log alone."""

from __future__ import annotations

from bench.calls import Alarm, alarms, compared, reference
from bench.produced import Produced
from chevet.alerts import alert_id

NOW = 1_800_000_000_000


def glucose(seconds: float, value: float, *, sent: bool = True, age: float = 0, quality: str = "good") -> Produced:
    at = NOW + round(seconds * 1000)
    return Produced(
        device="g",
        vital="glucose_sensor",
        at=at,
        value=value,
        quality=quality,
        logged=at / 1000 + age,
        sent=sent,
    )


def sms(alarm: Alarm, number: int = 1) -> str:
    name = str(alert_id("g01", alarm.device, "glucose_sensor.low", alarm.lows[0]))[:6].upper()
    return f"Chevet: glucose (sensor) 47 mg/dL (limit 54) since 10:00. Please go and see. Ref {name}-{number}"


def test_54_is_no_alarm_and_53_is_one() -> None:
    assert not alarms([glucose(0, 54)])
    assert len(alarms([glucose(0, 53)])) == 1


def test_an_alarm_goes_on_until_a_minute_was_calm() -> None:
    calm = [glucose(seconds, 90) for seconds in (10, 40, 69.999)]
    assert len(alarms([glucose(0, 50), *calm, glucose(69.9995, 50)])) == 1
    assert len(alarms([glucose(0, 50), *calm, glucose(70, 90), glucose(71, 50)])) == 2


def test_just_inside_the_limit_is_not_calm() -> None:
    near = [glucose(seconds, 58.9) for seconds in (10, 70, 140)]
    assert len(alarms([glucose(0, 50), *near, glucose(150, 50)])) == 1


def test_what_never_reached_the_broker_or_is_old_or_suspect_calls_nobody() -> None:
    assert not alarms([glucose(0, 50, sent=False)])
    assert not alarms([glucose(0, 50, age=1200)])
    assert not alarms([glucose(0, 50, quality="suspect")])


def test_an_sms_answers_an_alarm_whichever_of_its_low_readings_came_first() -> None:
    (alarm,) = alarms([glucose(0, 50), glucose(4, 49)])
    late = Alarm("g", alarm.lows[1:])
    for one in (alarm, late):
        called = compared("g01", [alarm], [sms(one)])
        assert (called.sent, called.missing, called.odd, called.repeated) == (1, (), (), 0)


def test_a_missing_a_repeated_and_an_unexplained_sms_are_told_apart() -> None:
    first, second = alarms([glucose(0, 50), glucose(10, 90), glucose(70, 90), glucose(80, 50)])
    stranger = Alarm("other", [NOW])
    called = compared("g01", [first, second], [sms(first), sms(first), sms(stranger)])
    assert called.missing == (second,)
    assert called.repeated == 1
    assert len(called.odd) == 1


def test_the_second_message_of_one_alarm_is_no_repeat() -> None:
    (alarm,) = alarms([glucose(0, 50)])
    called = compared("g01", [alarm], [sms(alarm, 1), sms(alarm, 2)])
    assert (called.sent, called.repeated) == (1, 0)


def test_a_reference_is_read_in_french_too() -> None:
    assert reference("… Réf 0A1B2C-3") == ("0A1B2C", 3)
    assert reference("no reference") is None
