"""How a prescription stands at a time: its state, its limit, and the sentence about what follows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis_service.clock import shown
from analysis_service.limits.schemas import LimitsView, LimitView, State
from analysis_service.limits.tables import PrescriptionRow
from chevet.news2 import SCALE_2_RESTS_ON
from chevet.prescriptions import DEFAULTS, held_until, ladder, step_of
from chevet.severities import Severity, Side
from chevet.sheet import PatientLimit
from chevet.vitals import BY_KEY

PROPOSED, SIGNED, REJECTED, ENDED, EXPIRED = "proposed", "signed", "rejected", "ended", "expired"
OF_A_DOCTOR = (SIGNED, ENDED, EXPIRED)
"""States of what a doctor signed once."""
DAY_MS = 24 * 3600 * 1000
SOON_MS = 7 * DAY_MS
_OVER: tuple[State, ...] = ("ended", "expired", "rejected", "lapsed")


def hours_of(row: PrescriptionRow) -> tuple[int, int] | None:
    """The hours of the day, as they were said."""
    return None if row.from_hour is None or row.to_hour is None else (row.from_hour, row.to_hour)


def end_of(row: PrescriptionRow) -> int:
    """When it is over, be it early."""
    return row.until_ms if row.ended_ms is None else min(row.until_ms, row.ended_ms)


def limits_of(rows: Iterable[PrescriptionRow]) -> tuple[PatientLimit, ...]:
    """The limits as the sheet has them; of what ended before it began there is none."""
    return tuple(limit_of(row) for row in rows if row.from_ms < end_of(row))


def limit_of(row: PrescriptionRow) -> PatientLimit:
    """The limit as the sheet has it. Raises BadSheet."""
    return PatientLimit(
        vital=row.vital,
        side=Side(row.side),
        severity=Severity(row.severity),
        value=row.value,
        from_ms=row.from_ms,
        until_ms=end_of(row),
        hours=hours_of(row),
    )


def state_of(row: PrescriptionRow, now: int) -> State:
    """What it is at `now`, whether or not anybody has noticed."""
    if row.state == PROPOSED:
        return "proposed" if now < row.until_ms else "lapsed"
    if row.state == REJECTED:
        return "rejected"
    if now >= end_of(row):
        return "ended" if row.ended_ms is not None else "expired"
    return "in_force" if row.from_ms <= now else "to_come"


def is_expiring(row: PrescriptionRow, now: int) -> bool:
    """Whether it is in force, and will not be a week from now."""
    return state_of(row, now) == "in_force" and end_of(row) - now <= SOON_MS


def view(row: PrescriptionRow, own: Sequence[PatientLimit], now: int, hour: int) -> LimitView:
    """The prescription for people. `own` is everything that a doctor signed for the patient."""
    side, severity = Side(row.side), Severity(row.severity)
    return LimitView(
        id=row.id,
        patient=row.patient,
        vital=row.vital,
        side=side,
        severity=severity,
        value=row.value,
        default=DEFAULTS[row.vital, side, severity],
        hours=hours_of(row),
        from_ms=row.from_ms,
        until_ms=row.until_ms,
        reason=row.reason,
        state=state_of(row, now),
        says=says(row, own, now, hour),
        version=row.version,
        proposed_by=row.proposed_by,
        proposed_ms=row.proposed_ms,
        signed_by=row.signed_by,
        signed_ms=row.signed_ms,
        ended_ms=row.ended_ms,
    )


def says(row: PrescriptionRow, own: Sequence[PatientLimit], now: int, hour: int) -> str | None:
    """What follows from how it stands: what will hold, or holds, in its place."""
    state = state_of(row, now)
    if state == "lapsed":
        return f"nobody signed it before it was to end, {shown(row.until_ms)}"
    if is_expiring(row, now):
        return f"ends {shown(row.until_ms)}; then {_default(row)}"
    if state not in ("ended", "expired"):
        return None
    over = f"{state} {shown(end_of(row))}; {_instead(row, own, now, hour)}"
    same = [one for one in own if one.vital == row.vital]
    if row.vital != SCALE_2_RESTS_ON or held_until(same, end_of(row)) > now:
        return over
    if held_until(same, now) > now:
        return f"{over}; in between none of this vital was: NEWS2 counts no scale 2 that was decided before"
    return f"{over}; without a prescribed limit of this vital NEWS2 counts on scale 1"


def _instead(row: PrescriptionRow, own: Sequence[PatientLimit], now: int, hour: int) -> str:
    if any(step_of(one) == (row.vital, row.side, row.severity) and one.in_force(now, hour) for one in own):
        rungs = ladder(row.vital, own, now, hour)
        value = next(one.value for one in rungs if (one.side, one.severity) == (row.side, row.severity))
        return f"another prescription of {_written(row, value)} is in force"
    return _default(row)


def _default(row: PrescriptionRow) -> str:
    value = DEFAULTS[row.vital, Side(row.side), Severity(row.severity)]
    return f"the catalogue's limit of {_written(row, value)} is in force again"


def _written(row: PrescriptionRow, value: float) -> str:
    return f"{value:g} {BY_KEY[row.vital].shown_unit}"


def sorted_out(rows: Iterable[PrescriptionRow], now: int, hour: int) -> LimitsView:
    """All prescriptions of one patient, each where it belongs."""
    every = list(rows)
    own = limits_of(row for row in every if row.state in OF_A_DOCTOR)
    by_state: dict[State, list[LimitView]] = {}
    for row in sorted(every, key=lambda row: (row.vital, row.side, row.severity, row.from_ms, row.id)):
        by_state.setdefault(state_of(row, now), []).append(view(row, own, now, hour))
    over = [one for state in _OVER for one in by_state.get(state, [])]
    return LimitsView(
        in_force=by_state.get("in_force", []),
        expiring=[row.id for row in every if is_expiring(row, now)],
        to_come=by_state.get("to_come", []),
        proposed=by_state.get("proposed", []),
        history=sorted(over, key=lambda one: (-(one.ended_ms or one.until_ms), one.id)),
    )
