"""A block that we wrote is read by Prometheus's own tool: every sample of every series, to the bit."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from bench.blocks import Block
from bench.encoded import checksum, chunks

START = 1_900_000_000_000


def dumped(data: Path) -> dict[str, list[tuple[int, float]]]:
    """What promtool finds in the database, by the labels as it writes them."""
    done = subprocess.run(["promtool", "tsdb", "dump", str(data)], capture_output=True, text=True, check=True)
    found: dict[str, list[tuple[int, float]]] = {}
    for line in done.stdout.splitlines():
        labels, _, sample = line.partition("} ")
        value, at = sample.split()
        found.setdefault(labels + "}", []).append((int(at), float(value)))
    return found


def test_a_checksum_is_castagnolis() -> None:
    assert checksum(b"123456789").hex() == "e3069283"  # the check value of CRC-32C


def test_prometheus_reads_back_every_sample_of_steady_odd_and_shared_series(tmp_path: Path) -> None:
    draw = random.Random(5)
    steady = [START + 15_000 * step for step in range(1000)]
    odd = sorted({START + draw.randrange(900_000_000) for _ in range(400)})
    noisy = [draw.gauss(70, 9) for _ in odd]
    block = Block(tmp_path)
    flat = block.keep(chunks(steady, [88.0] * len(steady)))
    rough = block.keep(chunks(odd, noisy))
    for patient in ("p1", "p2", "p10"):
        block.add("chevet_limit", {"patient": patient, "vital": "heart_rate"}, flat)
    block.add("chevet_vital", {"patient": "p1"}, rough)
    assert block.write() == 3 * 1000 + len(odd)
    (tmp_path / "wal").mkdir()  # which the tool wants to find, though nothing is in it
    found = dumped(tmp_path)
    assert found['{__name__="chevet_vital", patient="p1"}'] == list(zip(odd, noisy, strict=True))
    for patient in ("p1", "p2", "p10"):
        limits = found[f'{{__name__="chevet_limit", patient="{patient}", vital="heart_rate"}}']
        assert limits == [(at, 88.0) for at in steady]
    assert len(found) == 4
