"""The settings of gammu-smsd: whose they are, what stands in them, and that gammu-smsd takes them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from exporters.gateway.urgent import modem
from provisioning import smsdrc
from provisioning.__main__ import main


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _pin(folder: Path, pin: str = "1234\n", mode: int = 0o600) -> Path:
    file = folder / "pin"
    file.write_text(pin)
    file.chmod(mode)
    return file


def test_settings_with_a_pin_and_their_folders_are_their_owners_alone(tmp_path: Path) -> None:
    where = tmp_path / "sms"
    options = ["smsdrc", "--directory", str(where), "--device", "/dev/ttyUSB0", "--pin-file", str(_pin(tmp_path))]
    assert main(options) == 0
    assert "\npin = 1234\n" in (where / "gammu-smsdrc").read_text()
    assert _mode(where / "gammu-smsdrc") == 0o600
    assert {_mode(where / name) for name in (".", "inbox", "outbox", "sent", "error")} == {0o700}


def test_a_second_rendering_that_needs_no_pin_leaves_none(tmp_path: Path) -> None:
    smsdrc.make(tmp_path, device="/dev/ttyUSB0", pin="1234")
    assert "pin" not in smsdrc.make(tmp_path, device="/dev/ttyUSB0").read_text()
    assert not list(tmp_path.glob("*.new"))


def test_what_is_rendered_is_what_urgent_hands_over_by(tmp_path: Path) -> None:
    smsdrc.make(tmp_path / "a house", device="/dev/ttyUSB0")
    found = modem.smsd(str(tmp_path / "a house"))
    assert found.folders[modem.Place.SENT] == tmp_path / "a house" / "sent"
    assert found.log == tmp_path / "a house" / "log"


@pytest.mark.parametrize(
    ("pin", "mode", "sentence"),
    [
        ("1234", 0o644, "--pin-file: expected a file that its owner alone may read, got mode 644"),
        ("12 34", 0o600, "--pin-file: expected a PIN of 4 to 8 digits, got something else"),
    ],
)
def test_a_pin_that_others_may_read_or_that_is_none_is_refused(
    tmp_path: Path, pin: str, mode: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _pin(tmp_path, pin, mode)
    assert main(["smsdrc", "--directory", str(tmp_path), "--device", "/dev/x", "--pin-file", str(file)]) == 1
    said = capsys.readouterr().err
    assert said.strip() == sentence
    assert pin not in said
