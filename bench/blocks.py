"""A block of Prometheus's database, written as it lies on disk: for series that are many and much alike.

`promtool` builds blocks from text, each sample a line; a thousand patients' fortnight would be a hundred million lines.
Here the samples of one body are encoded once, and as many series as are like it point to the same chunks. What is read
is then the same; that it would come from more places on the disk is not shown.
"""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.encoded import Chunk, checksum, signed, unsigned

_CHUNKS = struct.pack(">IB3x", 0x85BD40DD, 1)
_INDEX = struct.pack(">IB", 0xBAAAD700, 2)
_XOR = b"\x01"
_ALIGNED = 16
_ULID = "01CHEVET000000000000000000"
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A chunk, and where it lies."""

    chunk: Chunk
    at: int


class Block:
    """Chunks are kept first, series are added in any order, and `write` makes the block."""

    def __init__(self, data: Path) -> None:
        """`data` is Prometheus's data directory."""
        self._folder = data / _ULID
        (self._folder / "chunks").mkdir(parents=True)
        self._file = (self._folder / "chunks" / "000001").open("wb")
        self._file.write(_CHUNKS)
        self._series: dict[Labels, Sequence[Kept]] = {}

    def keep(self, chunks: Iterable[Chunk]) -> Sequence[Kept]:
        """Write them, to be pointed to by any number of series."""
        kept = []
        for chunk in chunks:
            kept.append(Kept(chunk=chunk, at=self._file.tell()))
            body = _XOR + chunk.data
            self._file.write(unsigned(len(chunk.data)) + body + checksum(body))
        return kept

    def add(self, name: str, labels: Mapping[str, str], chunks: Sequence[Kept]) -> None:
        """A series of these chunks, in order of time."""
        self._series[tuple(sorted({"__name__": name, **labels}.items()))] = chunks

    def write(self) -> int:
        """Close the block; how many samples its series have."""
        self._file.close()
        (self._folder / "index").write_bytes(_index(self._series))
        kept = [one.chunk for chunks in self._series.values() for one in chunks]
        samples = sum(chunk.samples for chunk in kept)
        meta = {
            "ulid": _ULID,
            "minTime": min(chunk.first for chunk in kept),
            "maxTime": max(chunk.last for chunk in kept) + 1,
            "stats": {"numSamples": samples, "numSeries": len(self._series), "numChunks": len(kept)},
            "compaction": {"level": 1, "sources": [_ULID]},
            "version": 1,
        }
        (self._folder / "meta.json").write_text(json.dumps(meta))
        return samples


def _index(series: Mapping[Labels, Sequence[Kept]]) -> bytes:
    """Symbols, series, postings, the table of the postings, and where each of them begins."""
    words = sorted({"", *(word for labels in series for pair in labels for word in pair)})
    numbered = {word: number for number, word in enumerate(words)}
    index = bytearray(_INDEX)
    symbols = len(index)
    index += _counted(len(words), b"".join(_text(word) for word in words))
    first = len(index)
    postings: dict[tuple[str, str], list[int]] = defaultdict(list)
    for labels, chunks in sorted(series.items()):
        index += bytes(-len(index) % _ALIGNED)
        for pair in (("", ""), *labels):
            postings[pair].append(len(index) // _ALIGNED)
        named = b"".join(unsigned(numbered[word]) for pair in labels for word in pair)
        entry = unsigned(len(labels)) + named + _pointers(chunks)
        index += unsigned(len(entry)) + entry + checksum(entry)
    lists, table = len(index), bytearray()
    for pair, found in sorted(postings.items()):
        table += b"\x02" + _text(pair[0]) + _text(pair[1]) + unsigned(len(index))
        index += _counted(len(found), struct.pack(f">{len(found)}I", *found))
    none = len(index)
    index += _counted(0, b"")
    offsets = len(index)
    index += _counted(len(postings), bytes(table))
    contents = struct.pack(">6Q", symbols, first, none, none, lists, offsets)
    return bytes(index + contents + checksum(contents))


def _counted(count: int, content: bytes) -> bytes:
    counted = struct.pack(">I", count) + content
    return struct.pack(">I", len(counted)) + counted + checksum(counted)


def _text(word: str) -> bytes:
    encoded = word.encode()
    return unsigned(len(encoded)) + encoded


def _pointers(chunks: Sequence[Kept]) -> bytes:
    """How many, and of each its times and place, all but the first by how far they are from the one before."""
    found, before = bytearray(unsigned(len(chunks))), None
    for one in chunks:
        gap = signed(one.chunk.first) if before is None else unsigned(one.chunk.first - before.chunk.last)
        at = unsigned(one.at) if before is None else signed(one.at - before.at)
        found += gap + unsigned(one.chunk.last - one.chunk.first) + at
        before = one
    return bytes(found)
