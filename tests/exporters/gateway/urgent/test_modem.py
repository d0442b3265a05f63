"""From an alarm to a message that a real gammu-smsd sends by gammu's dummy phone, and what keeps one from leaving."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from chevet import conditions
from exporters.gateway.urgent import sms
from exporters.gateway.urgent.modem_watch import ModemWatch
from provisioning import smsdrc

LOW, WELL = [84.0] * 8, [97.0] * 8
FIRST, SECOND = "+33600000001", "+33600000002"
LONG = "Chevet: é {x} " * 20
REPORT = """[SMSBackup000]
SMSC = "+33600000999"
State = UnRead
Number = "+33600000001"
DateTime = 20261121T140000
Coding = Default
PDU = Status_Report
Text00 = 00440065006C006900760065007200650064
Length = 9
Folder = 3
"""
"""«Delivered» as a network says it, in the dummy phone's own form."""


class Smsd:
    """gammu-smsd with its folders; `device` is a folder for gammu's dummy phone, or a serial line."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.phone = folder, folder / "phone"
        self.phone.mkdir(parents=True)
        dummy = {"device": str(self.phone), "connection": "none", "model": "dummy"}
        self.settings = smsdrc.make(folder, **dummy | settings)
        self.children: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"gammu://{self.folder}"

    def start(self) -> None:
        command = ("gammu-smsd", "--config", str(self.settings))
        self.children.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

    def stop(self) -> None:
        for child in self.children:
            child.kill()
            child.wait()

    def files(self, folder: str) -> list[Path]:
        return sorted((self.folder / folder).glob("OUT*"))

    def texts(self) -> list[str]:
        return [file.read_bytes().decode("utf-16") for file in self.files("sent")]

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def channel(self) -> sms.Channel:
        [channel] = sms.channels([self.url])
        return channel


@pytest.fixture
def smsd(tmp_path: Path) -> Iterator[Smsd]:
    made = Smsd(tmp_path / "a modem")
    yield made
    made.stop()


class SimModem:
    """A modem that speaks as little AT as gammu needs to come to its SIM card and its signal."""

    def __init__(self, pin: str = "READY", signal: str = "20,0") -> None:
        self._line, terminal = pty.openpty()
        tty.setraw(terminal)
        self._terminal, self.device = terminal, os.ttyname(terminal)
        self._answers = {
            "AT+CPIN?": f"+CPIN: {pin}", "AT+CSQ": f"+CSQ: {signal}", "AT+CGMI": "Chevet", "AT+CGMM": "Simulated",
            "AT+CGMR": "1", "AT+CGSN": "490154203237518", "AT+CIMI": "208010000000001", "AT+CBC": "+CBC: 0,90",
            "AT+CSCS=?": '+CSCS: ("GSM","UCS2")', "AT+CPMS=?": '+CPMS: ("SM"),("SM"),("SM")',
        }  # fmt: skip
        threading.Thread(target=self._speak, daemon=True).start()

    def _speak(self) -> None:
        heard = b""
        with contextlib.suppress(OSError):
            while True:
                heard += os.read(self._line, 4096)
                *lines, heard = heard.split(b"\r")
                for line in filter(None, (line.decode("latin1").strip() for line in lines)):
                    answer = self._answers.get(line, "")
                    said = (
                        "+CME ERROR: 16" if line.startswith("AT+CPIN=") else f"{answer}\r\n\r\nOK" if answer else "OK"
                    )
                    os.write(self._line, f"{line}\r\r\n{said}\r\n".encode())

    def close(self) -> None:
        os.close(self._line)
        os.close(self._terminal)


def watched(smsd: Smsd, wait_for, condition: conditions.Condition) -> ModemWatch:
    """A watch, looked at until `condition` holds."""
    watch = ModemWatch(smsd.channel().smsd)
    clock = iter(range(1_000_000))

    def found() -> bool:
        watch.look(next(clock) / 1000)
        return bool(watch.last.holds().get(condition))

    wait_for(found, within=60)
    return watch


def test_an_alarm_becomes_a_message_in_the_modems_sent_folder(house, smsd, wait_for, now):
    smsd.start()
    house.live_by()
    house.ready(sms_urls=smsd.url)
    house.publish(house.readings(LOW, until=now()))
    [text] = wait_for(smsd.texts, within=60)
    assert text.startswith("Chevet: oxygen saturation 84 % (limit 88) since ")
    [file] = smsd.files("sent")
    [alert] = wait_for(lambda: [one for one in house.alerts().values() if one["attempts"]], within=30)
    [attempt] = alert["attempts"]
    assert (attempt["outcome"], attempt["channel"], attempt["repeated"]) == ("handed", "1 gammu", False)
    assert f"_{FIRST}_{alert['id']}-1-1." in file.name
    assert attempt["reference"] in text


def test_what_the_network_reports_is_recorded_on_the_attempt(house, smsd, wait_for, now):
    smsd.start()
    house.live_by()
    house.ready(sms_urls=smsd.url)
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: house.said("an SMS was handed"), within=60)
    (smsd.phone / "sms" / "3" / "1").write_text(REPORT)
    wait_for(lambda: house.said("the network reported on an SMS"), within=60)

    def delivered():
        return [
            one for one in house.alerts().values() if any(each["detail"] == "delivered" for each in one["attempts"])
        ]

    [alert] = wait_for(delivered)
    assert len(alert["attempts"]) == 1
    assert FIRST not in (house.folder / "log").read_text()


def test_killed_between_sending_and_record_it_is_known_and_not_sent_twice(house, smsd, wait_for, now):
    smsd.start()
    house.live_by()
    child = house.ready(die_at="SMS handed/recorded", sms_urls=smsd.url)
    house.publish(house.readings(LOW, until=now()))
    child.wait(90)
    assert len(smsd.texts()) == 1
    house.start(sms_urls=smsd.url)
    [alert] = wait_for(lambda: [one for one in house.alerts().values() if one["attempts"]], within=60)
    [attempt] = alert["attempts"]
    assert (attempt["outcome"], attempt["repeated"]) == ("handed", False)
    assert len(smsd.texts()) == 1
    assert not smsd.files("outbox")


def test_while_smsd_is_down_the_next_channel_is_taken_and_staff_are_told_until_it_is_back(house, smsd, wait_for, now):
    house.live_by()
    house.ready(sms_urls=f"{smsd.url},{house.settings['CHEVET_SMS_URLS']}")
    house.publish(house.readings(LOW, until=now()))
    wait_for(lambda: house.world.sms, within=30)

    def about_the_modem():
        return [one for one in house.alerts().values() if one["rule"] == "modem.stopped"]

    [alert] = wait_for(about_the_modem, within=90)
    assert (alert["kind"], alert["severity"], alert["device"], alert["vital"]) == ("technical", "medium", "gateway", "")
    assert alert["attempts"] == []
    [called] = [one for one in house.alerts().values() if one["kind"] == "clinical"]
    assert [one["outcome"] for one in called["attempts"]] == ["failed", "handed"]
    assert called["attempts"][0]["detail"] == "gammu-smsd is not running"
    smsd.start()
    wait_for(lambda: [one for one in about_the_modem() if one["cleared_at"]], within=90)
    assert not smsd.files("outbox")
    assert not smsd.files("sent")


async def test_a_long_text_goes_in_parts_and_arrives_whole(smsd):
    smsd.start()
    handover = await sms.hand_over(smsd.channel(), sms.Message(number=FIRST, text=LONG, key="k-1-1"))
    assert (handover.failure, handover.detail) == ("", "in 3 parts")
    assert smsd.texts() == [LONG]
    assert "(part: 2)" in smsd.log()
    assert "(total: 3)" in smsd.log()


async def test_what_the_alphabet_lacks_is_transliterated_before_it_is_handed_over(smsd):
    smsd.start()
    assert await sms.hand_over(smsd.channel(), sms.Message(number=FIRST, text="fenêtre à 10 €", key="k-1-1"))
    assert smsd.texts() == ["fenetre à 10 €"]


async def test_a_modem_that_does_not_send_in_time_gives_the_message_back(smsd, tmp_path):
    smsd.phone.rmdir()
    smsd.phone.write_text("no folder")
    smsd.start()
    handover = await sms.hand_over(smsd.channel(), sms.Message(number=FIRST, text="text", key="k-1-1"), patience=2)
    assert handover.failure == "the modem did not send it within 2 s"
    assert not smsd.files("outbox")


async def test_a_message_is_known_by_its_key_and_sent_once(smsd):
    smsd.start()
    message = sms.Message(number=FIRST, text="text", key="k-1-1")
    first = await sms.hand_over(smsd.channel(), message)
    again = await sms.hand_over(smsd.channel(), message)
    other = await sms.hand_over(smsd.channel(), sms.Message(number=FIRST, text="text", key="k-1-2"))
    assert [one.failure for one in (first, again, other)] == ["", "", ""]
    assert [one.known for one in (first, again, other)] == [False, True, False]
    assert len(smsd.texts()) == 2


def test_a_modem_that_is_not_there_is_missing(tmp_path, wait_for):
    smsd = Smsd(tmp_path / "modem", device="/dev/nonexistent/modem")
    smsd.start()
    try:
        watch = watched(smsd, wait_for, conditions.MODEM_MISSING)
    finally:
        smsd.stop()
    assert not watch.last.ready
    assert not watch.last.holds()[conditions.MODEM_STOPPED]


def test_a_sim_card_that_wants_another_pin_is_locked_and_not_missing(tmp_path, wait_for):
    modem = SimModem(pin="SIM PIN")
    smsd = Smsd(tmp_path / "modem", device=modem.device, connection="at", model="")
    smsd.start()
    try:
        watch = watched(smsd, wait_for, conditions.MODEM_LOCKED)
    finally:
        smsd.stop()
        modem.close()
    assert not watch.last.holds()[conditions.MODEM_MISSING]


def test_a_modem_without_network_says_so_and_is_neither_missing_nor_locked(tmp_path, wait_for):
    modem = SimModem(signal="99,99")
    smsd = Smsd(tmp_path / "modem", device=modem.device, connection="at", model="")
    smsd.start()
    try:
        watch = watched(smsd, wait_for, conditions.MODEM_NETWORK)
    finally:
        smsd.stop()
        modem.close()
    held = watch.last.holds()
    assert not held[conditions.MODEM_MISSING]
    assert not held[conditions.MODEM_LOCKED]
    assert not watch.last.ready


def test_a_modem_that_works_has_none_of_these_conditions(smsd, wait_for):
    smsd.start()
    watch = ModemWatch(smsd.channel().smsd)

    def with_a_signal() -> bool:
        watch.look(0)
        return bool(watch.last.signal)

    wait_for(with_a_signal, within=60)
    assert watch.last.ready
    assert watch.last.signal == 42
    assert not any(watch.last.holds().values())


@pytest.mark.parametrize(
    ("url", "alone"),
    [
        ("json://127.0.0.1:8080/sms?:to={number}", True),
        ("jsons://192.168.1.7/sms", True),
        ("json://phone.local/sms", True),
        ("json://sms.example.org/{number}", False),
        ("twilio://AC" + "1" * 32 + ":" + "2" * 32 + "@15551234567/{number}", False),
        ("mailto://user:pass@gmail.com", False),
    ],
)
def test_a_sender_in_the_house_needs_no_internet(url, alone):
    [channel] = sms.channels([url])
    assert channel.in_the_house is alone


def test_a_gateway_that_can_only_send_by_the_internet_says_so_once_and_low(house, wait_for):
    house.live_by()
    house.ready(sms_urls="json://sms.example.org/{number}")
    [alert] = wait_for(lambda: list(house.alerts().values()), within=120)
    assert (alert["rule"], alert["severity"], alert["kind"]) == ("sms.internet_only", "low", "technical")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("service = files", "service = sql"), "service: expected files, got 'sql'"),
        (("sentsmspath", "sent"), "sentsmspath: expected an existing folder, got None"),
        (("[smsd]", "[other]"), "expected the settings of gammu-smsd, a readable gammu-smsdrc, got KeyError"),
    ],
)
def test_settings_by_which_nothing_can_be_handed_over_are_refused_in_a_sentence(smsd, change, sentence):
    smsd.settings.write_text(smsd.settings.read_text().replace(*change))
    with pytest.raises(sms.BadSender) as refusal:
        smsd.channel()
    assert str(refusal.value) == f"CHEVET_SMS_URLS: at place 1, {smsd.url}: {sentence}"
