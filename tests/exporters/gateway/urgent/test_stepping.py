"""A bedside whose wall clock steps while a patient is in danger: one alert, called about at once, none too soon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chevet.calling import roster
from chevet.readings import Quality, Reading
from chevet.segments import DAY, Moment
from chevet.severities import Kind, Severity, Side
from chevet.sheet import Contact, PatientLimit, Sheet
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.cases import Calling, Case
from exporters.gateway.urgent.state import StoredSheet, UrgentState

YEAR = 365 * DAY
BEGAN = 1_790_000_000_000
STEPS = [-30 * YEAR, -10 * YEAR, -90_000, 90_000, 50 * YEAR]


class Home:
    """A bedside on disk, on a machine whose clock steps when a test says so."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.boot, self.monotonic, self.wrong, self.sequence = folder, "b1", 60_000, 0, 0
        self.state = UrgentState(folder)
        self.bedside = self._bedside()

    def look(self) -> Moment:
        return Moment(boot=self.boot, monotonic=self.monotonic, wall=BEGAN + self.monotonic + self.wrong)

    def _bedside(self) -> Bedside:
        return Bedside(self.state, "g01", ZoneInfo("UTC"), None, self.look)

    def restart(self) -> None:
        self.state.close()
        self.state = UrgentState(self.folder)
        self.bedside = self._bedside()

    def hear(self, value: float, vital: str = "oxygen_saturation") -> None:
        """A reading, ten seconds after the one before, taken at once."""
        self.monotonic, self.sequence = self.monotonic + 10_000, self.sequence + 1
        now = self.look()
        reading = Reading(
            gateway="g01",
            device="oximeter",
            vital=vital,
            value=value,
            measured_at=now.wall,
            segment=f"{now.boot}.{now.ahead}",
            run="r1",
            sequence=self.sequence,
            quality=Quality.GOOD,
            origin="zigbee2mqtt",
        )
        self.bedside.take([reading], now.wall, now.monotonic / 1000, judging=True)

    def silence(self) -> None:
        self.bedside.silence(self.look().wall)

    def called(self) -> list[Case]:
        return [one for one in self.bedside.cases.values() if one.calling is Calling.OPEN]

    def declared(self) -> int:
        """High alerts that were ever declared, over or not."""
        query = 'SELECT count(*) FROM cases WHERE state LIKE \'%"severity": "high"%\''
        return int(self.state.db.execute(query).fetchone()[0])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.state.close()


@pytest.mark.parametrize("restarts", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("after", [1, 4, 6])
@pytest.mark.parametrize("step", STEPS)
def test_a_desaturation_that_spans_a_step_is_called_about_after_its_minute_and_once(
    home: Home, step: int, after: int, restarts: bool
) -> None:
    for place in range(7):
        assert home.called() == []
        if place == after:
            home.wrong += step
            if restarts:
                home.restart()
        home.hear(84.0)
    [case] = home.called()
    assert (case.alert.severity, case.alert.onset) == (Severity.HIGH, home.look().wall - 60_000)
    for _ in range(12):
        home.hear(84.0)
    assert home.called() == [case]
    assert home.declared() == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_step_in_the_middle_of_an_alarm_neither_ends_nor_repeats_it(home: Home, step: int) -> None:
    for _ in range(8):
        home.hear(84.0)
    [case] = home.called()
    home.wrong += step
    for _ in range(8):
        home.hear(84.0)
    assert home.called() == [case]
    for _ in range(8):
        home.hear(97.0)
    assert home.called() == []
    assert home.declared() == 1
    assert case.alert.cleared_at is not None
    assert case.alert.cleared_at >= case.alert.onset


@pytest.mark.parametrize("step", STEPS)
def test_a_dip_that_is_shorter_than_its_minute_is_no_alarm_because_the_clock_stepped(home: Home, step: int) -> None:
    home.hear(97.0)
    home.hear(84.0)
    home.wrong += step
    for value in (84.0, 84.0, 97.0, 97.0):
        home.hear(value)
    assert home.bedside.cases == {}


@pytest.mark.parametrize("step", STEPS)
def test_no_signal_falls_silent_because_the_clock_stepped_and_each_does_when_it_is(home: Home, step: int) -> None:
    home.hear(97.0)
    home.wrong += step
    home.monotonic += 300_000
    home.silence()
    assert home.bedside.cases == {}
    home.monotonic += 1000
    home.silence()
    [case] = home.bedside.cases.values()
    assert (case.alert.kind, case.alert.rule) == (Kind.TECHNICAL, "oxygen_saturation.silent")


@pytest.mark.parametrize(("wrong", "offset"), [(-10 * YEAR, 0), (-10 * YEAR, 10 * YEAR), (5 * YEAR, -5 * YEAR)])
def test_the_sheet_holds_for_a_machine_whose_clock_is_years_away(home: Home, wrong: int, offset: int) -> None:
    limit = PatientLimit(
        vital="oxygen_saturation",
        side=Side.LOW,
        severity=Severity.HIGH,
        value=80,
        from_ms=BEGAN - DAY,
        until_ms=BEGAN + YEAR,
    )
    contact = Contact(number="+33600000001", language="fr", order=1)
    sheet = Sheet(
        gateway="g01", assignment="a1", from_ms=BEGAN - DAY, until_ms=BEGAN + YEAR, contacts=(contact,), limits=(limit,)
    )
    home.wrong, home.bedside.sheet, home.bedside.clocks.offset = wrong, sheet, lambda: offset
    for _ in range(8):
        home.hear(84.0)
    assert home.called() == []
    now = home.bedside.by_sheet(home.look().wall)
    assert [one.contact for one in roster(sheet, None, ("sms",), now).callees] == [contact]


@pytest.mark.parametrize(
    ("wrong", "offset", "stepped"),
    [(-10 * YEAR, 0, 0), (-10 * YEAR, 10 * YEAR, 0), (-10 * YEAR, 0, 10 * YEAR), (5 * YEAR, -5 * YEAR, 0)],
    ids=["unknown", "known", "set right meanwhile", "ahead"],
)
def test_the_first_sheet_of_all_leaves_an_alarm_that_began_with_its_patient(
    home: Home, wrong: int, offset: int, stepped: int
) -> None:
    home.wrong, home.bedside.clocks.offset = wrong, lambda: offset
    for _ in range(8):
        home.hear(84.0)
    home.wrong += stepped
    adopt(home, from_ms=BEGAN - DAY)
    assert len(home.called()) == 1


@pytest.mark.parametrize(("wrong", "offset"), [(-10 * YEAR, 10 * YEAR), (5 * YEAR, -5 * YEAR), (0, 0)])
def test_it_ends_one_that_began_before_whatever_our_clock_says(home: Home, wrong: int, offset: int) -> None:
    home.wrong, home.bedside.clocks.offset = wrong, lambda: offset
    for _ in range(8):
        home.hear(84.0)
    home.monotonic += DAY
    adopt(home, from_ms=BEGAN + DAY // 2)
    assert home.called() == []


def adopt(home: Home, from_ms: int) -> None:
    stored = StoredSheet(assignment="a1", token="t", etag="e")
    home.bedside.adopt(Sheet(gateway="g01", assignment="a1", from_ms=from_ms), stored, home.look().wall)


@pytest.mark.parametrize("step", STEPS)
def test_a_fall_that_is_seen_to_ends_when_it_was_by_the_clock_of_that_moment(home: Home, step: int) -> None:
    home.wrong += step
    home.hear(3.1, vital="fall")
    [case] = home.called()
    home.monotonic += 60_000
    now = home.look().wall
    home.bedside.take_over(case, now)
    assert case.alert.cleared_at == now


def test_a_sheet_that_begins_next_week_holds_for_nobody_yet(home: Home) -> None:
    home.bedside.sheet = Sheet(gateway="g01", assignment="a1", from_ms=BEGAN + 7 * DAY)
    assert not home.bedside.sheet.holds(home.bedside.by_sheet(home.look().wall))


@pytest.mark.parametrize("step", [*STEPS, 2 * DAY])
def test_after_a_boot_no_signal_is_silent_because_the_clock_had_stepped_in_the_one_before(
    home: Home, step: int
) -> None:
    home.wrong += step
    home.bedside.judge(home.look().wall, 0.0)
    home.hear(120.0, vital="systolic_pressure")
    home.boot, home.monotonic = "b2", home.monotonic + 60_000
    for _ in range(2):
        home.restart()
    home.silence()
    assert not home.bedside.cases
    home.monotonic += 26 * 3_600_000
    home.silence()
    assert [one.alert.rule for one in home.bedside.cases.values()] == ["systolic_pressure.silent"]


@pytest.mark.parametrize("step", STEPS)
def test_a_boot_in_the_middle_of_an_alarm_neither_ends_nor_repeats_it_though_the_clock_had_stepped(
    home: Home, step: int
) -> None:
    home.wrong += step
    home.bedside.judge(home.look().wall, 0.0)
    for _ in range(8):
        home.hear(84.0)
    home.boot = "b2"
    home.restart()
    for _ in range(8):
        home.hear(84.0)
    assert (len(home.called()), home.declared()) == (1, 1)


def test_the_next_boot_counts_by_a_clock_of_its_own(home: Home) -> None:
    home.hear(97.0)
    home.boot, home.monotonic, home.wrong = "b2", 5000, -10 * YEAR
    home.restart()
    for _ in range(6):
        home.hear(84.0)
    assert home.called() == []
    home.hear(84.0)
    assert len(home.called()) == 1


def test_people_read_the_service_s_time_and_not_that_of_a_machine_that_booted_in_the_past(home: Home) -> None:
    home.bedside.clocks.offset = lambda: 10 * YEAR
    shown = home.bedside.clocks.for_people(BEGAN - 10 * YEAR, ZoneInfo("Europe/Paris"))
    assert shown.isoformat() == "2026-09-21T16:13:20+02:00"
