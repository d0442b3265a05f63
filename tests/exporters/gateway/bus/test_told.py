"""The times of an alert, moved by what the clocks were off by which they were told."""

from __future__ import annotations

import json

import pytest

from chevet.alerts import Alert
from exporters.gateway.bus.told import ONSET, SINCE, restated, segments_of

ALERT = {"id": "a1", "onset": 1000, "declared_at": 2000, "cleared_at": 5000, "attempts": [{"number": 1, "at": 3000}]}
AN_ALERT = {
    "id": "afe0dbac-d83a-5354-8e3c-cc7ea2142499",
    "gateway": "g01",
    "device": "ox",
    "rule": "oxygen_saturation.low",
    "vital": "oxygen_saturation",
    "kind": "clinical",
    "severity": "high",
    "value": 84.0,
    "limit": 88.0,
}
"""What the service refuses where its end comes before its onset."""

BODY = json.dumps(ALERT).encode()
OFFSETS = {"b1.1": 100_000, "b1.2": 107_000, "b1.3": 0}


def test_each_time_is_moved_by_the_clock_that_it_was_told_by() -> None:
    moved = json.loads(restated(BODY, {ONSET: "b1.1", SINCE: "b1.2"}, OFFSETS.__getitem__))
    assert moved == ALERT | {
        "onset": 101_000,
        "declared_at": 102_000,
        "cleared_at": 112_000,
        "attempts": [{"number": 1, "at": 110_000}],
    }


@pytest.mark.parametrize("headers", [{}, {ONSET: "b1.3", SINCE: "b1.3"}, {ONSET: "", SINCE: "b1.3"}])
def test_where_nothing_is_to_be_moved_the_bytes_stay_as_they_are(headers: dict[str, str]) -> None:
    assert restated(BODY, headers, OFFSETS.__getitem__) is BODY


def test_an_end_that_the_wrong_clock_told_does_not_come_before_the_onset() -> None:
    moved = json.loads(restated(BODY, {ONSET: "b1.1", SINCE: "b1.3"}, OFFSETS.__getitem__))
    assert (moved["onset"], moved["cleared_at"]) == (101_000, 101_000)
    Alert.from_dict(AN_ALERT | {name: moved[name] for name in ("onset", "declared_at", "cleared_at")})


def test_what_has_no_time_stays_without_one() -> None:
    body = json.dumps({"onset": 0, "cleared_at": None, "attempts": [None], "declared_at": "x"}).encode()
    moved = json.loads(restated(body, {ONSET: "b1.1", SINCE: "b1.1"}, OFFSETS.__getitem__))
    assert moved == {"onset": 100_000, "cleared_at": None, "attempts": [None], "declared_at": "x"}


def test_an_alert_names_its_clocks() -> None:
    assert segments_of({ONSET: "b1.1", SINCE: "b1.2", "other": "x"}) == {"b1.1", "b1.2"}
    assert segments_of({ONSET: "", SINCE: None}) == set()
