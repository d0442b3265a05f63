"""IEEE 11073 agents at the driver: what is told again is one reading, what is told besides is another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chevet.readings import Reading
from exporters.gateway.bus.topology import READINGS
from exporters.gateway.intake.spool import Spool
from exporters.gateway.radio.driver import Driver

AGENT = "00:12:4b:00:00:00:00:07"
NOW = 1_790_000_000_000
# The bytes that tests/chevet/test_ieee11073_apdu.py names the sources of.
ASSOCIATION = bytes.fromhex(
    "e200 0032 80000000 0001 002a 5079 0026 80000000 8000 80000000 00000000 00800000"
    "0008 1122334455667788 0190 0001 01 00 0000 0000"
)
ABORT = bytes.fromhex("e600 0002 0000")
ANEW = (ABORT, ASSOCIATION)
NOON, NO_TIME = "2007120612100000", ""


def measured(saturation: int, stamp: str = NO_TIME, *, handles: tuple[int, ...] = (1, 10)) -> bytes:
    """A confirmed report of a saturation (handle 1) or a pulse rate (handle 10), as the standard's example has them."""
    one = bytes.fromhex(stamp)
    observed = b"".join(
        handle.to_bytes(2, "big")
        + (2 + len(one)).to_bytes(2, "big")
        + {1: saturation, 10: 72}[handle].to_bytes(2, "big")
        + one
        for handle in handles
    )
    scan = bytes.fromhex("f000 0000") + len(handles).to_bytes(2, "big") + len(observed).to_bytes(2, "big") + observed
    event = bytes.fromhex("0000 ffffffff 0d1d") + len(scan).to_bytes(2, "big") + scan
    data = bytes.fromhex("8888 0101") + len(event).to_bytes(2, "big") + event
    return b"\xe7\x00" + (len(data) + 2).to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


class Radio:
    """A driver on a spool, as often begun anew as a test likes."""

    def __init__(self, spool: Spool) -> None:
        self.spool, self.at = spool, NOW
        self.restart()

    def restart(self) -> None:
        self.driver = Driver(self.spool, "g01", {}, lambda: None, lambda _: None)

    def hear(self, *octets: bytes, pause: int = 1000) -> None:
        for one in octets:
            self.at += pause
            assert self.driver.apdu(AGENT, one, self.at) is not None, "the disk took it"

    def kept(self) -> list[tuple[str, float | None]]:
        rows = [Reading.from_json(row.body) for row in self.spool.rows(READINGS, 0, 100)]
        return [(one.vital, one.value) for one in rows]


@pytest.fixture
def radio(tmp_path: Path) -> Iterator[Radio]:
    with closing(Spool(tmp_path / "radio.sqlite", 2**30)) as spool:
        yield Radio(spool)


BOTH = [("oxygen_saturation", 98.0), ("heart_rate", 72.0)]


@pytest.mark.parametrize("restarts", [True, False])
def test_a_stamped_report_that_is_told_again_after_another_association_is_one_reading(
    radio: Radio, restarts: bool
) -> None:
    radio.hear(ASSOCIATION, measured(98, NOON))
    if restarts:
        radio.restart()
    radio.hear(*ANEW, measured(98, NOON), pause=10 * 60_000)
    assert radio.kept() == BOTH


def test_two_reports_of_one_moment_are_each_kept(radio: Radio) -> None:
    radio.hear(ASSOCIATION, measured(98, NOON, handles=(1,)), measured(98, NOON, handles=(10,)), measured(97, NOON))
    assert radio.kept() == [("oxygen_saturation", 98.0), ("heart_rate", 72.0), ("oxygen_saturation", 97.0), BOTH[1]]


def test_what_an_agent_without_a_clock_tells_again_after_another_association_is_one_reading(radio: Radio) -> None:
    radio.hear(ASSOCIATION, measured(98), *ANEW, measured(98))
    assert radio.kept() == BOTH


def test_within_one_association_the_same_value_is_another_reading(radio: Radio) -> None:
    radio.hear(ASSOCIATION, measured(98), measured(98), measured(98))
    assert radio.kept() == 3 * BOTH
    radio.hear(*ANEW, measured(98), measured(98))
    assert radio.kept() == 4 * BOTH, "the first of them was told before"


def test_another_value_and_one_of_another_time_are_no_repeats(radio: Radio) -> None:
    radio.hear(ASSOCIATION, measured(98), *ANEW, measured(97), *ANEW)
    radio.hear(measured(97), pause=30_001)
    assert radio.kept() == [*BOTH, ("oxygen_saturation", 97.0), BOTH[1], ("oxygen_saturation", 97.0), BOTH[1]]
