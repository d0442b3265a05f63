"""What can be granted."""

from __future__ import annotations

import pytest

from chevet.consent import SIGNALS, ordered


def test_what_can_be_granted_is_each_vital_the_state_and_the_alerts() -> None:
    assert SIGNALS[0] == "heart_rate"
    assert SIGNALS[-2:] == ("state", "alerts")
    assert len(SIGNALS) == 15


def test_signals_stand_once_and_in_one_order() -> None:
    assert ordered(["alerts", "heart_rate", "alerts"]) == ("heart_rate", "alerts")


def test_what_cannot_be_granted_is_named() -> None:
    with pytest.raises(ValueError, match="expected vitals such as heart_rate, state or alerts, got 'mood'"):
        ordered(["heart_rate", "mood"])
