"""The second scale of SpO2: for who has prescribed limits of it, while one of them is in force without a gap. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from analysis_service.clock import shown
from analysis_service.problems import INVALID, Problem
from chevet.news2 import Scale
from chevet.prescriptions import held_until
from chevet.sheet import PatientLimit

CODE_1, CODE_2 = int(Scale.ONE), int(Scale.TWO)
_FOR_WHOM = "scale 2 is for a patient who has prescribed limits of SpO2 of their own"


def lapsed_at(decided: int, signed: Sequence[PatientLimit], now: int) -> int | None:
    """When the last of the prescriptions ended that a decision for scale 2 rests on; None while it holds.

    From then on scale 1 counts. A prescription that is signed later does not bring the decision back.
    """
    end = held_until(signed, decided)
    return end if end <= now else None


def require_prescribed(at: int, signed: Sequence[PatientLimit], now: int) -> None:
    """Raises Problem 422 where scale 2, decided at `at`, would not hold now."""
    if held_until(signed, now) <= now:
        raise Problem(INVALID, f"value: expected 1: {_FOR_WHOM}, and this one has none", field="value")
    if lapsed_at(at, signed, now) is not None:
        since = min(one.from_ms for one in signed if held_until(signed, one.from_ms) > now)
        raise Problem(
            INVALID, f"observed_ms: expected {shown(since)} or later: {_FOR_WHOM}, got {shown(at)}", field="observed_ms"
        )
