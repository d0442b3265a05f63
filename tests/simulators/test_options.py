"""Every command teaches by --help and refuses what it cannot use, in a sentence that names the option."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chevet.vitals import BY_KEY
from chevet.zigbee import BY_MODEL
from simulators import __main__, episodes
from simulators.devices import DEVICES
from simulators.errors import BadOption
from simulators.residents import residents
from simulators.script import script

HOME = ["home", "--gateway", "g01", "--mqtt-url", "mqtt://a:b@127.0.0.1:1/g01"]
WARDS = ["wards", "--service", "http://127.0.0.1:1", "--credentials", "nowhere", "--patients", "nowhere.json"]


@pytest.mark.parametrize("command", __main__.COMMANDS, ids=lambda command: command.NAME)
def test_help_teaches_with_a_line_to_copy(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    name = command.NAME  # type: ignore[attr-defined]  # a module with the four names of a command
    with pytest.raises(SystemExit) as ended:
        __main__.main([name, "--help"])
    assert ended.value.code == 0
    assert f"python -m simulators {name} --" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*HOME, "--speed", "0"], "--speed: expected a number above 0 and at most 10000, got 0.0"),
        ([*HOME, "--speed", "nan"], "--speed: expected a number above 0 and at most 10000, got nan"),
        ([*HOME, "--start", "dawn"], "--start: expected an ISO 8601 time"),
        ([*HOME, "--duration", "long"], "--duration: expected a length of time"),
        ([*HOME, "--devices", "oximeter,toaster"], "--devices: expected names of oximeter, chest-strap"),
        ([*HOME, "--devices", ""], "--devices: expected names of oximeter"),
        ([*HOME, "--episodes", "plague@5"], "--episodes: expected a file, or name@offset with a name of mild-"),
        ([*HOME, "--episodes", "fever"], "--episodes: expected a file, or name@offset"),
        ([*HOME, "--episodes", "fever@5", "--repeat", "2"], "--repeat: expected longer than the last offset"),
        ([*HOME, "--log", "/proc/no/log"], "--log: expected a file that can be written, got /proc/no/log"),
        ([*HOME, "--patient-seed", "-1"], "--patient-seed: expected a whole number of at least 0, got -1"),
        (["home", "--gateway", "g01"], "--mqtt-url: expected it or CHEVET_SIMULATOR_MQTT_URL, got neither"),
        ([*WARDS], "--patients: expected JSON in nowhere.json"),
        ([*WARDS, "--service", "localhost:8000"], "--service: expected http:// or https:// and a host"),
        ([*WARDS, "--every", "0"], "--every: expected at least 1s, got '0'"),
    ],
)
def test_a_bad_option_is_refused_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHEVET_SIMULATOR_MQTT_URL", raising=False)
    assert __main__.main(arguments) == 2
    assert capsys.readouterr().err.startswith(sentence)


def test_wards_without_credentials_name_the_file_that_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "residents.json").write_text('[{"gateway": "g03"}]')
    arguments = ["--credentials", str(tmp_path), "--patients", str(tmp_path / "residents.json")]
    assert __main__.main(["wards", "--service", "http://127.0.0.1:1", *arguments]) == 2
    assert f"expected JSON with token_url, client_id, client_secret in {tmp_path}/g03.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "--patients: expected a list of at least one object"),
        ([{"patient": "p"}], '--patients row 1: expected an object with a "gateway"'),
        ([{"gateway": "g1", "seed": -4}], "--patients row 1 seed: expected a whole number of at least 0, got -4"),
        ([{"gateway": "g1", "devices": ["toaster"]}], "--patients row 1 devices: expected a list of oximeter"),
        ([{"gateway": "g1", "sead": 4}], "--patients row 1: expected fields devices, gateway, patient, seed"),
        ([{"gateway": "g1"}, {"gateway": "g1"}], "--patients: expected each gateway once, got g1 more often"),
    ],
)
def test_a_bad_row_of_patients_is_named(rows: list[object], sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "residents.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(BadOption) as refused:
        residents(path)
    assert str(refused.value).startswith(sentence)


def test_a_script_from_a_file_says_when_for_how_long_and_where(tmp_path: Path) -> None:
    path = tmp_path / "episodes.json"
    path.write_text(json.dumps([{"episode": "probe-off", "at": "2m", "lasts": 90, "device": "chest-strap"}]))
    one = script(str(path), 1000.0).occurrences[0]
    assert (one.episode.name, one.start, one.end, one.device) == ("probe-off", 1120.0, 1210.0, "chest-strap")


def test_a_repeated_script_comes_again_until_the_end() -> None:
    starts = [one.start for one in script("fever@5,motion@1m", 0.0, repeat=600, until=1500).occurrences]
    assert starts == [5, 60, 605, 660, 1205, 1260]


@pytest.mark.parametrize("row", episodes.EPISODES, ids=lambda row: row.name)
def test_each_episode_is_about_vitals_and_devices_that_exist(row: episodes.Episode) -> None:
    assert {effect.vital for effect in row.effects} <= set(BY_KEY)
    assert row.device in {"", *(device.name for device in DEVICES)}
    assert bool(row.effects) is not (row.fault is not None)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_each_device_sends_attributes_of_its_model(device: object) -> None:
    row = BY_MODEL[device.model]  # type: ignore[attr-defined]  # a row of DEVICES
    channels = {channel.attribute for channel in device.channels}  # type: ignore[attr-defined]  # the same
    assert channels <= {attribute.name for attribute in row.attributes}
