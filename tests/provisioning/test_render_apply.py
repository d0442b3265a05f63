"""`rules` and `apply`, as an SRE types them: what is wrong is said in a sentence, and what runs goes on as it was."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from alert_rules import groups, watchdog
from alert_rules.groups import GROUPS
from alert_rules.rows import Group, Sentence
from provisioning import secrets
from provisioning.__main__ import main
from provisioning.errors import BadSite, Refused
from provisioning.local import alertmanager, prometheus, servers
from provisioning.local.rows import Launch, Place
from provisioning.local.site import rendered, site
from provisioning.local.supervisor import Supervisor
from provisioning.render import files, install, reload, tools, tree, verdict
from provisioning.render.site import Site

PROMISED_SECONDS = 60
READY = servers.PROMETHEUS.ready
BROKEN = replace(watchdog.ALWAYS, expression="vector(1")
RENAMED = replace(watchdog.ALWAYS, summary=Sentence(en="rules run", fr="les règles tournent"))


@pytest.fixture
def few_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alert is asked of a process of its own; one test below asks of all."""
    monkeypatch.setattr(verdict, "TOLD", verdict.TOLD[:3])


@pytest.fixture
def stack(tmp_path: Path, few_routes: None) -> Iterator[Supervisor]:
    """Prometheus and Alertmanager as the demo starts them, from a tree that is rendered for them."""
    rows = tuple(map(servers.on_free_ports, (prometheus.row(with_rules=True), alertmanager.row(with_routes=True))))
    with Supervisor(tmp_path / "home") as running:
        running.assign_ports(*rows)
        secrets.make(running.directory / "secrets", ())
        install.install(site(running.place("prometheus"), running.directory / "secrets"))
        running.start(*rows)
        yield running


def with_watchdog(monkeypatch: pytest.MonkeyPatch, rule: Any) -> None:
    """As if somebody had edited the row, for every module that reads the groups."""
    edited = (*GROUPS[:-1], Group(name=watchdog.GROUP.name, every=watchdog.GROUP.every, rules=(rule,)))
    assert GROUPS[-1] is watchdog.GROUP
    for module in (groups, tree, reload):
        monkeypatch.setattr(module, "GROUPS", edited)


def summary(stack: Supervisor) -> str:
    """The watchdog's, as Prometheus has it now."""
    found = httpx2.get(f"{stack.place('prometheus').url()}/api/v1/rules").json()["data"]["groups"]
    return str(
        next(group for group in found if group["name"] == "chevet-watchdog")["rules"][0]["annotations"]["summary"]
    )


def reloaded(stack: Supervisor) -> bool:
    text = httpx2.get(f"{stack.place('prometheus').url()}/metrics").text
    return re.search(r"^prometheus_config_last_reload_successful 1$", text, re.MULTILINE) is not None


def test_rules_says_what_each_tool_found_within_a_minute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--out", str(tmp_path / "out")]) == 0
    rules, config, takes, told, *_, seconds = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"promtool check rules: \d+ rules in \d+ groups", rules)
    assert config.startswith("promtool check config: ")
    assert takes.startswith("amtool check-config: ")
    assert told == f"amtool config routes test: {len(groups.ALERTS)} alerts reach whom they should"
    assert float(seconds.removeprefix("all good, in ").removesuffix(" s")) < PROMISED_SECONDS


def test_an_expression_that_prometheus_cannot_read_is_refused_by_the_rules_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_watchdog(monkeypatch, BROKEN)
    assert main(["rules", "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("promtool check rules: prometheus/rules/chevet-watchdog.yml: ")
    assert '"ChevetWatchdog": could not parse expression' in said
    assert "\n" not in said
    assert not (tmp_path / "out").exists(), "a server may read it"


def test_an_alert_that_alertmanager_would_send_elsewhere_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = verdict.TOLD[0]
    monkeypatch.setattr(verdict, "TOLD", (replace(first, receivers=("stranger",)),))
    assert main(["rules", "--out", str(tmp_path / "out")]) == 1
    assert f"routes of {first.labels['alertname']}: expected stranger, got '" in capsys.readouterr().err


def test_a_site_without_its_secrets_is_refused_by_the_files_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(f'secrets = "{tmp_path}/none"')
    assert main(["rules", "--site", str(file), "--out", str(tmp_path / "out")]) == 1
    wanted = f"{tmp_path}/none/clients/prometheus.secret: expected a secret that Prometheus reads, found nothing"
    assert wanted in capsys.readouterr().err


def test_apply_has_both_servers_read_what_changed(
    stack: Supervisor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_watchdog(monkeypatch, RENAMED)
    assert main(["apply", "--home", str(stack.directory)]) == 0
    said = capsys.readouterr().out
    assert "prometheus/rules/chevet-watchdog.yml: changed" in said
    assert f"Prometheus at {stack.place('prometheus').url()} has read " in said
    assert f"Alertmanager at {stack.place('alertmanager').url()} has read " in said
    assert summary(stack) == "rules run"


def test_what_was_applied_is_there_when_prometheus_died_and_was_started_again(
    stack: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_watchdog(monkeypatch, RENAMED)
    assert main(["apply", "--home", str(stack.directory)]) == 0
    monkeypatch.undo()
    before = stack.processes["prometheus"].pid
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while stack.processes["prometheus"].pid == before or not READY(stack.place("prometheus")):
        assert time.monotonic() < deadline, "Prometheus was not started again"
        time.sleep(0.1)
    assert summary(stack) == "rules run"


def test_what_the_tools_refuse_is_not_written(
    stack: Supervisor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files.read(rendered(stack.directory))
    with_watchdog(monkeypatch, BROKEN)
    assert main(["apply", "--home", str(stack.directory)]) == 1
    assert "promtool check rules: prometheus/rules/chevet-watchdog.yml" in capsys.readouterr().err
    assert files.read(rendered(stack.directory)) == before
    assert summary(stack) == "rules are evaluated"


def test_what_prometheus_refuses_is_taken_back_and_the_old_rules_go_on(
    stack: Supervisor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As when the tool is of another version than the server."""
    before = files.read(rendered(stack.directory))
    monkeypatch.setattr(verdict, "_said", lambda folder: ())
    with_watchdog(monkeypatch, BROKEN)
    assert main(["apply", "--home", str(stack.directory)]) == 1
    said = capsys.readouterr().err
    assert f"Prometheus at {stack.place('prometheus').url()} refuses it: failed to reload config" in said
    assert "the old files are back, and what ran goes on" in said
    assert files.read(rendered(stack.directory)) == before
    assert summary(stack) == "rules are evaluated"
    assert reloaded(stack), "the alert on a failed reload would go on for nothing"


def test_a_prometheus_that_reads_another_directory_is_found_out(
    stack: Supervisor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place = stack.place
    file = tmp_path / "site.toml"
    addresses = {name: place(name).url() for name in ("prometheus", "alertmanager")}
    folders = {"secrets": f"{stack.directory}/secrets", "directory": f"{tmp_path}/elsewhere"}
    file.write_text("".join(f'{name} = "{value}"\n' for name, value in (addresses | folders).items()))
    monkeypatch.setattr(reload, "PATIENCE", 1.0)
    with_watchdog(monkeypatch, RENAMED)
    assert main(["apply", "--site", str(file)]) == 1
    assert "expected it to have read what was rendered, it lacks ChevetWatchdog" in capsys.readouterr().err


def test_a_prometheus_that_may_not_be_asked_to_reload_is_told_of_with_what_to_do(tmp_path: Path) -> None:
    row = prometheus.row()

    def launch(place: Place) -> Launch:
        asked = row.launch(place)
        return replace(asked, command=tuple(word for word in asked.command if word != "--web.enable-lifecycle"))

    with servers.running(tmp_path, replace(row, launch=launch)) as stack:
        wanted = r"expected a reload, got Lifecycle API is not enabled; start it with --web\.enable-lifecycle, or "
        with pytest.raises(Refused, match=wanted):
            list(reload.both(Site(prometheus=stack.prometheus.url)))


def test_where_nothing_runs_apply_says_how_to_start_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apply", "--home", str(tmp_path)]) == 1
    wanted = f"{tmp_path}: expected a stack that runs here, found none; start it with `make demo`"
    assert wanted in capsys.readouterr().err


@pytest.mark.usefixtures("few_routes")
def test_what_is_pasted_elsewhere_stays_there_and_current_without_being_asked_for_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--out", str(tmp_path))
    assert main(["rules", *asked, "--snippets"]) == 0
    pasted = tmp_path / "snippets" / "scrape.yml"
    text = pasted.read_text()
    pasted.write_text("")
    assert main(["render", *asked, "--check"]) == 1
    assert "snippets/scrape.yml: differs" in capsys.readouterr().out
    assert main(["render", *asked]) == 0
    assert pasted.read_text() == text


def test_what_cannot_be_written_whole_is_taken_back(
    stack: Supervisor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files.read(rendered(stack.directory))
    full = BadSite("no space left")
    write, replace_file = files.write, Path.replace

    def replaced(draft: Path, target: Path) -> Path:
        if target == rendered(stack.directory) / "prometheus" / "rules" / "chevet-watchdog.yml":
            raise full
        return replace_file(draft, target)

    def written(directory: Path, tree: files.Tree) -> files.Differences:
        if tree == before:
            monkeypatch.setattr(Path, "replace", replace_file)
        return write(directory, tree)

    with_watchdog(monkeypatch, RENAMED)
    monkeypatch.setattr(verdict, "_said", lambda folder: ())
    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(files, "write", written)
    assert main(["apply", "--home", str(stack.directory)]) == 1
    assert "no space left; the old files are back" in capsys.readouterr().err
    assert files.read(rendered(stack.directory)) == before


@pytest.mark.parametrize("problem", [Refused("it is gone"), KeyboardInterrupt()], ids=["gone", "Ctrl-C"])
def test_a_prometheus_that_dies_after_it_was_asked_leaves_the_old_files(
    problem: BaseException, stack: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, ask = files.read(rendered(stack.directory)), reload._ask

    def asked(method: str, url: str, path: str) -> httpx2.Response:
        if path == "/api/v1/rules":
            raise problem
        return ask(method, url, path)

    with_watchdog(monkeypatch, RENAMED)
    monkeypatch.setattr(reload, "_ask", asked)
    arguments = ["apply", "--home", str(stack.directory)]
    if isinstance(problem, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            main(arguments)
    else:
        assert main(arguments) == 1
    assert files.read(rendered(stack.directory)) == before
    assert summary(stack) == "rules are evaluated"


def test_where_no_prometheus_is_its_address_is_named(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    with pytest.raises(Refused, match=rf"^{nowhere}: expected an answer, got "):
        list(reload.both(Site(prometheus=nowhere)))


def test_what_answers_and_is_no_prometheus_lacks_every_rule(stack: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a proxy answers every path with its own page."""
    monkeypatch.setattr(reload, "PATIENCE", 0.5)
    monkeypatch.setattr(reload, "_reload", lambda *told: None)
    with pytest.raises(Refused, match=r"expected it to have read what was rendered, it lacks .*ChevetWatchdog"):
        list(reload.both(Site(prometheus=stack.place("alertmanager").url())))


def test_a_stack_that_has_only_begun_to_start_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At the default port, which its Prometheus may not get, somebody else's may listen."""
    with Supervisor(tmp_path / "home") as starting:
        assert main(["apply", "--home", str(starting.directory)]) == 1
        said = capsys.readouterr().err
        assert f"{starting.directory}: expected prometheus to run here, found none; wait until" in said
        assert not rendered(starting.directory).exists()


def test_a_tool_that_hangs_is_told_of_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "PATIENCE", 0.001)
    with pytest.raises(Refused, match=r"^promtool --version: expected an answer within 0\.001 s, got none$"):
        tools.answer("promtool --version")
