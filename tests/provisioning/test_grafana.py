"""How a Grafana that is found is started: by an executable that notes what it was given, for none is installed here."""

from __future__ import annotations

import configparser
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from provisioning import secrets
from provisioning.errors import BadSecrets, NotInstalled
from provisioning.local import grafana
from provisioning.local.rows import Place
from provisioning.local.servers import on_free_ports
from provisioning.local.supervisor import Supervisor

STAND_IN = f"""#!{sys.executable}
import configparser, http.server, json, os, pathlib, sys
config = sys.argv[sys.argv.index("--config") + 1]
pathlib.Path("given.json").write_text(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}))
settings = configparser.RawConfigParser()
settings.read(config)

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

address = settings["server"]["http_addr"], int(settings["server"]["http_port"])
http.server.HTTPServer(address, Health).serve_forever()
"""


def install(home: Path, program: str = "grafana") -> Path:
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "defaults.ini").touch()
    (home / "bin").mkdir()
    (home / "bin" / program).write_text(STAND_IN)
    (home / "bin" / program).chmod(0o755)
    return home


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    secrets.make(tmp_path / "the secrets", ())
    return tmp_path / "the secrets"


@pytest.fixture
def place(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Where the stand-in runs, started as the demo starts a Grafana."""
    monkeypatch.setenv("GF_SERVER_HTTP_ADDR", "192.0.2.1")
    installed = grafana.found({grafana.HOME: str(install(tmp_path / "a home with a space"))})
    assert installed
    with Supervisor(tmp_path / "a stack") as stack:
        stack.start(on_free_ports(grafana.row(installed, keys)))
        yield stack.place(grafana.NAME)


def test_it_is_started_as_a_server_of_its_own_home_with_a_file_of_its_owners_alone(
    place: Place, tmp_path: Path
) -> None:
    given = json.loads((place.directory / "given.json").read_text())
    file = place.directory / "grafana.ini"
    home = str(tmp_path / "a home with a space")
    assert given["arguments"] == ["server", "--homepath", home, "--config", str(file)]
    assert file.stat().st_mode & 0o777 == 0o600
    assert httpx2.get(f"{place.url()}/api/health").status_code == 200


def test_settings_of_the_callers_shell_do_not_reach_it(place: Place) -> None:
    given = json.loads((place.directory / "given.json").read_text())
    assert not [name for name in given["environment"] if name.startswith("GF_")]


def test_it_listens_on_loopback_and_shows_the_rendered_boards_to_who_signs_in(place: Place, keys: Path) -> None:
    settings = configparser.RawConfigParser()
    settings.read(place.directory / "grafana.ini")
    rendered = place.directory.parent / "rendered" / "grafana"
    assert settings["server"]["http_addr"] == "127.0.0.1"
    assert settings["server"]["enforce_domain"] == "true"
    assert (settings["auth.anonymous"]["enabled"], settings["auth"]["disable_login_form"]) == ("false", "true")
    assert settings["auth.generic_oauth"]["client_secret"] == f"$__file{{{keys / 'clients' / 'grafana.secret'}}}"
    assert (keys / "clients" / "grafana.secret").is_file()
    assert settings["paths"]["provisioning"] == str(rendered / "provisioning")
    assert settings["paths"]["data"] == str(place.directory / "data")
    assert settings["security"]["admin_password"] == f"$__file{{{keys / 'grafana.password'}}}"
    assert (keys / "grafana.password").read_text() not in (place.directory / "grafana.ini").read_text()


@pytest.mark.parametrize(
    ("section", "setting", "value"),
    [
        ("analytics", "reporting_enabled", "false"),
        ("analytics", "check_for_updates", "false"),
        ("analytics", "check_for_plugin_updates", "false"),
        ("news", "news_feed_enabled", "false"),
        ("plugins", "preinstall_disabled", "true"),
        ("plugins", "public_key_retrieval_disabled", "true"),
        ("security", "disable_gravatar", "true"),
    ],
)
def test_it_is_told_to_ask_and_tell_nobody_outside(section: str, setting: str, value: str, place: Place) -> None:
    settings = configparser.RawConfigParser()
    settings.read(place.directory / "grafana.ini")
    assert settings[section][setting] == value


def test_a_missing_password_is_refused_by_its_name(tmp_path: Path, keys: Path) -> None:
    (keys / "grafana.password").unlink()
    row = grafana.row(grafana.Installed(program=("true",), home=tmp_path), keys)
    with pytest.raises(BadSecrets, match=r"grafana\.password: expected Grafana's password, found nothing"):
        row.launch(Place(row="grafana", directory=tmp_path, ports={"grafana": {"http": 1}}))


def test_it_is_found_by_the_setting_then_on_path_then_in_the_packages_place(tmp_path: Path) -> None:
    named, package = install(tmp_path / "named"), install(tmp_path / "package", "grafana-server")
    on_path = install(tmp_path / "unpacked")
    path = {"PATH": str(on_path / "bin")}
    by = {
        named: grafana.found({grafana.HOME: str(named), **path}, package),
        on_path: grafana.found(path, package),
        package: grafana.found({"PATH": ""}, package),
    }
    assert {home: installed and installed.home for home, installed in by.items()} == {home: home for home in by}
    assert by[package] == grafana.Installed(program=(str(package / "bin" / "grafana-server"),), home=package)


def test_another_program_of_that_name_is_none_and_a_wrong_setting_is_refused_by_name(tmp_path: Path) -> None:
    home = install(tmp_path / "other")
    (home / "conf" / "defaults.ini").unlink()
    assert grafana.found({"PATH": str(home / "bin")}, tmp_path / "nowhere") is None
    with pytest.raises(NotInstalled, match=r"^CHEVET_GRAFANA_HOME: expected a folder with conf/defaults\.ini and "):
        grafana.found({grafana.HOME: str(home)})
