"""The exporter's page: each part for itself, behind a token, clean to Prometheus's own linter."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier

import httpx2
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from chevet import metrics
from chevet.remote_write import Series, series
from chevet.vitals import DEVICE_VITALS, Vital
from exporters.gateway.exporter import page
from exporters.gateway.exporter.main import BadToken, read_token
from exporters.gateway.exporter.newest import Span
from exporters.gateway.exporter.parts import Composite, Part, of_vitals
from exporters.gateway.uplink.cutting import Cutting
from exporters.gateway.uplink.journal import Journal
from tests.exporters.gateway.uplink.homes import free_port, reading

TOKEN = "a token"
START = 1_700_000_040_123

EXCEPTIONS: dict[str, str] = {}
"""Names that the linter refuses, each with the reason why it stands."""


def text(*parts: Part) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Composite("g01", parts))
    return generate_latest(registry).decode()


def success(part: str, value: int) -> str:
    labels = f'collector="{part}",gateway="g01",process="exporter"'
    return f"chevet_exporter_collector_success{{{labels}}} {value}.0"


def broken() -> list[Series]:
    raise OSError("the disk is gone")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A pull gateway's journal: of every vital that a device measures a window with a good and a missing reading."""
    journal = Journal(tmp_path)
    cutting = Cutting(journal, push=False)
    for vital in DEVICE_VITALS:
        value = sum(vital.plausible) / 2
        cutting.take(
            [
                reading(1, START, value, vital.key),
                reading(2, START + 1000, None, vital.key),
                reading(3, START + 3 * 60_000, value, vital.key),
            ],
            0.0,
        )
    journal.close()
    return tmp_path


def test_a_part_that_fails_leaves_the_others_speaking(state: Path) -> None:
    said = text(Part("broken", broken), *of_vitals(state))
    assert success("broken", 0) in said
    assert success("windows", 1) in said
    assert "chevet_vital_heart_rate_per_minute{" in said


def test_a_part_that_is_slow_makes_no_other_wait() -> None:
    """Each waits until all are asked: one after the other they never would be."""
    together = Barrier(3, timeout=20)

    def slow() -> list[Series]:
        together.wait()
        return []

    said = text(*(Part(name, slow) for name in ("one", "two", "three")))
    assert all(success(name, 1) in said for name in ("one", "two", "three"))


def test_a_journal_that_is_not_there_yet_is_a_part_that_cannot_speak(tmp_path: Path) -> None:
    said = text(*of_vitals(tmp_path))
    assert success("windows", 0) in said
    assert not list(tmp_path.iterdir()), "to look at a journal must not make one"


def test_a_sample_stands_at_its_own_time_to_the_millisecond() -> None:
    name = metrics.OF_VITALS[0].name
    for at in (1_700_000_000_000, 1_700_000_000_001, 1_699_999_999_999, 1_700_000_040_123, 1_999_999_999_577):
        said = text(Part("one", lambda at=at: [series(name, {"gateway": "g", "device": "d"}, (at, 70.0))]))
        assert f"70.0 {at}\n" in said


@pytest.mark.parametrize("vital", DEVICE_VITALS, ids=lambda vital: vital.key)
def test_every_vital_of_a_device_is_shown_with_its_window_and_its_newest(state: Path, vital: Vital) -> None:
    names = {line.partition("{")[0] for line in text(*of_vitals(state)).splitlines() if not line.startswith("#")}
    of_it = {row.name for row in metrics.OF_VITALS if row.vital is vital and row.suffix != metrics.STRAGGLER}
    assert of_it <= names
    assert not [name for name in names if name.endswith("_straggler")]


def test_promtool_has_nothing_to_say(state: Path) -> None:
    said = text(*of_vitals(state))
    checked = subprocess.run(["promtool", "check", "metrics"], input=said, capture_output=True, text=True)
    remarks = [line for line in (checked.stdout + checked.stderr).splitlines() if line.split()[0] not in EXCEPTIONS]
    assert remarks == []


def test_what_was_measured_before_or_after_the_time_asked_for_is_another_patients_and_not_shown(state: Path) -> None:
    """A window that began before is hidden too: a part of it was the other's."""
    window_start = START // 60_000 * 60_000
    own = {line for line in text(*of_vitals(state, Span(since=window_start))).splitlines() if "_latest" not in line}
    later = text(*of_vitals(state, Span(since=START + 1)))
    assert any(line.startswith("chevet_vital_heart_rate_per_minute{") for line in own)
    assert "chevet_vital_heart_rate_per_minute{" not in later
    assert "chevet_vital_heart_rate_per_minute_latest{" in later
    assert "chevet_vital" not in text(*of_vitals(state, Span(since=START + 4 * 60_000)))
    assert "chevet_vital_heart_rate_per_minute{" in text(*of_vitals(state, Span(until=window_start + 60_000)))
    assert "chevet_vital_heart_rate_per_minute{" not in text(*of_vitals(state, Span(until=window_start + 59_999)))
    assert "chevet_vital" not in text(*of_vitals(state, Span(until=START)))


@pytest.fixture
def url() -> Iterator[str]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Composite("g01", []))
    address = f"127.0.0.1:{free_port()}"
    with page.serving(address, page.application(lambda _: registry, TOKEN)):
        yield f"http://{address}"


@pytest.mark.parametrize(
    ("path", "authorization", "status"),
    [
        ("/metrics", f"Bearer {TOKEN}", 200),
        ("/metrics", None, 401),
        ("/metrics", "Bearer another", 401),
        ("/metrics", f"Basic {TOKEN}", 401),
        ("/metrics", f"Bearer {TOKEN}é", 401),
        ("/metrics", "", 401),
        ("/metrics?from=1900000000000", f"Bearer {TOKEN}", 200),
        ("/metrics?from=0&until=1900000000000", f"Bearer {TOKEN}", 200),
        ("/metrics?until=", f"Bearer {TOKEN}", 400),
        ("/metrics?from=yesterday", f"Bearer {TOKEN}", 400),
        ("/metrics?from=99999999999999999999", f"Bearer {TOKEN}", 400),
        ("/", None, 401),
        ("/", f"Bearer {TOKEN}", 404),
    ],
)
def test_only_the_bearer_of_the_token_is_served(url: str, path: str, authorization: str | None, status: int) -> None:
    headers = [] if authorization is None else [(b"Authorization", authorization.encode())]
    assert httpx2.get(url + path, headers=headers).status_code == status


@pytest.mark.parametrize("content", ["", " \n", "two\nlines", "é"])
def test_a_file_without_a_token_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    with pytest.raises(BadToken, match="CHEVET_EXPORTER_TOKEN_FILE: expected a token"):
        read_token(path)
