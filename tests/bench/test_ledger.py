"""The ledger in little, with real servers, kills and simulators: nothing lost, nothing twice, no SMS missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEYS = {
    *("produced", "stored", "lost", "duplicated", "wrong_windows", "on_air", "kills", "kills_by_step"),
    *("sms_expected", "sms_sent", "sms_repeated", "seed"),
}


@pytest.mark.parametrize("driver", ["zigbee2mqtt", "zigpy"])
def test_every_reading_is_stored_once_and_every_sms_sent_though_everything_is_killed(
    tmp_path: Path, driver: str
) -> None:
    command = [sys.executable, "-m", "bench", "ledger", "--kills", "6", "--short", "--seed", "3", "--driver", driver]
    done = subprocess.run(
        [*command, "--directory", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-6000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert set(result) == KEYS
    assert (result["lost"], result["duplicated"], result["wrong_windows"]) == (0, 0, 0)
    on_air = sum(stretch["readings"] for stretch in result["on_air"])
    assert result["produced"] == result["stored"] + on_air
    assert on_air == 0 or driver != "zigpy", "those sensors repeat"
    assert result["produced"] > 500
    assert result["kills"] == sum(result["kills_by_step"].values()) == 6
    assert result["sms_sent"] == result["sms_expected"] > 10
