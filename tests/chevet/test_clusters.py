"""What the attributes of a sensor's report mean: the numbers of docs/sensor.md once more, by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chevet import clusters
from chevet.clusters import Attributes, battery, measurement, sampled, values_of
from chevet.errors import BadReport
from chevet.readings import Quality
from chevet.vitals import BY_KEY

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sensor.md").read_text()
SIZES = {0x18: 1, 0x20: 1, 0x21: 2, 0x22: 3, 0x23: 4, 0x29: 2}
NAMED: Attributes = {0x0000: (0x23, 7), 0x0001: (0x23, 1), 0x0002: (0x23, 40), 0x0003: (0x18, 0)}


def records(octets: bytes) -> Attributes:
    """The records of a report, read by hand."""
    found, at = {}, 0
    while at < len(octets):
        number, kind = int.from_bytes(octets[at : at + 2], "little"), octets[at + 2]
        at += 3 + SIZES[kind]
        found[number] = (kind, int.from_bytes(octets[at - SIZES[kind] : at], "little"))
    return found


def test_the_frame_in_the_document_is_what_the_document_says_of_it() -> None:
    written = next(line for line in DOCUMENT.splitlines() if line.startswith("0c f1 ff"))
    frame = bytes.fromhex(written.replace(" ", ""))
    assert f"is {len(frame)} octets" in DOCUMENT
    read = measurement(records(frame[5:]))
    assert (read.boot, read.counter, read.age, read.refusals) == (0xA1B2C3D4, 300, 20, ())
    assert read.values == (
        ("heart_rate", 71.0, Quality.GOOD),
        ("oxygen_saturation", 97.0, Quality.GOOD),
    )


def test_every_row_stands_in_the_document_with_its_type_and_what_it_says_for_none() -> None:
    rows = re.findall(r"^\| 0x(\w{4}) [^|]+\| \w+ \(0x(\w\w)\) \|[^|]+\| ([\d–]+) \| 0x(\w+) \|", DOCUMENT, re.M)
    told = {int(number, 16): (int(kind, 16), limits, int(none, 16)) for number, kind, limits, none in rows}
    for row in clusters.OWN:
        kind, limits, none = told.pop(row.id)
        low, high = (float(one) / row.per_unit for one in limits.split("–"))
        assert (row.type, row.missing % (1 << 8 * SIZES[kind])) == (kind, none)
        assert BY_KEY[row.vital].plausible == (low, high)
    assert not told


@pytest.mark.parametrize("row", clusters.OWN, ids=lambda row: row.vital)
def test_what_says_none_is_missing_and_what_is_beyond_the_range_is_suspect(row: clusters.Attribute) -> None:
    low, high = BY_KEY[row.vital].plausible or (0, 0)
    for value, quality in (
        (row.missing, Quality.MISSING),
        (int(low * row.per_unit), Quality.GOOD),
        (int(high * row.per_unit), Quality.GOOD),
        (int(high * row.per_unit) + 1, Quality.SUSPECT),
        (int(low * row.per_unit) - 1, Quality.SUSPECT),
    ):
        ((_, _, found),), refusals = values_of(clusters.VITALS, {row.id: (row.type, value)})
        assert (found, refusals) == (quality, [])


def test_a_probe_that_is_off_is_missing_and_a_wearer_that_moves_is_suspect() -> None:
    for flags, quality in ((0, Quality.GOOD), (1, Quality.MISSING), (2, Quality.SUSPECT), (3, Quality.MISSING)):
        read = measurement({**NAMED, 0x0003: (0x18, flags), 0x0011: (0x20, 97)})
        assert [one[2] for one in read.values] == [quality]


@pytest.mark.parametrize("number", [0x0000, 0x0001, 0x0002, 0x0003])
def test_without_what_names_it_a_report_is_refused(number: int) -> None:
    attributes = {**NAMED, 0x0011: (0x20, 97)}
    del attributes[number]
    with pytest.raises(BadReport, match=f"attribute 0x{number:04x}: expected .*, got nothing"):
        measurement(attributes)


def test_a_report_of_nothing_is_refused() -> None:
    with pytest.raises(BadReport, match="expected at least one measurement"):
        measurement(NAMED)


def test_the_standard_temperature_has_8000_for_none() -> None:
    for sent, value in ((3675, 36.75), (-0x8000, None)):
        assert values_of(clusters.TEMPERATURE, {0: (0x29, sent)})[0][0][1] == value


def test_battery_comes_in_half_percents() -> None:
    assert [battery({0x21: (0x20, sent)}) for sent in (0, 171, 200, 0xFF)] == [0, 85.5, 100, None]
    assert battery({0x20: (0x20, 30)}) is None
    with pytest.raises(BadReport, match="at most 200, got 201"):
        battery({0x21: (0x20, 201)})


def test_acceleration_begins_with_the_count_of_its_first_sample() -> None:
    found = sampled({2: (0x23, 5), 0x20: (0x41, bytes.fromhex("2c010000") + b"\x01\0\x02\0\xff\xff")})
    assert (found.first, found.age, found.octets) == (300, 5, b"\x01\0\x02\0\xff\xff")


@pytest.mark.parametrize("octets", [b"", b"abcd", b"abcdefghi", b"abcd" + bytes(6 * 13)])
def test_acceleration_of_another_length_is_refused(octets: bytes) -> None:
    with pytest.raises(BadReport, match="1 to 12 samples of 6"):
        sampled({2: (0x23, 5), 0x20: (0x41, octets)})
