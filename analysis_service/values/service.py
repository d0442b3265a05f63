"""How somebody is, for whom it is open: values of vitals, the general state, and alerts in plain words."""

from __future__ import annotations

from analysis_service.access.service import Caller, Relations
from analysis_service.alerts.service import PatientAlerts
from analysis_service.clock import Clock
from analysis_service.consent.service import Consents
from analysis_service.problems import FORBIDDEN, INVALID, NOT_FOUND, UNAVAILABLE, Problem
from analysis_service.records.service import Expectations
from analysis_service.values.schemas import Line, PlainAlert, StateView, Text, VitalSeries, VitalView
from analysis_service.values.series import HIGH, LOW, MEAN, Newest, Steps
from analysis_service.values.series import PatientSeries as PatientSeries
from chevet.consent import ALERTS, SIGNALS, STATE
from chevet.general_state import Awaited, OpenAlert, Seen, general_state
from chevet.plain_words import words
from chevet.roles import Reach, Right
from chevet.vitals import BY_KEY, DEVICE_VITALS, Vital

FINEST_STEP = 60
"""Seconds: a window of the catalogue."""
MOST_RANGE_MS = 400 * 86_400_000
"""As long as series are kept."""
MOST_OPEN = 200
EVERYTHING = frozenset(SIGNALS)


class Values:
    """Asked anew each time: what is revoked is not seen any more."""

    def __init__(
        self,
        series: PatientSeries,
        relations: Relations,
        consents: Consents,
        alerts: PatientAlerts,
        expectations: Expectations,
        clock: Clock,
    ) -> None:
        self._series = series
        self._relations = relations
        self._consents = consents
        self._alerts = alerts
        self._expectations = expectations
        self._clock = clock

    async def open_to(self, who: Caller, right: Right, patient: str) -> frozenset[str]:
        """The signals of `patient` that `who` may see by `right`: what was granted, where it is by that alone."""
        if await self._relations.by(who, right, patient) - {Reach.GRANTED}:
            return EVERYTHING
        return await self._consents.signals(who, patient)

    async def vitals(self, who: Caller, patient: str) -> list[VitalView]:
        """The vitals there are that `who` may see: those that came lately, and those that ought to."""
        opened = await self.open_to(who, Right.READ_VITALS, patient)
        seen = [vital for vital in DEVICE_VITALS if vital.key in opened]
        newest = await self._series.newest(patient, [vital.key for vital in seen])
        expected = {one.vital for one in await self._expectations.expected(patient)}
        now = self._clock()
        return [
            _shown(vital, newest.get(vital.key), vital.key in expected, now)
            for vital in seen
            if vital.key in newest or vital.key in expected
        ]

    async def stretch(
        self, who: Caller, patient: str, key: str, from_ms: int | None, until_ms: int | None, points: int
    ) -> VitalSeries:
        """A vital over a stretch of time, the last day where none is named, by at most `points` steps."""
        vital = BY_KEY.get(key)
        if vital is None or not vital.by_device:
            raise Problem(NOT_FOUND, f"vital: expected one such as {DEVICE_VITALS[0].key}, got another", field="vital")
        if key not in await self.open_to(who, Right.READ_VITALS, patient):
            raise Problem(FORBIDDEN, f"vital: expected one that the patient granted, {key} is none", field="vital")
        now = self._clock()
        until = now if until_ms is None else until_ms
        if until > now + MOST_RANGE_MS:
            raise Problem(INVALID, "until_ms: expected at most 400 days from now, got more", field="until_ms")
        steps = steps_of(max(0, until - 86_400_000) if from_ms is None else from_ms, until, points)
        lines = await self._series.lines(patient, vital, steps)
        times = steps.times()
        return VitalSeries(
            vital=key,
            title=Text.model_validate(vital.title),
            unit=vital.shown_unit,
            step_s=steps.every,
            at_ms=times,
            lines=tuple(
                Line(
                    device=device,
                    **{part: tuple(values.get(part, {}).get(at) for at in times) for part in (MEAN, LOW, HIGH)},
                )
                for (_, device), values in sorted(lines.items())
            ),
        )

    async def state(self, who: Caller, patient: str) -> StateView:
        """How `patient` is, with no vital named that `who` may not see."""
        opened = await self.open_to(who, Right.READ_STATE, patient)
        if STATE not in opened:
            raise Problem(FORBIDDEN, "patient: expected one who granted the general state, this one did not")
        alerts = await self._alerts.of(patient, open_only=True, limit=MOST_OPEN)
        open_alerts = tuple(
            OpenAlert(rule=one.rule, vital=one.vital, kind=one.kind, severity=one.severity, taken=bool(one.taken_by))
            for one in alerts
        )
        found = general_state(await self._seen(patient, open_alerts), opened)
        return StateView(
            level=found.level,
            reasons=tuple(Text.model_validate(one) for one in found.reasons),
            taken=found.taken,
            at_ms=self._clock(),
        )

    async def _seen(self, patient: str, alerts: tuple[OpenAlert, ...]) -> Seen:
        """Without Prometheus what the service itself knows is still said: somebody may have to act."""
        awaited = {one.vital for one in await self._expectations.expected(patient)}
        try:
            times = await self._series.times(patient, awaited)
            score, worst = await self._series.news2(patient)
        except Problem as problem:
            if problem.kind is not UNAVAILABLE:
                raise
            return Seen(alerts=alerts, live=False)
        now = self._clock()
        return Seen(
            alerts=alerts,
            awaited=tuple(
                Awaited(vital=key, age=max(0, now - times[key]) / 1000 if key in times else None)
                for key in BY_KEY
                if key in awaited
            ),
            score=score,
            worst_part=worst,
        )

    async def alerts(self, who: Caller, patient: str, open_only: bool, limit: int) -> list[PlainAlert]:
        """The alerts of `patient` in plain words: who looks after one is named to the patient alone."""
        opened = await self.open_to(who, Right.READ_PLAIN_ALERTS, patient)
        if ALERTS not in opened:
            raise Problem(FORBIDDEN, "patient: expected one who granted their alerts, this one did not")
        own = opened == EVERYTHING and Reach.OWN in await self._relations.by(who, Right.READ_PLAIN_ALERTS, patient)
        return [
            PlainAlert(
                id=one.id,
                words=Text.model_validate(words(one.rule, one.vital, one.kind, opened)),
                kind=one.kind,
                severity=one.severity,
                since_ms=one.onset,
                cleared_ms=one.cleared_at,
                taken=one.taken_by is not None,
                taken_by=one.taken_by if own else None,
            )
            for one in await self._alerts.of(patient, open_only=open_only, limit=limit)
        ]


def steps_of(from_ms: int, until_ms: int, points: int) -> Steps:
    """At most `points` steps that hold the stretch, on a grid that does not move with it. Raises Problem 422."""
    if not 0 <= from_ms < until_ms:
        raise Problem(INVALID, "from_ms: expected a time before until_ms, got another", field="from_ms")
    if until_ms - from_ms > MOST_RANGE_MS:
        raise Problem(INVALID, "from_ms: expected at most 400 days before until_ms, got more", field="from_ms")
    every = max(FINEST_STEP, -(-(until_ms - from_ms) // (1000 * (points - 1))))
    first, last = from_ms // (1000 * every) + 1, -(-until_ms // (1000 * every))
    return Steps(first=first * every, last=max(first, last) * every, every=every)


def _shown(vital: Vital, newest: Newest | None, expected: bool, now: int) -> VitalView:
    age = None if newest is None else max(0, now - newest.at) // 1000
    stale = age is None or (vital.stale_after is not None and age > vital.stale_after)
    return VitalView(
        vital=vital.key,
        title=Text.model_validate(vital.title),
        unit=vital.shown_unit,
        value=newest.value if newest else None,
        at_ms=newest.at if newest else None,
        age_s=age,
        stale=stale,
        expected=expected,
    )
