"""People at work, as rows: who there are, what each does, how often, and what the answer has to be."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chevet.roles import Role

PATIENTS_OF_A_TEAM = 10
PANEL = "chevet_vital_heart_rate_per_minute"
PANEL_SECONDS = 3600
TECHNICAL = "chevet_gateway_heartbeat_seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody, and the patients whom they look at."""

    subject: str
    role: Role
    patients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One request. `body` makes what is sent, `parameters` what stands in the address after the path.

    What is written is a row of `table`.
    """

    what: str
    role: Role
    weight: int
    path: str
    status: int = 200
    table: str = ""
    body: Callable[[random.Random], Mapping[str, Any]] | None = None
    parameters: Callable[[], Mapping[str, str | int]] | None = None

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.body is not None


def _panel() -> Mapping[str, str | int]:
    now = int(time.time())
    return {"query": PANEL, "start": now - PANEL_SECONDS, "end": now, "step": 60}


def _technical() -> Mapping[str, str | int]:
    return {"query": TECHNICAL}


def _chart() -> Mapping[str, str | int]:
    now = time.time_ns() // 1_000_000
    return {"from_ms": now - PANEL_SECONDS * 1000, "until_ms": now}


def _oxygen(luck: random.Random) -> Mapping[str, Any]:
    return {"kind": "oxygen", "value": luck.choice(("air", "oxygen"))}


def _pressure(luck: random.Random) -> Mapping[str, Any]:
    pair = (("systolic_pressure", luck.randint(100, 170)), ("diastolic_pressure", luck.randint(55, 95)))
    return {"values": [{"vital": vital, "value": value} for vital, value in pair]}


def _feeling(luck: random.Random) -> Mapping[str, Any]:
    return {"word": luck.choice(("much_worse", "worse", "same", "better", "much_better")), "text": "Bien dormi."}


def _limit(luck: random.Random) -> Mapping[str, Any]:
    now = time.time_ns() // 1_000_000
    day = 24 * 3600 * 1000
    return {
        "vital": "oxygen_saturation",
        "side": "low",
        "severity": "medium",
        "value": 91.0,
        "until_ms": now + luck.randint(2, 300) * day,
        "reason": "COPD, as discussed",
    }


ACTS = (
    Act(what="list the patients", role=Role.DOCTOR, weight=2, path="/api/v1/patients"),
    Act(what="open a dossier", role=Role.DOCTOR, weight=3, path="/api/v1/patients/{patient}"),
    Act(what="see the limits", role=Role.DOCTOR, weight=1, path="/api/v1/patients/{patient}/limits"),
    Act(
        what="propose a limit",
        role=Role.DOCTOR,
        weight=1,
        path="/api/v1/patients/{patient}/limits",
        status=201,
        table="prescriptions",
        body=_limit,
    ),
    Act(what="draw a panel", role=Role.DOCTOR, weight=3, path="/prometheus/api/v1/query_range", parameters=_panel),
    Act(what="see the alerts", role=Role.NURSE, weight=3, path="/api/v1/alerts"),
    Act(what="draw a panel", role=Role.NURSE, weight=2, path="/prometheus/api/v1/query_range", parameters=_panel),
    Act(
        what="enter oxygen",
        role=Role.NURSE,
        weight=2,
        path="/api/v1/patients/{patient}/observations",
        status=201,
        table="observations",
        body=_oxygen,
    ),
    Act(
        what="enter a blood pressure",
        role=Role.NURSE,
        weight=2,
        path="/api/v1/patients/{patient}/measurements",
        status=201,
        table="measurements",
        body=_pressure,
    ),
    Act(what="read how they feel", role=Role.NURSE, weight=1, path="/api/v1/patients/{patient}/feelings"),
    Act(
        what="say how they feel",
        role=Role.PATIENT,
        weight=1,
        path="/api/v1/patients/{patient}/feelings",
        status=201,
        table="feelings",
        body=_feeling,
    ),
    Act(what="see their values", role=Role.PATIENT, weight=2, path="/api/v1/patients/{patient}/vitals"),
    Act(
        what="see their chart",
        role=Role.PATIENT,
        weight=1,
        path="/api/v1/patients/{patient}/vitals/heart_rate",
        parameters=_chart,
    ),
    Act(what="see who read theirs", role=Role.PATIENT, weight=1, path="/api/v1/patients/{patient}/audit"),
    Act(what="see the general state", role=Role.RELATIVE, weight=2, path="/api/v1/patients/{patient}/state"),
    Act(
        what="see the heart rate",
        role=Role.RELATIVE,
        weight=1,
        path="/api/v1/patients/{patient}/vitals/heart_rate",
        parameters=_chart,
    ),
    Act(what="see the gateways", role=Role.SRE, weight=1, path="/api/v1/gateways"),
    Act(what="ask for heartbeats", role=Role.SRE, weight=2, path="/prometheus/api/v1/query", parameters=_technical),
)
SHARES: Mapping[Role, float] = {
    Role.NURSE: 0.3,
    Role.DOCTOR: 0.25,
    Role.PATIENT: 0.2,
    Role.RELATIVE: 0.2,
    Role.SRE: 0.05,
}
"""Of all users."""


def of(role: Role) -> tuple[tuple[Act, ...], tuple[int, ...]]:
    """What somebody of this role does, and how often each."""
    own = tuple(act for act in ACTS if act.role is role)
    return own, tuple(act.weight for act in own)
