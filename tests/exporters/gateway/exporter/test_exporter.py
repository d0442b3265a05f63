"""exporter as a process beside uplink in pull mode: it shows what would have been pushed, and how the gateway is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from provisioning.local import servers
from tests.exporters.gateway.uplink.homes import GATEWAY, MINUTE, Home, connected, expected, free_port, half_hour, until

TOKEN = "the token"
START = 1_700_000_040_000
ROOT = Path(__file__).parents[4]
NOWHERE = "http://127.0.0.1:9"


class Shown:
    """What the exporter at a port shows."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/metrics"

    def samples(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, int | None]]:
        """(name, labels) to (value, milliseconds); nothing while it does not answer."""
        try:
            answer = httpx2.get(self.url, headers={"Authorization": f"Bearer {TOKEN}"})
        except httpx2.TransportError:
            return {}
        assert answer.status_code == 200
        return {
            (one.name, tuple(sorted(one.labels.items()))): (
                one.value,
                round(float(one.timestamp) * 1000) if one.timestamp else None,
            )
            for family in text_string_to_metric_families(answer.text)
            for one in family.samples
        }

    def success(self, part: str) -> float | None:
        labels = (("collector", part), ("gateway", GATEWAY), ("process", "exporter"))
        found = self.samples().get(("chevet_exporter_collector_success", labels))
        return found[0] if found else None

    def own(self, name: str, process: str, **labels: str) -> float | None:
        """What one process says of itself."""
        found = self.samples().get((name, tuple(sorted({"gateway": GATEWAY, "process": process, **labels}.items()))))
        return found[0] if found else None


@pytest.fixture
async def home(rabbitmq: servers.Broker, vhost: str, tmp_path: Path) -> AsyncIterator[Home]:
    """A pull gateway whose service is away."""
    url = rabbitmq.amqp_url(vhost)
    one = Home(broker_url=url, folder=tmp_path, server_url=NOWHERE, token_url=f"{NOWHERE}/token")
    one.settings["MODE"] = "pull"
    async with connected(url) as one.bus:
        yield one
        if one.child is not None and one.child.poll() is None:
            one.child.kill()
            one.child.wait()


@contextmanager
def exporting(home: Home, mode: str = "pull") -> Iterator[Shown]:
    token, port = home.folder / "token", free_port()
    token.write_text(TOKEN)
    named = {
        "GATEWAY": GATEWAY,
        "STATE_DIR": str(home.state),
        "EXPORTER_ADDRESS": f"127.0.0.1:{port}",
        "EXPORTER_TOKEN_FILE": str(token),
        "MODE": mode,
        "PROCESSES": f"intake=127.0.0.1:{free_port()},uplink=127.0.0.1:{home.metrics_port}",
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "exporters.gateway", "exporter"],
        env={**os.environ, **{f"CHEVET_{name}": text for name, text in named.items()}},
        cwd=ROOT,
    )
    try:
        yield Shown(port)
    finally:
        child.terminate()
        assert child.wait(10) == 0


async def test_pulled_series_have_the_names_labels_values_and_times_of_pushed_ones(home: Home) -> None:
    await home.publish(*half_hour(START))
    home.start()
    with exporting(home) as shown:
        last = ("chevet_vital_heart_rate_per_minute", (("device", "watch"), ("gateway", GATEWAY)))
        await until(lambda: shown.samples().get(last, (0, 0))[1] == START + 30 * MINUTE, "the last window is shown")
        vitals = {
            (tuple(sorted([*labels, ("__name__", name)])), at, repr(value))
            for (name, labels), (value, at) in shown.samples().items()
            if name.startswith("chevet_vital") and not name.endswith("_latest")
        }
    assert vitals <= set(expected(START))
    assert len(vitals) == 6, "heart rate with mean, extremes and count; temperature with value and count"


async def test_what_processes_say_of_themselves_is_shown_and_one_that_is_away_leaves_the_others(home: Home) -> None:
    await home.publish(*half_hour(START))
    home.state.mkdir()
    with exporting(home) as shown:
        await until(lambda: shown.own("chevet_process_up", "uplink") == 0.0, "uplink is not there yet")
        assert shown.success("windows") == 0.0
        home.start()
        taken = len(half_hour(START))
        await until(
            lambda: shown.own("chevet_uplink_readings_total", "uplink", outcome="journaled") == taken, "uplink's own"
        )
        assert shown.own("chevet_process_up", "uplink") == 1.0
        assert shown.own("chevet_process_up", "intake") == 0.0
        assert shown.success("intake") == shown.success("windows") == 1.0


async def test_a_gateway_that_pushes_shows_no_vitals(home: Home) -> None:
    await home.publish(*half_hour(START))
    home.start()
    with exporting(home, mode="push") as shown:
        await until(lambda: shown.own("chevet_process_up", "uplink") == 1.0, "uplink is there")
        await until(lambda: home.rows("SELECT count(*) FROM newest_windows") == [(2,)], "there would be some")
        assert not [name for name, _ in shown.samples() if name.startswith("chevet_vital")]


async def test_whoever_has_no_token_is_told_so(home: Home) -> None:
    with exporting(home) as shown:
        await until(lambda: shown.samples(), "it answers")
        answer = httpx2.get(shown.url)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "expected the bearer token" in answer.text
