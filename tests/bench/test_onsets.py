"""The deciding reading decides: not the one before it, by the domain's own detectors."""

from __future__ import annotations

import pytest

from bench.onsets import KINDS, Onset, Payload, bridge_devices, onsets, quantile, scheduled
from chevet.alerts import alert_id
from chevet.detection import Detector, Transition
from chevet.readings import Reading
from chevet.rules import RULES
from chevet.severities import Severity
from chevet.zigbee import BY_MODEL, values_of

DECIDED = 1_800_000_000_000


def stepped(detector: Detector, onset: Onset, payloads: list[Payload]) -> list[Transition]:
    found = []
    for number, payload in enumerate(payloads):
        for vital, value, quality in values_of(BY_MODEL[onset.kind.model], payload):
            if vital == detector.rule.vital:
                found += detector.step(
                    Reading(
                        gateway="g01",
                        device=onset.device,
                        vital=vital,
                        value=value,
                        measured_at=payload["last_seen"],
                        segment="s",
                        run="r",
                        sequence=number,
                        quality=quality,
                        origin="test",
                    )
                )
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_alarm_begins_with_the_deciding_reading_and_has_the_reference_foretold(kind) -> None:
    onset = Onset(device="d", kind=kind)
    detector = Detector(next(rule for rule in RULES if rule.key == kind.rule))
    payloads = [*onset.leading(DECIDED), onset.deciding(DECIDED)]
    (raised,) = stepped(detector, onset, payloads)
    assert (raised.at, raised.severity) == (DECIDED, Severity.HIGH)
    assert str(alert_id("g01", "d", raised.rule, raised.onset))[:6].upper() == onset.reference("g01", DECIDED)


def test_each_episode_has_a_device_of_its_own_that_is_listed() -> None:
    many = onsets(200)
    assert len({one.device for one in many}) == 200
    assert [row["friendly_name"] for row in bridge_devices(many)] == [one.device for one in many]


def test_episodes_overlap_and_each_minute_goes_out_before_its_deciding_reading() -> None:
    bursts = scheduled("g01", onsets(4), 1_800_000_000.0, [0.1] * 4)
    assert [burst.at for burst in bursts] == sorted(burst.at for burst in bursts)
    assert [bool(burst.reference) for burst in bursts] == [False] * 4 + [True] * 4
    assert len({burst.reference for burst in bursts if burst.reference}) == 4
    assert [len(burst.payloads) for burst in bursts] == [0, 6, 0, 6, 1, 1, 1, 1]
    assert bursts[-1].payloads[0]["last_seen"] == 1_800_000_000_300


def test_a_quantile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 201)]
    assert quantile(values, 0.5) == 100
    assert quantile(values, 0.99) == 198
    assert quantile([3.0], 0.99) == 3.0
