"""History is what gateways would have sent, and the real promtool and Prometheus take it."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from argparse import Namespace
from collections import defaultdict
from pathlib import Path

import httpx2
import pytest

from chevet import windows
from chevet.metrics import BY_NAME
from chevet.readings import Reading
from chevet.windows import Cutter
from chevet.zigbee import values_of
from provisioning.local import prometheus, servers
from provisioning.local.supervisor import Supervisor
from simulators.errors import BadOption
from simulators.history import Stretch, lines
from simulators.history_command import stretches
from simulators.payloads import reports
from simulators.residents import Resident, residents
from simulators.script import occurrence

NOON = 1_777_852_800.0 + 12 * 3600
PATIENTS = [
    {"gateway": "g03", "patient": "p-one", "seed": 3},
    {"gateway": "g04", "patient": "p-two", "seed": 12, "devices": ["oximeter", "glucose-sensor"]},
]


@pytest.fixture
def people(tmp_path: Path) -> tuple[Resident, ...]:
    path = tmp_path / "residents.json"
    path.write_text(json.dumps(PATIENTS))
    return residents(path)


def cut_as_a_gateway(resident: Resident, after: float, until: float) -> dict[tuple[str, ...], dict[int, float]]:
    cutter, cuts = Cutter(), []
    for number, report in enumerate(reports(resident.devices, resident.body, after, until)):
        for vital, value, quality in values_of(report.device.row, report.payload):
            cuts += cutter.add(
                Reading(
                    gateway=resident.gateway,
                    device=report.device.name,
                    vital=vital,
                    value=value,
                    measured_at=report.payload["last_seen"],
                    segment="s",
                    run="r",
                    sequence=number,
                    quality=quality,
                    origin="test",
                ),
                0.0,
            )
    cuts += cutter.at(math.inf)
    return {
        tuple(sorted(f"{name}={value}" for name, value in one.labels)): dict(one.samples)
        for one in windows.to_series(cuts)
    }


def test_fine_history_is_window_for_window_what_a_gateway_cuts(people: tuple[Resident, ...]) -> None:
    for resident in people:
        expected = cut_as_a_gateway(resident, NOON, NOON + 6 * 3600 - 0.001)
        found = {}
        for line in lines(resident, (Stretch(after=NOON, until=NOON + 6 * 3600),)):
            labels = dict(line.labels)
            assert labels.pop("patient") == resident.pseudonym
            key = tuple(sorted(f"{name}={value}" for name, value in (labels | {"__name__": line.name}).items()))
            found[key] = {
                round(end * 1000): value for end, value in zip(line.ends.tolist(), line.values.tolist(), strict=True)
            }
        assert set(found) == set(expected)
        for key, samples in expected.items():
            assert found[key] == pytest.approx(samples, rel=1e-9)


def test_coarse_history_keeps_names_labels_and_the_number_of_readings(people: tuple[Resident, ...]) -> None:
    stretch = Stretch(after=NOON, until=NOON + 3600)
    wide = Stretch(after=NOON, until=NOON + 3600, period=300)
    fine, coarse = ({(line.name, line.labels): line for line in lines(people[0], (one,))} for one in (stretch, wide))
    assert set(fine) == set(coarse)
    for key, line in fine.items():
        if key[0].endswith("_readings"):
            assert coarse[key].values.sum() == line.values.sum()
        assert BY_NAME[key[0]].name == key[0]


def test_history_keeps_what_struck_and_is_as_ever_before_and_after(people: tuple[Resident, ...]) -> None:
    hours = (Stretch(after=NOON, until=NOON + 3 * 3600),)
    struck = (occurrence("tachycardia", NOON + 3600, lasts=1200),)  # to 144 /min
    calm, ill = (
        next(line for line in lines(people[1], hours, what) if line.name == "chevet_vital_heart_rate_per_minute")
        for what in ((), struck)
    )
    within = (ill.ends > NOON + 3600 + 120) & (ill.ends <= NOON + 3600 + 1200)
    assert ill.values[within].min() > 140
    before, after = ill.ends <= NOON + 3600, ill.ends > NOON + 3600 + 1200 + 120
    assert (ill.values[before] == calm.values[calm.ends <= NOON + 3600]).all()
    assert ill.values[after].max() < 131


def test_each_series_stands_in_order_of_time_without_a_moment_twice(people: tuple[Resident, ...]) -> None:
    parts = (Stretch(after=NOON, until=NOON + 7200, period=300), Stretch(after=NOON + 7200, until=NOON + 10800))
    for line in lines(people[0], parts):
        ends = line.ends.tolist()
        assert ends == sorted(set(ends))


def test_blocks_made_by_promtool_are_read_by_prometheus(tmp_path: Path) -> None:
    (tmp_path / "residents.json").write_text(json.dumps(PATIENTS))
    out = tmp_path / "history.om"
    arguments = ["--patients", str(tmp_path / "residents.json"), "--days", "3", "--out", str(out)]
    subprocess.run([sys.executable, "-m", "simulators", "history", *arguments], check=True, timeout=60)
    assert out.read_text().endswith("\n# EOF\n")
    building = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=480h", "-q"]
    subprocess.run([*building, str(out), str(tmp_path / "blocks")], check=True, timeout=60)
    expected: dict[str, float] = defaultdict(float)
    for line in out.read_text().splitlines():
        if line.startswith("chevet_vital_heart_rate_per_minute_readings{"):
            expected[line.split('patient="')[1].split('"')[0]] += float(line.split(" ")[1])
    row = servers.on_free_ports(servers.PROMETHEUS)
    with Supervisor(tmp_path / "stack") as stack:
        stack.assign_ports(row)
        place = stack.place("prometheus")
        prometheus.data(place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "blocks").rename(prometheus.data(place))
        stack.start(row)
        query = "sum by (patient) (sum_over_time(chevet_vital_heart_rate_per_minute_readings[4d]))"
        answer = httpx2.get(f"{place.url()}/api/v1/query", params={"query": query}).json()["data"]["result"]
    assert {row["metric"]["patient"]: float(row["value"][1]) for row in answer} == expected


def test_a_history_that_is_interrupted_leaves_no_file_for_promtool_to_believe(tmp_path: Path) -> None:
    (tmp_path / "residents.json").write_text(json.dumps([{"gateway": f"g{n}"} for n in range(200)]))
    out = tmp_path / "history.om"
    arguments = ["--patients", str(tmp_path / "residents.json"), "--out", str(out)]
    running = subprocess.Popen(
        [sys.executable, "-m", "simulators", "history", *arguments], stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    assert running.stderr.readline().startswith("history: 1 of 200 patients")
    running.send_signal(signal.SIGTERM)
    assert "stopped, nothing is kept" in running.communicate(timeout=30)[1]
    assert running.returncode == 130
    assert [path.name for path in tmp_path.iterdir()] == ["residents.json"]


def options(**changed: object) -> Namespace:
    return Namespace(**{"days": 14.0, "until": None, "gap": "10m", "fine": "1d", "coarse": "5m"} | changed)


def test_history_ends_before_now_and_is_fine_only_at_its_end() -> None:
    coarse, fine = stretches(options(), NOON)
    assert fine.until == NOON - 600
    assert fine.until - fine.after == 86400
    assert fine.until - coarse.after == 14 * 86400
    assert (coarse.period, fine.period) == (300, 0)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"days": 0}, "--days: expected a number above 0 and at most 400, got 0"),
        ({"coarse": "90s"}, "--coarse: expected whole minutes, got '90s'"),
        ({"gap": "soon"}, "--gap: expected a length of time such as 90, 5m, 2h or 14d, got 'soon'"),
        ({"until": "noon"}, "--until: expected an ISO 8601 time such as 2026-05-04T07:30, got 'noon'"),
    ],
)
def test_a_bad_stretch_is_refused_in_a_sentence(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadOption) as refused:
        stretches(options(**changed), NOON)
    assert str(refused.value) == sentence
