"""What is rendered: the committed tree is what the rows say, and a tree has one's own names, links, and no secrets."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pytest
import yaml

from alert_rules import watchdog
from alert_rules.groups import ALERTS, GROUPS
from alert_rules.rows import Alert, Group
from chevet.errors import BadRow
from provisioning import secrets
from provisioning.__main__ import main
from provisioning.errors import BadSite
from provisioning.local.chevet import ROOT
from provisioning.render import files, tree
from provisioning.render.install import install
from provisioning.render.site import Site

COMMITTED = ROOT / "rendered"
TREE = tree.tree(Site())
ANNOTATIONS = {
    rule["alert"]: rule["annotations"]
    for group in GROUPS
    for rule in yaml.safe_load(TREE[PurePosixPath(f"prometheus/rules/{group.name}.yml")])["groups"][0]["rules"]
    if "alert" in rule
}


@pytest.mark.parametrize("path", TREE, ids=str)
def test_the_committed_file_is_what_the_rows_say(path: PurePosixPath) -> None:
    file = COMMITTED / path
    assert file.is_file(), f"rendered/{path} is missing: run `make render`"
    assert file.read_text(encoding="utf-8") == TREE[path], f"rendered/{path} is out of date: run `make render`"


def test_nothing_is_committed_beside_what_is_rendered() -> None:
    assert sorted(files.read(COMMITTED).keys() - TREE.keys()) == [], "run `make render`, which removes it"


def test_the_same_rows_make_the_same_bytes() -> None:
    assert tree.tree(Site()) == TREE


def test_a_file_that_was_changed_by_hand_is_named_and_rendering_brings_it_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert main(["render", "--out", out]) == 0
    (tmp_path / "out/prometheus/rules/chevet-watchdog.yml").write_text("groups: []\n")
    (tmp_path / "out/operator/chevet-service.yml").unlink()
    (tmp_path / "out/grafana/mine.json").write_text("{}")
    capsys.readouterr()
    assert main(["render", "--check", "--out", out]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "operator/chevet-service.yml: is missing",
        "prometheus/rules/chevet-watchdog.yml: differs",
        "grafana/mine.json: is not rendered",
    ]
    assert main(["render", "--out", out]) == 0
    assert "grafana/mine.json: removed" in capsys.readouterr().out
    assert main(["render", "--check", "--out", out]) == 0
    assert files.read(tmp_path / "out") == TREE


def test_a_directory_of_somebody_elses_files_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "passwd").write_text("theirs")
    for check in ((), ("--check",)):
        assert main(["render", "--out", str(tmp_path), *check]) == 1
        assert f"{tmp_path}: expected an empty directory, or one that was rendered before" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["passwd"]


def test_two_alerts_of_one_name_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    again = Group(name="chevet-again", every=60, rules=(watchdog.ALWAYS,))
    monkeypatch.setattr(tree, "GROUPS", (*GROUPS, again))
    with pytest.raises(BadRow, match=r"^alert ChevetWatchdog: expected a name of its own"):
        tree.tree(Site())


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_leads_to_a_dashboard_that_is_rendered_in_either_language(alert: Alert) -> None:
    told = ANNOTATIONS[alert.name]
    for name, language in (("dashboard_url", "en"), ("dashboard_url_fr", "fr")):
        uid = told[name].removeprefix("http://127.0.0.1:3000/d/").partition("{{")[0]
        assert uid in {json.loads(text)["uid"] for path, text in TREE.items() if path.match(f"{language}/*.json")}


def test_an_alert_about_a_patient_opens_the_dashboard_on_that_patient() -> None:
    assert ANNOTATIONS["ChevetHeartRateHighHigh"]["dashboard_url"] == (
        "http://127.0.0.1:3000/d/chevet-patient{{ with $labels.patient }}?var-patient={{ . | urlquery }}{{ end }}"
    )
    assert ANNOTATIONS["ChevetGatewayOffline"]["dashboard_url_fr"] == (
        "http://127.0.0.1:3000/d/chevet-gateways-fr{{ with $labels.gateway }}?var-gateway={{ . | urlquery }}{{ end }}"
    )
    assert ANNOTATIONS["ChevetServiceDown"]["dashboard_url"] == "http://127.0.0.1:3000/d/chevet-service"


def test_every_alert_leads_to_the_sites_own_runbook() -> None:
    own = tree.tree(Site(runbooks="https://wiki.example.org/chevet"))
    text = own[PurePosixPath("prometheus/rules/chevet-watchdog.yml")]
    assert "runbook_url: https://wiki.example.org/chevet#chevetwatchdog\n" in text


def test_no_secret_is_rendered_though_the_files_name_them_all(tmp_path: Path) -> None:
    keys = tmp_path / "secrets"
    secrets.make(keys, ("g01", "g02"))
    install(Site(secrets=str(keys), directory=str(tmp_path / "out")))
    text = "\n".join(files.read(tmp_path / "out").values())
    words = {word for file in keys.rglob("*") if file.is_file() for word in _secret_words(file.read_text())}
    assert len(words) > 10
    assert [word for word in words if word in text] == []
    assert f"{keys}/clients/prometheus.secret" in text


def _secret_words(text: str) -> set[str]:
    """Whatever in a file of secrets is long enough to be one, but for addresses and names."""
    return {word for word in text.replace('"', " ").replace(",", " ").split() if len(word) >= 20 and "://" not in word}


def test_a_secret_that_is_missing_is_refused_by_name_and_nothing_is_written(tmp_path: Path) -> None:
    keys = tmp_path / "secrets"
    secrets.make(keys, ())
    (keys / "clients/alertmanager.secret").unlink()
    with pytest.raises(
        BadSite, match=r"alertmanager\.secret: expected a secret that Alertmanager reads, found nothing"
    ):
        install(Site(secrets=str(keys), directory=str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()
