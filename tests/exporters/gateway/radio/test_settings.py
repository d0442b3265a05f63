"""Which sticks and names the radio's settings take."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from exporters.gateway.settings import BadSettings, RadioSettings, read

ADDRESS = "00:12:4b:00:01:02:03:04"


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def set_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def put(**settings: str) -> RadioSettings:
        usual = {"GATEWAY": "g01", "STATE_DIR": str(tmp_path), "BROKER_URL": "amqp://g01:secret@127.0.0.1:1/g01"}
        for name, value in (
            usual | {"RADIO": "znp:///dev/ttyUSB0", "METRICS_ADDRESS": free_address()} | settings
        ).items():
            monkeypatch.setenv(f"CHEVET_{name}", value)
        return read(RadioSettings)

    return put


@pytest.mark.parametrize("url", ["ezsp:///dev/ttyUSB0", "znp:///dev/ttyACM1", "simulated://127.0.0.1:9700"])
def test_a_stick_is_one_of_three_kinds(set_to: Any, url: str) -> None:
    found = set_to(RADIO=url)
    assert (found.radio, found.radio_names) == (url, {})


@pytest.mark.parametrize(
    "url", ["/dev/ttyUSB0", "ezsp://ttyUSB0", "simulated://127.0.0.1", "simulated://127.0.0.1:x", "deconz:///dev/x"]
)
def test_another_stick_is_refused_in_a_sentence(set_to: Any, url: str) -> None:
    with pytest.raises(
        BadSettings, match="CHEVET_RADIO: expected ezsp:///dev/ttyUSB0, znp:///dev/ttyUSB0 or simulated"
    ):
        set_to(RADIO=url)


def test_names_are_given_by_address(set_to: Any) -> None:
    assert set_to(RADIO_NAMES=f"{ADDRESS}=salon/ox, ").radio_names == {ADDRESS: "salon/ox"}


@pytest.mark.parametrize(
    "names", ["ox", f"{ADDRESS}=", "1234=ox", f"{ADDRESS}=a,{ADDRESS}=b", f"{ADDRESS}=a,{'ff:' * 7}ff=a"]
)
def test_odd_names_are_refused_in_a_sentence(set_to: Any, names: str) -> None:
    with pytest.raises(BadSettings, match="CHEVET_RADIO_NAMES: expected"):
        set_to(RADIO_NAMES=names)


@pytest.mark.parametrize("seconds", ["0", "255", "ever"])
def test_the_network_is_never_open_for_long(set_to: Any, seconds: str) -> None:
    with pytest.raises(BadSettings, match="CHEVET_RADIO_PERMIT_SECONDS: expected seconds, 1 to 254"):
        set_to(RADIO_PERMIT_SECONDS=seconds)
