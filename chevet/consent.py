"""What a patient can grant: the values of a vital, the general state, and alerts in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from chevet.vitals import VITALS

STATE, ALERTS = "state", "alerts"
VITAL_SIGNALS: tuple[str, ...] = tuple(vital.key for vital in VITALS)
SIGNALS: tuple[str, ...] = (*VITAL_SIGNALS, STATE, ALERTS)


def ordered(signals: Iterable[str]) -> tuple[str, ...]:
    """`signals` once each and in one order. Raises ValueError with the one that cannot be granted."""
    wanted = frozenset(signals)
    unknown = sorted(wanted - frozenset(SIGNALS))
    if unknown:
        raise ValueError(f"expected vitals such as {SIGNALS[0]}, {STATE} or {ALERTS}, got {unknown[0][:40]!r}")
    return tuple(signal for signal in SIGNALS if signal in wanted)
