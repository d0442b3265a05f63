"""What gammu-smsd's log says, line by line as version 1.42 writes it, and what is made of a look at the modem."""

from __future__ import annotations

from pathlib import Path

import pytest

from chevet import conditions
from exporters.gateway.urgent.modem_log import Delivery, Fault, ModemLog
from exporters.gateway.urgent.modem_watch import Look

HEAD = "Sat 2026/11/21 13:58:55 gammu-smsd[14457]: "
FILE = "OUTA20261121_120000_00_+33600000001_abc-1-1.txtd"
SENT = f"Transmitted {FILE} (total: 2) to +33600000001, message reference 0xff"


def written(log: Path, *lines: str) -> None:
    with log.open("a") as file:
        file.writelines(f"{HEAD}{line}\n" for line in lines)


@pytest.fixture
def log(tmp_path: Path) -> ModemLog:
    made = ModemLog(tmp_path / "log")
    written(made.path, "Starting phone communication...")
    made.read(0)
    return made


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Error at init connection: Error opening device, unknown, busy or no permissions. (X[2])", Fault.MISSING),
        ("Warning: no code in config when phone might want one!", Fault.LOCKED),
        ("ERROR: incorrect PIN", Fault.LOCKED),
        ("Warning: No PIN code in /var/lib/chevet/sms/gammu-smsdrc file", None),
        ("Starting phone communication...", None),
    ],
)
def test_a_line_tells_why_the_modem_cannot_be_used(log: ModemLog, line: str, fault: Fault | None) -> None:
    written(log.path, line)
    assert log.read(5) == []
    assert log.fault is fault


def test_a_message_that_was_sent_takes_the_fault_back(log: ModemLog) -> None:
    written(log.path, "ERROR: incorrect PIN", SENT)
    log.read(1)
    assert log.fault is None


def test_faults_of_before_our_start_are_history_but_reports_of_messages_sent_then_are_known(tmp_path: Path) -> None:
    log = ModemLog(tmp_path / "log")
    written(log.path, SENT, "ERROR: incorrect PIN")
    assert log.read(0) == []
    assert log.fault is None
    written(log.path, "Delivery report: Delivered to +33600000001, message reference 0xff")
    assert log.read(1) == [Delivery(file=FILE, status="delivered")]


@pytest.mark.parametrize(
    ("report", "known"),
    [
        ("Delivery report: Failed to +33600000001, message reference 0xff", True),
        ("Delivery report: Failed to +33600000001, message reference 0x00", True),
        ("Delivery report: Failed to +33600000001, message reference 0x17", False),
        ("Delivery report: Failed to +33600000002, message reference 0xff", False),
    ],
)
def test_a_report_is_of_the_message_with_its_number_and_reference(log: ModemLog, report: str, known: bool) -> None:
    written(log.path, SENT, report)
    assert log.read(1) == ([Delivery(file=FILE, status="failed")] if known else [])


def test_a_log_that_was_begun_anew_is_read_from_its_beginning_and_half_a_line_not_yet(log: ModemLog) -> None:
    log.path.write_text("")
    log.read(1)
    with log.path.open("a") as file:
        file.write(f"{HEAD}ERROR: incor")
    log.read(2)
    assert log.fault is None
    with log.path.open("a") as file:
        file.write("rect PIN\n")
    log.read(3)
    assert log.fault is Fault.LOCKED


def test_of_a_daemon_that_does_not_run_nothing_else_is_told() -> None:
    held = Look(runs=False, fault=Fault.MISSING).holds()
    assert held[conditions.MODEM_STOPPED]
    assert held[conditions.MODEM_MISSING] is held[conditions.MODEM_LOCKED] is held[conditions.MODEM_NETWORK] is None


@pytest.mark.parametrize(
    ("look", "condition"),
    [
        (Look(runs=True, fault=Fault.LOCKED, reached=False), conditions.MODEM_LOCKED),
        (Look(runs=True, fault=Fault.MISSING), conditions.MODEM_MISSING),
        (Look(runs=True, reached=False), conditions.MODEM_MISSING),
        (Look(runs=True, reached=True, signal=-1), conditions.MODEM_NETWORK),
        (Look(runs=True, reached=True, signal=0), conditions.MODEM_NETWORK),
        (Look(runs=True, reached=True, signal=1, unsent=True), conditions.MODEM_UNSENT),
    ],
)
def test_each_trouble_is_one_condition(look: Look, condition: conditions.Condition) -> None:
    assert [row for row, holds in look.holds().items() if holds] == [condition]
    assert not look.ready


@pytest.mark.parametrize("signal", [None, 1, 42])
def test_a_modem_of_which_nothing_bad_is_known_is_ready(signal: int | None) -> None:
    assert Look(runs=True, reached=True, signal=signal).ready
