"""A download goes on where it was cut, is what was meant, and says how much it is: before a server that cuts it."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from provisioning.errors import NotFetched
from provisioning.keycloak.downloading import TRIES, Download, fetched

CONTENT = random.Random(7).randbytes(1_000_000)


@dataclass
class Server:
    """Sends `at_most` bytes to a request and hangs up. `asked` are the ranges that it was asked for."""

    at_most: int = len(CONTENT)
    knows_ranges: bool = True
    content: bytes = CONTENT
    asked: list[str | None] = field(default_factory=list)
    url: str = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers["Range"]
        self.asked.append(wanted)
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.knows_ranges else 0
        request.send_response(206 if begin else 200)
        request.send_header("Content-Length", str(len(self.content) - begin))
        request.end_headers()
        request.wfile.write(self.content[begin : begin + self.at_most])


@pytest.fixture
def server() -> Iterator[Server]:
    acts = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            acts.answer(self)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    acts.url = f"http://127.0.0.1:{listening.server_port}/it.zip"
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield acts
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def wanted(server: Server) -> Download:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Download(name="it", url=server.url, size=len(CONTENT), sha256=digest)


@pytest.fixture
def said() -> list[str]:
    return []


def test_it_comes_whole_and_says_its_size_and_how_far_it_is(wanted: Download, tmp_path: Path, said: list[str]) -> None:
    file = fetched(wanted, tmp_path / "cache" / "it.zip", said.append)
    assert file.read_bytes() == CONTENT
    assert said[0] == f"it: fetching 1 MB into {tmp_path / 'cache'}"
    assert said[-1] == "it: 100 % of 1 MB"


def test_what_is_there_is_not_fetched_again(server: Server, wanted: Download, tmp_path: Path, said: list[str]) -> None:
    for _ in range(2):
        fetched(wanted, tmp_path / "it.zip", said.append)
    assert server.asked == [None]


def test_what_is_there_is_not_trusted_for_its_name(
    server: Server, wanted: Download, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "it.zip").write_bytes(bytes(len(CONTENT)))
    with pytest.raises(NotFetched, match=rf"it: expected SHA-256 {wanted.sha256} of .*; it is removed"):
        fetched(wanted, tmp_path / "it.zip", said.append)
    assert server.asked == []
    assert fetched(wanted, tmp_path / "it.zip", said.append).read_bytes() == CONTENT


def test_a_connection_that_is_cut_again_and_again_goes_on_where_it_ended(
    server: Server, wanted: Download, tmp_path: Path, said: list[str]
) -> None:
    server.at_most = 400_000
    assert fetched(wanted, tmp_path / "it.zip", said.append).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=400000-", "bytes=800000-"]


def test_a_run_that_was_killed_is_gone_on_from_by_the_next(
    server: Server, wanted: Download, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "it.zip.part").write_bytes(CONTENT[:300_000])
    assert fetched(wanted, tmp_path / "it.zip", said.append).read_bytes() == CONTENT
    assert server.asked == ["bytes=300000-"]
    assert not (tmp_path / "it.zip.part").exists()


def test_a_server_that_knows_no_ranges_sends_all_of_it_and_that_is_taken(
    server: Server, wanted: Download, tmp_path: Path, said: list[str]
) -> None:
    server.knows_ranges = False
    (tmp_path / "it.zip.part").write_bytes(b"\0" * 300_000)
    assert fetched(wanted, tmp_path / "it.zip", said.append).read_bytes() == CONTENT


def test_a_server_that_sends_no_more_is_given_up_in_a_sentence_and_what_came_is_kept(
    server: Server, wanted: Download, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "it.zip.part").write_bytes(CONTENT[:300_000])
    server.at_most = 0
    with pytest.raises(NotFetched, match=r"it: expected 1000000 bytes from \S+, got 300000 .* run it again to go on"):
        fetched(wanted, tmp_path / "it.zip", said.append)
    assert len(server.asked) == TRIES
    assert (tmp_path / "it.zip.part").read_bytes() == CONTENT[:300_000]


def test_another_content_of_the_same_size_is_refused_and_removed(
    server: Server, wanted: Download, tmp_path: Path, said: list[str]
) -> None:
    server.content = bytes(len(CONTENT))
    with pytest.raises(NotFetched, match=rf"it: expected SHA-256 {wanted.sha256} of .*; it is removed"):
        fetched(wanted, tmp_path / "it.zip", said.append)
    assert list(tmp_path.iterdir()) == []


def test_a_longer_content_is_refused_too(server: Server, wanted: Download, tmp_path: Path, said: list[str]) -> None:
    server.content = CONTENT + b"and more"
    server.at_most = len(server.content)
    with pytest.raises(NotFetched, match="expected SHA-256"):
        fetched(wanted, tmp_path / "it.zip", said.append)


def test_a_disk_without_room_is_found_out_before_anything_is_asked_for(
    server: Server, wanted: Download, tmp_path: Path, said: list[str]
) -> None:
    with pytest.raises(NotFetched, match=r"expected \d+ MB of free disk for it, got \d+ MB"):
        fetched(replace(wanted, size=10**18), tmp_path / "it.zip", said.append)
    assert server.asked == []
