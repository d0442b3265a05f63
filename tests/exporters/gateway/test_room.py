"""The bounds of a gateway fit together on its disk."""

from __future__ import annotations

import pytest

from chevet.vitals import DEVICE_VITALS
from exporters.gateway.room import GIGABYTE
from exporters.gateway.settings import IntakeSettings, UplinkSettings

WEEK = 7 * 86_400
ON_DISK = 600 / 240
"""What a body takes in a quorum queue, measured."""

BODY = 240
RESERVES = 3 * 16 * 2**20
WRITTEN_AHEAD = 2 * 32 * 2**20
ALARM = 64 * 2**20


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("settings") / "file"
    file.touch()
    settings = {"GATEWAY": "g01", "STATE_DIR": str(file.parent), "BROKER_URL": "amqp://g01:secret@127.0.0.1:1/g01"}
    settings |= {"SERVER_URL": "http://127.0.0.1:1", "CREDENTIALS_FILE": str(file)}
    for name, value in settings.items():
        monkeypatch.setenv(f"CHEVET_{name}", value)


def of_process(kind: type) -> dict[str, int]:
    settings = kind.model_validate({})  # type: ignore[attr-defined]  # both are pydantic's
    return {name: value for name, value in settings if name.endswith("_bytes")}


@pytest.mark.usefixtures("environment")
def test_by_default_all_bounds_fit_on_one_gigabyte_with_room_for_the_broker() -> None:
    bounds = of_process(IntakeSettings) | of_process(UplinkSettings)
    taken = bounds["uplink_max_bytes"] * ON_DISK + bounds["journal_max_bytes"] + bounds["spool_max_bytes"]
    assert taken + RESERVES + WRITTEN_AHEAD + ALARM < GIGABYTE
    assert 0 < bounds["spool_fold_bytes"] < bounds["spool_max_bytes"]


@pytest.mark.usefixtures("environment")
def test_a_week_of_every_sensor_fits_into_the_queue_alone() -> None:
    readings = sum(WEEK / vital.interval for vital in DEVICE_VITALS if vital.interval)
    assert 150_000 < readings < 160_000
    assert readings * BODY < of_process(UplinkSettings)["uplink_max_bytes"] / 3


@pytest.mark.usefixtures("environment")
def test_one_setting_moves_all_bounds_and_each_can_be_set_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    before = of_process(IntakeSettings)
    monkeypatch.setenv("CHEVET_DISK_BYTES", str(2 * GIGABYTE))
    assert of_process(IntakeSettings) == {name: 2 * value for name, value in before.items()}
    monkeypatch.setenv("CHEVET_SPOOL_MAX_BYTES", "1000")
    assert of_process(IntakeSettings)["spool_max_bytes"] == 1000
    assert of_process(IntakeSettings)["spool_fold_bytes"] == 500
