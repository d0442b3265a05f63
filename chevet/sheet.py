"""The sheet a gateway lives by: whom to call, this patient's limits, the lease. Signed by the service at the edge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from chevet.errors import BadSheet, expected
from chevet.readings import is_finite_number
from chevet.severities import Severity, Side
from chevet.vitals import BY_KEY

LEASE = 180
"""Seconds within which a named human must take an alert before the next contact is called."""

LONG_BEFORE = 30 * 24 * 60 * 60 * 1000
"""Milliseconds. No assignment is prepared so long before it begins: a clock that says so is wrong, not early."""

LANGUAGES = ("en", "fr")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A relative: `signals` are the vitals whose values they may read; of others they learn that help is needed."""

    number: str
    language: str
    order: int
    signals: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.number, str) or not _E164.fullmatch(self.number):
            raise BadSheet("number: expected E.164 such as +33612345678, got another form", field="number")
        if self.language not in LANGUAGES:
            raise BadSheet(expected("language", " or ".join(LANGUAGES), self.language), field="language")
        if type(self.order) is not int:
            raise BadSheet(expected("order", "a whole number", self.order), field="order")
        for signal in self.signals:
            if signal not in BY_KEY:
                raise BadSheet(expected("signals", "keys of the catalogue", signal), field="signals")


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLimit:
    """A prescribed limit in place of the catalogue's, in force in [from_ms, until_ms); afterwards the default returns.

    `hours` (from, to in local hours, may pass midnight) makes it a day or a night limit.
    """

    vital: str
    side: Side
    severity: Severity
    value: float
    from_ms: int
    until_ms: int
    hours: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.vital not in BY_KEY:
            raise BadSheet(expected("vital", "a key of the catalogue", self.vital), field="vital")
        if not is_finite_number(self.value) or not BY_KEY[self.vital].is_plausible(self.value):
            wanted = f"{self.vital} within {BY_KEY[self.vital].plausible}"
            raise BadSheet(expected("value", wanted, self.value), field="value")
        _require_times(self.from_ms, self.until_ms)
        if type(self.until_ms) is not int:
            raise BadSheet(expected("until_ms", "a time: a prescription expires", self.until_ms), field="until_ms")
        if self.hours is not None and not all(0 <= hour <= 24 for hour in self.hours):
            raise BadSheet(expected("hours", "two hours from 0 to 24", self.hours), field="hours")

    def in_force(self, at: int, hour: int) -> bool:
        """Whether it holds at `at` (milliseconds), which is `hour` o'clock where the patient lives."""
        if not self.from_ms <= at < self.until_ms:
            return False
        if self.hours is None:
            return True
        first, last = self.hours
        return first <= hour < last if first < last else hour >= first or hour < last


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One assignment's sheet. It never names the patient. After `until_ms` nobody of it is called any more.

    `time_zone` is that of the hours of its limits; the house's own where an older service named none.
    """

    gateway: str
    assignment: str
    from_ms: int
    until_ms: int | None = None
    lease_seconds: int = LEASE
    contacts: tuple[Contact, ...] = ()
    limits: tuple[PatientLimit, ...] = ()
    time_zone: str | None = None

    def __post_init__(self) -> None:
        for name in ("gateway", "assignment"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise BadSheet(expected(name, "a name", getattr(self, name)), field=name)
        if type(self.lease_seconds) is not int or self.lease_seconds <= 0:
            raise BadSheet(expected("lease_seconds", "seconds above 0", self.lease_seconds), field="lease_seconds")
        if self.time_zone is not None and not (isinstance(self.time_zone, str) and _ZONE.fullmatch(self.time_zone)):
            raise BadSheet(expected("time_zone", "a name such as Europe/Paris", self.time_zone), field="time_zone")
        _require_times(self.from_ms, self.until_ms)

    def holds(self, at: int) -> bool:
        """Whether the assignment is in force at `at` (milliseconds)."""
        return self.from_ms <= at and (self.until_ms is None or at < self.until_ms)

    def at_least(self, at: int) -> int:
        """`at`, or the sheet's beginning where a clock that booted in the past says that it is years away."""
        return self.from_ms if at < self.from_ms - LONG_BEFORE else at

    def to_dict(self) -> dict[str, Any]:
        """The payload that is signed."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Sheet:
        """The sheet in a payload. Raises BadSheet with the field that was wrong."""
        try:
            contacts = tuple(Contact(**one | {"signals": tuple(one["signals"])}) for one in fields["contacts"])
            limits = tuple(_limit(one) for one in fields["limits"])
            rest = {name: fields[name] for name in ("gateway", "assignment", "from_ms", "until_ms", "lease_seconds")}
        except (LookupError, TypeError, ValueError) as error:
            raise BadSheet(f"sheet: expected the fields of a sheet, got {error}", field="sheet") from None
        zone = fields.get("time_zone")
        return cls(contacts=tuple(sorted(contacts, key=lambda one: one.order)), limits=limits, time_zone=zone, **rest)


def _require_times(from_ms: int, until_ms: int | None) -> None:
    if type(from_ms) is not int:
        raise BadSheet(expected("from_ms", "milliseconds, a whole number", from_ms), field="from_ms")
    if until_ms is not None and (type(until_ms) is not int or until_ms <= from_ms):
        raise BadSheet(expected("until_ms", "a time after from_ms", until_ms), field="until_ms")


def _limit(fields: Mapping[str, Any]) -> PatientLimit:
    hours = fields["hours"]
    return PatientLimit(
        **dict(fields)
        | {
            "side": Side(fields["side"]),
            "severity": Severity(fields["severity"]),
            "hours": None if hours is None else (int(hours[0]), int(hours[1])),
        }
    )
