"""What urgent decides and keeps, without a broker: each test ends as a restart would find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chevet.alerts import Attempt, Outcome
from chevet.errors import BadSheet
from chevet.readings import Quality, Reading
from chevet.severities import Severity, Side
from chevet.sheet import PatientLimit, Sheet
from exporters.gateway.urgent import sheets
from exporters.gateway.urgent.bedside import Bedside
from exporters.gateway.urgent.cases import Calling, Case, Handing
from exporters.gateway.urgent.judging import SETTLE, UNSETTLED
from exporters.gateway.urgent.state import StoredSheet, UrgentState

NOW = 1_800_000_000_000
PARIS = ZoneInfo("Europe/Paris")
LOW, WELL = [84.0] * 8, [97.0] * 8


class Home:
    """A bedside on disk, at a time that the test sets."""

    def __init__(self, folder: Path, sheet: Sheet | None = None) -> None:
        self.folder, self.sheet = folder, sheet
        self.now, self.clock, self.sequence = NOW, 0.0, 0
        self.state = UrgentState(folder)
        self.bedside = Bedside(self.state, "g01", PARIS, sheet)

    def restart(self) -> None:
        """As after a kill: only what is on disk is known."""
        self.state.close()
        self.state = UrgentState(self.folder)
        self.bedside = Bedside(self.state, "g01", PARIS, self.sheet)
        self.clock = 0.0

    def readings(self, values: list[float | None], **fields: object) -> list[Reading]:
        """One each ten seconds from the home's time on, which passes."""
        made = []
        for value in values:
            self.now, self.clock, self.sequence = self.now + 10_000, self.clock + 10, self.sequence + 1
            given = {
                "gateway": "g01",
                "device": "oximeter",
                "vital": "oxygen_saturation",
                "value": value,
                "measured_at": self.now,
                "segment": "s1",
                "run": "r1",
                "sequence": self.sequence,
                "quality": Quality.MISSING if value is None else Quality.GOOD,
                "origin": "zigbee2mqtt",
            }
            made.append(Reading(**given | fields))
        return made

    def take(self, readings: list[Reading], *, judging: bool = True) -> None:
        self.bedside.take(readings, self.now, self.clock, judging=judging)

    def hear(self, values: list[float | None], **fields: object) -> None:
        for reading in self.readings(values, **fields):
            self.take([reading])

    def cases(self) -> list[Case]:
        return list(self.bedside.cases.values())

    @property
    def case(self) -> Case:
        [case] = self.cases()
        return case

    def publish(self) -> None:
        for case in self.cases():
            self.bedside.published(case, case.revision)

    def adopt(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.bedside.adopt(sheet, StoredSheet(assignment=sheet.assignment, token="t", etag=""), self.now)


def sheet_of(**fields: object) -> Sheet:
    return Sheet(**{"gateway": "g01", "assignment": "a1", "from_ms": NOW - 10**9} | fields)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.state.close()


@pytest.fixture
def home_of(tmp_path: Path) -> Callable[[Sheet], Home]:
    return lambda sheet: Home(tmp_path, sheet)


def handed(number: int) -> Attempt:
    return Attempt(number=number, reference=f"R-{number}", at=NOW, contact=1, channel="1 json", outcome=Outcome.HANDED)


def test_a_high_clinical_alert_is_called_about_and_a_restart_knows_it(home):
    home.hear(LOW)
    minted = home.case.alert.id
    home.restart()
    assert (home.case.calling, home.case.alert.id) == (Calling.OPEN, minted)


def test_a_medium_alert_is_registered_and_nobody_called(home):
    home.hear([90.0] * 8)
    assert home.case.calling is Calling.NONE
    assert home.case.registrable(home.now)


def test_one_that_rises_to_high_is_called_about_under_its_id_and_onset(home):
    home.hear([90.0] * 8)
    before = home.case.alert
    home.hear(LOW)
    assert home.case.calling is Calling.OPEN
    assert (home.case.alert.id, home.case.alert.onset) == (before.id, before.onset)
    assert home.case.alert.severity is Severity.HIGH


def test_one_that_falls_below_high_is_called_about_no_more(home):
    home.hear(LOW)
    home.hear([90.5] * 10)
    assert home.case.alert.severity is Severity.MEDIUM
    assert home.case.calling is Calling.OVER


def test_an_alert_that_eases_keeps_the_value_that_it_was_raised_for(home):
    home.hear(LOW)
    raised_for = home.case.alert.value
    home.hear([90.5] * 3 + [97.0] * 4)
    assert (home.case.alert.severity, home.case.alert.value) == (Severity.MEDIUM, raised_for)


@pytest.mark.parametrize("restart", [False, True], ids=["at once", "after a restart"])
def test_copies_and_readings_out_of_order_change_nothing(home, restart):
    readings = home.readings(LOW)
    home.take(readings)
    before = home.case.to_dict()
    if restart:
        home.restart()
    home.take(readings[::-1] + readings)
    assert home.case.to_dict() == before


def test_a_copy_of_a_run_that_is_over_changes_nothing(home):
    old = home.readings(LOW)
    home.take(old, judging=False)
    home.hear(WELL, run="r2")
    home.publish()
    home.restart()
    home.take(old)
    assert home.cases() == []


def test_the_probe_taken_off_in_the_middle_of_an_alarm_leaves_it_standing_and_calling(home):
    home.hear(LOW)
    home.hear([None] * 40)
    clinical, check = home.cases()
    assert (clinical.alert.rule, clinical.calling, clinical.open) == ("oxygen_saturation.low", Calling.OPEN, True)
    assert (check.alert.rule, check.calling) == ("oxygen_saturation.check", Calling.NONE)


def test_silence_is_technical_and_takes_no_clinical_alarm_back(home):
    home.hear(LOW)
    home.bedside.silence(home.now + 300_000)
    assert len(home.cases()) == 1
    home.bedside.silence(home.now + 300_001)
    home.bedside.judge(home.now + 300_001, home.clock)
    clinical, silent = home.cases()
    assert clinical.calling is Calling.OPEN
    assert (silent.alert.rule, silent.calling) == ("oxygen_saturation.silent", Calling.NONE)


def test_what_began_and_ended_before_anybody_could_decide_is_late(home):
    home.take(home.readings(LOW + WELL), judging=False)
    assert (home.case.alert.late, home.case.calling) == (True, Calling.OVER)
    home.bedside.judge(home.now, home.clock)
    assert home.case.calling is Calling.OVER


def test_what_was_called_about_and_then_ends_is_not_late(home):
    home.hear(LOW)
    home.bedside.record(home.case, handed(1))
    home.hear(WELL)
    assert (home.case.alert.late, home.case.calling) == (False, Calling.OVER)


@pytest.mark.parametrize(("age", "calling"), [(299.999, Calling.OPEN), (300, Calling.WAITING)])
def test_after_a_start_whoever_is_in_alarm_at_a_reading_younger_than_stale_is_called_about(home, age, calling):
    home.take(home.readings(LOW), judging=False)
    home.restart()
    home.bedside.judge(home.now + round(age * 1000), home.clock + 60)
    assert home.case.calling is calling


def test_a_reading_that_comes_late_is_called_about_when_no_other_follows_it(home):
    readings = home.readings(LOW)
    home.now += 20_000
    home.take(readings)
    assert home.case.calling is Calling.UNJUDGED
    assert not home.case.registrable(home.now)
    home.bedside.judge(home.now, home.clock + SETTLE)
    assert home.case.calling is Calling.OPEN


def test_a_sensor_that_is_always_late_and_never_pauses_is_called_about(home):
    began = home.clock
    while home.clock - began < 60 + UNSETTLED + 2 * SETTLE:
        [reading] = home.readings([84.0], measured_at=home.now - 20_000)
        home.now, home.clock = home.now - 10_000 + 900, home.clock - 10 + SETTLE - 0.1
        home.take([reading])
    assert home.case.calling is Calling.OPEN


def test_the_sms_goes_first_but_registration_waits_for_no_sender_longer_than_three_seconds(home):
    home.hear(LOW)
    assert not home.case.registrable(home.now)
    assert home.case.registrable(home.now + 3000)
    home.bedside.record(home.case, handed(1))
    assert home.case.registrable(home.now)


def test_a_fall_ends_when_somebody_took_it_and_the_next_one_is_another(home):
    home.hear([3.1], vital="fall", device="belt")
    first = home.case
    home.bedside.take_over(first, home.now)
    home.publish()
    assert first.alert.cleared_at == home.now
    assert home.cases() == []
    home.hear([2.9], vital="fall", device="belt")
    assert home.case.calling is Calling.OPEN
    assert home.case.alert.id != first.alert.id


def test_a_second_fall_before_anybody_took_the_first_is_called_about_too_and_taking_one_ends_both(home):
    home.hear([3.1], vital="fall", device="belt")
    first = home.case
    home.hear([2.9], vital="fall", device="belt")
    both = home.cases()
    assert [case.calling for case in both] == [Calling.OPEN, Calling.OPEN]
    assert len({case.alert.id for case in both}) == 2
    home.bedside.take_over(first, home.now)
    home.publish()
    assert [case.calling for case in both] == [Calling.OVER, Calling.OVER]
    assert home.cases() == []


def test_taken_means_that_nobody_is_called_even_when_it_rises_again(home):
    home.hear(LOW)
    home.bedside.take_over(home.case, home.now)
    home.hear([90.5] * 10 + LOW)
    assert home.case.alert.severity is Severity.HIGH
    assert home.case.calling is Calling.OVER


def test_another_assignment_ends_calls_and_past_of_the_one_before_in_one_step(home_of):
    home = home_of(sheet_of())
    home.adopt(sheet_of())
    home.hear(LOW)
    home.bedside.begin(home.case, Handing(number=1, reference="R-1", place=1, channel="1 json"))
    home.adopt(sheet_of(assignment="a2"))
    home.restart()
    assert home.case.calling is Calling.OVER
    assert not home.case.open
    home.hear([84.0] * 3)
    assert len(home.cases()) == 1
    home.hear(LOW)
    assert [case.calling for case in home.cases()] == [Calling.OVER, Calling.OPEN]
    home.state.close()


@pytest.mark.parametrize(("from_ms", "calling"), [(NOW - 10**9, True), (NOW + 10**6, False)], ids=["own", "earlier"])
def test_the_first_sheet_of_all_ends_the_calls_about_what_began_before_its_patient_came(home, from_ms, calling):
    home.hear(LOW)
    [case] = home.cases()
    home.now = NOW + 2 * 10**6
    home.adopt(sheet_of(from_ms=from_ms))
    assert case.open is calling
    assert (case.calling is Calling.OPEN) is calling


def test_the_same_assignment_with_other_contacts_goes_on_calling(home_of):
    home = home_of(sheet_of())
    home.adopt(sheet_of())
    home.hear(LOW)
    home.adopt(sheet_of(lease_seconds=60))
    assert home.case.calling is Calling.OPEN
    home.state.close()


@pytest.mark.parametrize(("until_ms", "alarm"), [(None, False), (NOW, True)], ids=["in force", "expired"])
def test_the_patients_own_limits_decide_while_their_sheet_holds(home_of, until_ms, alarm):
    own = [
        PatientLimit(
            vital="oxygen_saturation",
            side=Side.LOW,
            severity=severity,
            value=value,
            from_ms=NOW - 10**9,
            until_ms=NOW + 10**9,
        )
        for severity, value in ((Severity.HIGH, 80.0), (Severity.MEDIUM, 82.0))
    ]
    home = home_of(sheet_of(until_ms=until_ms, limits=tuple(own)))
    home.hear(LOW)
    assert bool(home.cases()) is alarm
    home.state.close()


@pytest.mark.parametrize(
    ("zone", "alarm"),
    [("America/New_York", False), (None, True), ("Europe/Paris", True), ("Nowhere/Land", True)],
)
def test_a_night_limit_holds_at_night_where_the_sheet_says_the_patient_lives(home_of, zone, alarm):
    """It is nine in the morning in Paris, the house's own zone, and three at night in New York."""
    night = [
        PatientLimit(
            vital="oxygen_saturation",
            side=Side.LOW,
            severity=severity,
            value=value,
            from_ms=NOW - 10**9,
            until_ms=NOW + 10**9,
            hours=(22, 7),
        )
        for severity, value in ((Severity.HIGH, 80.0), (Severity.MEDIUM, 82.0))
    ]
    home = home_of(sheet_of(limits=tuple(night), time_zone=zone))
    home.hear(LOW)
    assert bool(home.cases()) is alarm
    home.state.close()


def test_a_clock_that_steps_back_to_a_known_onset_mints_another_id(home):
    home.hear(LOW + WELL)
    home.publish()
    began = NOW + 10_000
    home.now = began - 10_000
    home.hear(LOW, run="r2")
    assert home.case.alert.onset > began


KEY = Ed25519PrivateKey.generate()
FOREIGN = Ed25519PrivateKey.generate()


def signed(key: Ed25519PrivateKey, **fields: object) -> str:
    return jwt.encode(sheet_of(**fields).to_dict(), key, algorithm="EdDSA")


def test_a_sheet_signed_by_the_service_for_this_gateway_is_opened():
    assert sheets.opened(signed(KEY), KEY.public_key(), "g01") == sheet_of()


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (signed(FOREIGN), "sheet: expected the service's signature"),
        (signed(KEY)[:-8] + "AAAAAAAA", "sheet: expected the service's signature"),
        (signed(KEY, gateway="g02"), "gateway: expected g01, got 'g02'"),
        (jwt.encode(sheet_of().to_dict(), None, algorithm="none"), "sheet: expected the service's signature"),
        (jwt.encode(sheet_of().to_dict(), "s" * 32, algorithm="HS256"), "sheet: expected the service's signature"),
        (jwt.encode({"gateway": "g01"}, KEY, algorithm="EdDSA"), "sheet: expected the fields of a sheet"),
        ("nonsense", "sheet: expected the service's signature"),
    ],
    ids=["foreign key", "tampered", "other gateway", "unsigned", "another algorithm", "no sheet", "nonsense"],
)
def test_any_other_is_refused_in_a_sentence(token, sentence):
    with pytest.raises(BadSheet) as refusal:
        sheets.opened(token, KEY.public_key(), "g01")
    assert str(refusal.value).startswith(sentence)
