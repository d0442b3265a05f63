"""A claim code becomes the credentials file, for its owner alone; what cannot be well does not cost the code."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from exporters.gateway.__main__ import main
from exporters.gateway.server import Credentials, read_credentials

GIVEN = {"client_id": "gateway-g01", "client_secret": "s", "token_url": "https://id.example.org/token"}


@dataclass
class Service:
    """Answers as it is told to. `codes` are those that it was asked with."""

    status: int = 201
    content: object = field(default_factory=lambda: GIVEN)
    is_ours: bool = True
    codes: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.codes.append(json.loads(request.rfile.read(int(request.headers["Content-Length"])))["code"])
        body = json.dumps(self.content).encode()
        request.send_response(self.status)
        if self.is_ours:
            request.send_header("X-Chevet", "1")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def service() -> Iterator[Service]:
    acts = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            acts.answer(self)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    acts.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield acts
    listening.shutdown()
    thread.join()
    listening.server_close()


def enrol(server: str, file: Path) -> int:
    return main(["enrol", "--server", server, "--code", "7K3M-9QXR-2HTW", "--file", str(file)])


def test_the_credentials_are_what_the_gateways_processes_read(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "credentials.json"
    assert enrol(service.url, file) == 0
    assert read_credentials(file) == Credentials(**GIVEN)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert service.codes == ["7K3M-9QXR-2HTW"]


def test_enrolled_anew_the_file_is_another_and_was_never_open_to_others(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text("old")
    file.chmod(0o644)
    assert enrol(service.url, file) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["credentials.json"]


def test_without_an_option_it_is_the_file_of_the_setting(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEVET_CREDENTIALS_FILE", str(tmp_path / "credentials.json"))
    assert main(["enrol", "--server", service.url, "--code", "7K3M-9QXR-2HTW"]) == 0
    assert (tmp_path / "credentials.json").exists()


def test_a_refusal_is_the_services_own_sentence_and_what_was_there_stays(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "credentials.json"
    file.write_text("old")
    service.status, service.content = 410, {"detail": "code: expected one that nobody used, this one is used"}
    assert enrol(service.url, file) == 2
    assert capsys.readouterr().err == "code: expected one that nobody used, this one is used\n"
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("credentials.json", "old")]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"is_ours": False}, "expected the service, somebody else answered with status 201"),
        ({"content": {"client_id": "g"}}, "expected credentials, got status 201 and something else"),
        ({"content": [], "status": 500}, "expected credentials, got status 500 and something else"),
    ],
)
def test_who_answers_otherwise_is_named_in_a_sentence(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict, sentence: str
) -> None:
    for name, value in changed.items():
        setattr(service, name, value)
    assert enrol(service.url, tmp_path / "credentials.json") == 2
    assert capsys.readouterr().err == f"{service.url}: {sentence}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("server", ["http://chevet.example.org", "chevet.example.org", "ftp://127.0.0.1", "https://"])
def test_a_secret_does_not_travel_in_the_clear(tmp_path: Path, capsys: pytest.CaptureFixture[str], server: str) -> None:
    assert enrol(server, tmp_path / "credentials.json") == 2
    assert capsys.readouterr().err == f"--server: expected https:// and a host, got {server!r}\n"


def test_a_place_that_cannot_be_written_to_is_found_out_before_the_code_is_used(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a file").touch()
    assert enrol(service.url, tmp_path / "a file" / "credentials.json") == 2
    assert "the code was not used" in capsys.readouterr().err
    assert service.codes == []


def test_a_service_that_is_away_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enrol("http://127.0.0.1:9", tmp_path / "credentials.json") == 2
    assert capsys.readouterr().err.startswith("http://127.0.0.1:9: expected an answer of the service, got none (")
