"""Each episode, played in a home, is answered by exactly the alerts that its truth expects."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from chevet.detection import Change, Detector
from chevet.readings import Quality, Reading
from chevet.rules import OF_VITAL
from chevet.signals import SignalDetector
from chevet.zigbee import values_of
from simulators.devices import DEVICES
from simulators.episodes import EPISODES, Episode
from simulators.patients import patient
from simulators.payloads import Report, reports
from simulators.script import Occurrence, occurrence
from simulators.truths import HOME, nadir, truths

NOON = 1_777_852_800.0 + 11.5 * 3600
SEED = 7
HOMELY = [row for row in EPISODES if row.name not in ("wrong-clock", "link-down")]


def played(one: Occurrence) -> list[Report]:
    return reports(DEVICES, patient(SEED), NOON - 1800, one.over + 3600, (one,))


def readings(sent: Iterable[Report]) -> list[Reading]:
    found: list[Reading] = []
    for report in sent:
        for vital, value, quality in values_of(report.device.row, report.payload):
            found.append(
                Reading(
                    gateway="g01",
                    device=report.device.name,
                    vital=vital,
                    value=value,
                    measured_at=report.payload["last_seen"],
                    segment="s",
                    run="r",
                    sequence=len(found),
                    quality=quality,
                    origin="zigbee2mqtt",
                )
            )
    return found


def raised(all_readings: Iterable[Reading]) -> set[tuple[str, str, str]]:
    """Device, rule and highest severity of every alarm, clinical and technical."""
    detectors: dict[tuple[str, str], list[Detector]] = {}
    signals: dict[tuple[str, str], SignalDetector] = {}
    found: dict[tuple[str, str], str] = {}
    for reading in all_readings:
        key = (reading.device, reading.vital)
        signal = signals.setdefault(key, SignalDetector(reading.vital))
        changes = [*signal.at(reading.measured_at), *signal.step(reading)]
        for detector in detectors.setdefault(key, [Detector(rule) for rule in OF_VITAL[reading.vital]]):
            changes += detector.step(reading)
        for change in changes:
            if change.change in (Change.RAISED, Change.AMENDED):
                known = found.get((reading.device, change.rule))
                found[reading.device, change.rule] = "high" if known == "high" else change.severity.value
    return {(device, rule, severity) for (device, rule), severity in found.items()}


@pytest.mark.parametrize("row", HOMELY, ids=lambda row: row.name)
def test_an_episode_raises_exactly_what_its_truth_expects(row: Episode) -> None:
    one = occurrence(row.name, NOON)
    expected = {
        (line["device"], alert["rule"], alert["severity"])
        for line in truths(one, DEVICES, "ended")
        for alert in line["alerts"]
    }
    assert raised(readings(played(one))) == expected
    assert bool(expected) is bool(row.expects)


@pytest.mark.parametrize("row", [row for row in EPISODES if row.effects], ids=lambda row: row.name)
def test_the_nadir_in_the_truth_is_the_furthest_value_that_was_sent(row: Episode) -> None:
    one = occurrence(row.name, NOON)
    told = readings(played(one))
    for line in truths(one, DEVICES, "ended"):
        device = next(device for device in DEVICES if device.name == line["device"])
        within = [
            reading.value
            for reading in told
            if (reading.device, reading.vital) == (line["device"], line["vital"])
            and line["start"] <= reading.measured_at <= line["over"]
            and reading.quality is Quality.GOOD
            and reading.value is not None
        ]
        falls = row.effects[0].target < within[-1]
        assert nadir(one, device, patient(SEED), line["vital"], (one,)) == (min if falls else max)(within)
        assert (min if falls else max)(within) == pytest.approx(row.effects[0].target, rel=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_a_day_without_episodes_raises_nothing(seed: int) -> None:
    quiet = reports(DEVICES, patient(seed), NOON, NOON + 86400)
    assert raised(readings(quiet)) == set()


def test_a_desaturation_quickens_the_heart_but_not_beyond_its_own_limit() -> None:
    one = occurrence("deep-desaturation", NOON)
    hearts = {
        when: [
            reading.value
            for reading in readings(played(one))
            if (reading.device, reading.vital) == ("chest-strap", "heart_rate")
            and within(reading.measured_at / 1000)
            and reading.value is not None
        ]
        for when, within in {
            "before": lambda at: at < one.start,
            "during": lambda at: one.start + 60 < at < one.end,
        }.items()
    }
    assert min(hearts["during"]) > max(hearts["before"])
    assert max(hearts["during"]) < 111


def test_a_silent_sensor_sends_nothing_while_the_others_go_on() -> None:
    one = occurrence("sensor-silent", NOON)
    during = [report for report in played(one) if one.start <= report.at < one.end]
    assert {report.device.name for report in during} >= {"chest-strap", "accelerometer"}
    assert "oximeter" not in {report.device.name for report in during}


def test_a_battery_falls_to_nothing_before_its_device_is_silent() -> None:
    one = occurrence("flat-battery", NOON)
    sent = [report for report in played(one) if report.device.name == "oximeter"]
    falling = [report.payload["battery"] for report in sent if one.start <= report.at < one.end]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] < 15
    assert not [report for report in sent if one.start + 130 < report.at < one.end]


def test_a_probe_that_is_off_says_so_and_gives_a_marker_of_its_model() -> None:
    one = occurrence("probe-off", NOON)
    off = [report.payload for report in played(one) if one.start < report.at < one.end]
    oximeter = [payload for payload in off if "spo2" in payload]
    assert oximeter
    assert all(payload["contact"] is False for payload in oximeter)
    assert {payload["spo2"] for payload in oximeter} <= {0, 0x8000, 127, "leads off", "searching"}


def test_a_wrong_clock_shifts_last_seen_and_nothing_else() -> None:
    one = occurrence("wrong-clock", NOON)
    right = {
        (report.at, report.device.name): report.payload for report in reports(DEVICES, patient(SEED), NOON, one.end)
    }
    for report in reports(DEVICES, patient(SEED), NOON, one.end - 0.001, (one,)):
        usual = right[report.at, report.device.name]
        assert report.payload["last_seen"] - usual["last_seen"] == 7_200_000
        assert report.payload | {"last_seen": 0} == usual | {"last_seen": 0}


def test_a_link_that_is_down_is_a_truth_about_the_home() -> None:
    lines = truths(occurrence("link-down", NOON), DEVICES, "started")
    assert [(line["device"], line["vital"], line["alerts"]) for line in lines] == [(HOME, "", [])]


def test_an_episode_that_is_too_short_expects_no_alert() -> None:
    lines = truths(occurrence("probe-off", NOON, lasts=60), DEVICES, "ended")
    assert [line["alerts"] for line in lines] == [[], []]
