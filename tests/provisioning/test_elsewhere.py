"""Into a stack that somebody runs already: the wheel alone, in an environment outside the clone, renders for it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioning.local.chevet import ROOT
from provisioning.local.programs import program

EXTRAS = ("rules", "dashboards")
SECRETS = ("clients/prometheus.secret", "clients/alertmanager.secret", "exporter.token", "smtp.password")
README = (
    (ROOT / "README.md")
    .read_text(encoding="utf-8")
    .partition("## Into a stack you already run")[2]
    .partition("\n## ")[0]
)
THEIR_PROMETHEUS = """\
scrape_configs:
- job_name: prometheus
  static_configs:
  - targets: [localhost:9090]
- job_name: node
  static_configs:
  - targets: [localhost:9100]
"""
THEIR_ALERTMANAGER = """\
route:
  receiver: theirs
receivers:
- name: theirs
"""

Command = Callable[..., str]


def told(*command: str | Path, cwd: Path) -> str:
    """What a command prints; where it fails, what it said is the failure."""
    bare = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "CHEVET"))}
    done = subprocess.run(command, cwd=cwd, env=bare, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def uv() -> str:
    """The one that made our own environment, else the one on PATH."""
    version = re.search(r"^UV_VERSION=(\S+)", (ROOT / "provisioning" / "setup.sh").read_text(), re.MULTILINE)
    assert version
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    kept = cache / "chevet" / f"uv-{version[1]}" / "bin" / "uv"
    return str(kept) if kept.exists() else str(shutil.which("uv"))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the wheel with its extras, and nothing else."""
    here = tmp_path_factory.mktemp("somewhere else")
    told(uv(), "build", "--wheel", "--quiet", "--out-dir", here, ROOT, cwd=here)
    (wheel,) = here.glob("*.whl")
    told(uv(), "venv", "--quiet", here / "venv", cwd=here)
    locked = told(uv(), "export", "--frozen", "--no-hashes", "--all-extras", "--no-emit-project", "--quiet", cwd=ROOT)
    (here / "locked.txt").write_text(locked)
    wanted = f"chevet[{','.join(EXTRAS)}] @ {wheel.as_uri()}"
    python = here / "venv" / "bin" / "python"
    told(uv(), "pip", "install", "--quiet", "--python", python, "--constraint", here / "locked.txt", wanted, cwd=here)
    return python


@pytest.fixture(scope="module")
def rendered(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree for the site of the README, with what is to be pasted; here its two folders are of this test."""
    here = tmp_path_factory.mktemp("their servers")
    for name in SECRETS:
        (here / "secrets" / name).parent.mkdir(parents=True, exist_ok=True)
        (here / "secrets" / name).write_text("secret")
    site = README.partition("```toml\n")[2].partition("```")[0]
    for place, name in (("/etc/chevet/rendered", "out"), ("/etc/chevet/secrets", "secrets")):
        assert place in site
        site = site.replace(place, str(here / name))
    (here / "their.toml").write_text(site)
    command = (python, "-m", "provisioning", "render", "--site", "their.toml", "--out", "out", "--snippets")
    assert "snippets/scrape.yml" in told(*command, cwd=here)
    return here / "out"


def snippet(rendered: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((rendered / "snippets" / name).read_text())
    return content


def test_the_environment_has_what_rendering_needs_and_not_what_the_service_or_a_gateway_does(python: Path) -> None:
    asked = "import importlib.util as u; print(*(n for n in {names!r} if u.find_spec(n)))"
    names = ("yaml", "grafanalib", "fastapi", "zigpy", "pika", "sqlalchemy", "jwt", "psutil", "aiosmtpd")
    assert told(python, "-c", asked.format(names=names), cwd=python.parent).split() == ["yaml", "grafanalib"]


def test_the_commands_are_listed_and_the_boards_too_without_what_other_commands_need(python: Path) -> None:
    assert "render" in told(python, "-m", "provisioning", "--help", cwd=python.parent)
    assert "chevet-ward" in told(python, "-m", "dashboards", "list", cwd=python.parent)


def test_a_command_that_needs_more_says_what_and_the_line_that_installs_it(python: Path) -> None:
    asked = (python, "-m", "provisioning", "issuer", "--keys", "x")
    done = subprocess.run(asked, cwd=python.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"issuer: needs \w+, which is not here; pip install 'chevet\[local\]'\n", done.stderr)


def test_rules_are_checked_there_by_the_servers_own_tools(python: Path, rendered: Path, tmp_path: Path) -> None:
    asked = ("-m", "provisioning", "rules", "--site", rendered.parent / "their.toml", "--out", tmp_path / "checked")
    assert "all good" in told(python, *asked, cwd=tmp_path)


def test_the_runbook_comes_with_it(python: Path) -> None:
    asked = (
        "import alert_rules, pathlib; print(pathlib.Path(alert_rules.__file__).with_name('runbooks.md').read_text())"
    )
    assert told(python, "-c", asked, cwd=python.parent) == (ROOT / "alert_rules" / "runbooks.md").read_text() + "\n"


def test_the_readme_names_each_file_that_is_pasted_and_each_secret(rendered: Path) -> None:
    pasted = {f"snippets/{path.name}" for path in (rendered / "snippets").iterdir()}
    assert not [one for one in (*pasted, *SECRETS, ",".join(EXTRAS)) if one not in README]


def test_nothing_of_the_local_stack_is_left_in_it(rendered: Path) -> None:
    ours = ("127.0.0.1", "localhost", "example.org", "/etc/chevet")
    left = {
        (path.relative_to(rendered), one)
        for path in rendered.rglob("*")
        if path.is_file()
        for one in ours
        if one in path.read_text()
    }
    assert not left


def test_their_prometheus_takes_its_configuration_with_ours_pasted_in(rendered: Path, tmp_path: Path) -> None:
    theirs, ours = yaml.safe_load(THEIR_PROMETHEUS), snippet(rendered, "scrape.yml")
    has = {job["job_name"] for job in theirs["scrape_configs"]}
    theirs["scrape_configs"] += [job for job in ours.pop("scrape_configs") if job["job_name"] not in has]
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump({**theirs, **ours}))
    said = told(program("promtool"), "check", "config", file, cwd=tmp_path)
    groups = len(list((rendered / "prometheus" / "rules").iterdir()))
    assert f"SUCCESS: {file}" in said
    assert len(re.findall(r"SUCCESS: \d+ rules found", said)) == groups > 5


@pytest.mark.parametrize(
    ("labels", "told_to"),
    [
        (("alertname=NodeDown", "severity=high", "team=operations"), "theirs"),
        (("alertname=ChevetServiceDown", "severity=high", "team=operations", "kind=technical"), "chevet-operations"),
        (("alertname=ChevetHeartRateLowHigh", "severity=high", "team=ward", "kind=clinical"), "chevet-service"),
        (("alertname=ChevetWatchdog", "rule=watchdog", "severity=info"), "chevet-service"),
    ],
)
def test_their_alertmanager_takes_ours_and_each_alert_goes_where_it_went(
    labels: tuple[str, ...], told_to: str, rendered: Path, tmp_path: Path
) -> None:
    theirs, ours = yaml.safe_load(THEIR_ALERTMANAGER), snippet(rendered, "alertmanager.yml")
    theirs["route"]["routes"] = ours["route"]["routes"]
    theirs["receivers"] += ours["receivers"]
    file = tmp_path / "alertmanager.yml"
    file.write_text(yaml.safe_dump({**ours, **theirs}))
    told(program("amtool"), "check-config", file, cwd=tmp_path)
    chosen = told(program("amtool"), "config", "routes", "test", f"--config.file={file}", *labels, cwd=tmp_path)
    assert told_to in chosen.strip().split(",")


def test_a_mail_of_ours_leaves_by_our_server_whatever_theirs_is(rendered: Path) -> None:
    receivers = {one["name"]: one for one in snippet(rendered, "alertmanager.yml")["receivers"]}
    (mail,) = receivers["chevet-operations"]["email_configs"]
    assert (mail["smarthost"], mail["from"]) == ("mail.hospital.example:587", "chevet@hospital.example")
    assert mail["auth_password_file"].endswith("secrets/smtp.password")


def test_nothing_of_theirs_is_silenced_by_an_alert_of_ours(rendered: Path) -> None:
    ours = 'alertname=~"Chevet.+"'
    inhibitions = snippet(rendered, "alertmanager.yml")["inhibit_rules"]
    assert inhibitions
    assert all(ours in one["source_matchers"] and ours in one["target_matchers"] for one in inhibitions)


def test_their_grafana_keeps_its_default_and_finds_every_board_on_the_source_that_it_names(rendered: Path) -> None:
    (source,) = snippet(rendered, "datasource.yml")["datasources"]
    assert (source["isDefault"], source["url"]) == (False, "https://chevet.hospital.example:443/prometheus")
    folders = [Path(one["options"]["path"]) for one in snippet(rendered, "dashboards.yml")["providers"]]
    boards = [json.loads(path.read_text()) for folder in folders for path in folder.iterdir()]
    assert len(folders) == 2
    assert boards
    used = {one["uid"] for board in boards for one in _sources(board)}
    assert used == {source["uid"]}


def _sources(content: Any) -> list[dict[str, str]]:
    """Every data source of Prometheus that a board names, however deep."""
    if isinstance(content, list):
        return [one for part in content for one in _sources(part)]
    if not isinstance(content, dict):
        return []
    own = content.get("datasource")
    found = [own] if isinstance(own, dict) and own.get("type") == "prometheus" else []
    return found + [one for part in content.values() for one in _sources(part)]
