"""What the ledger says in its last line, and when it complains."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from bench.comparison import StoredWindow
from bench.kills import HANDED
from bench.produced import Produced
from bench.verdict import Evidence, on_air, outcome
from chevet.alerts import alert_id

AT = 1_800_000_000_000


def reading(seconds: float, value: float, *, sent: bool = True) -> Produced:
    at = AT + round(seconds * 1000)
    return Produced(device="g", vital="glucose_sensor", at=at, value=value, quality="good", logged=at / 1000, sent=sent)


def point(value: float) -> StoredWindow:
    window = StoredWindow(mean=value, low=value, high=value)
    window.counts["good"] = 1
    return window


SMS = f"Ref {str(alert_id('g01', 'g', 'glucose_sensor.low', AT))[:6].upper()}-1"
WELL = Evidence(
    produced=[reading(0, 50), reading(4, 90), reading(8, 91, sent=False)],
    left_out=set(),
    windows={("g", "glucose_sensor", AT): point(50), ("g", "glucose_sensor", AT + 4000): point(90)},
    total=2,
    texts=[SMS],
    kills=Counter({HANDED: 1, "service, anywhere": 2}),
    caught=1,
    dead={},
)


def test_the_last_line_has_the_keys_and_adds_up() -> None:
    said = outcome(WELL, "g01", 7)
    assert said.complaints == []
    assert said.result == {
        "produced": 3,
        "stored": 2,
        "lost": 0,
        "duplicated": 0,
        "wrong_windows": 0,
        "on_air": [{"from": "2027-01-15T08:00:08.000+00:00", "until": "2027-01-15T08:00:08.000+00:00", "readings": 1}],
        "kills": 3,
        "kills_by_step": {HANDED: 1, "service, anywhere": 2},
        "sms_expected": 1,
        "sms_sent": 1,
        "sms_repeated": 0,
        "seed": 7,
    }


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (replace(WELL, windows={}, total=0), "2 lost, 0 duplicated, 2 windows wrong; the first: glucose_sensor of g"),
        (replace(WELL, total=3), "the store adds up 3 readings, its samples read one by one are 2"),
        (replace(WELL, texts=[]), "1 SMS missing; the first: g, low at 1800000000000"),
        (replace(WELL, texts=[SMS] * 3), "2 SMS repeated, expected at most 1"),
        (replace(WELL, texts=[SMS, "Ref 000000-1"]), "1 SMS that no alarm in the log explains: 000000"),
        (replace(WELL, left="nothing is on its way: expected within 1 s"), "nothing is on its way"),
        (replace(WELL, dead={"dead.uplink": 2}), "2 messages were set aside in dead.uplink"),
    ],
)
def test_whatever_is_wrong_is_said_in_a_sentence(spoilt: Evidence, said: str) -> None:
    (sentence,) = outcome(spoilt, "g01", 7).complaints
    assert sentence.startswith(said)


def test_one_repeat_for_one_kill_between_hand_over_and_record_is_allowed() -> None:
    said = outcome(replace(WELL, texts=[SMS, SMS]), "g01", 7)
    assert said.complaints == []
    assert (said.result["sms_sent"], said.result["sms_repeated"]) == (1, 1)


def test_what_was_dropped_is_listed_by_stretches_of_time() -> None:
    off = [reading(seconds, 90, sent=False) for seconds in (0, 1, 2.5, 10, 11)]
    assert [stretch["readings"] for stretch in on_air(off)] == [3, 2]
