"""A site as a TOML file says it: what differs reaches every file, and what cannot be is refused by its field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from alert_rules.notifications.channels import Person, Smtp
from provisioning.__main__ import main
from provisioning.errors import BadSite
from provisioning.render.site import Site
from provisioning.render.site_file import read
from provisioning.render.tree import tree

OURS = """
service = "https://chevet.example.org"
prometheus = "http://10.0.0.4:9090"
grafana = "https://grafana.example.org/chevet"
secrets = "/srv/secrets"
retention = "90d"
operations_webhook = "https://chat.example.org/hook"

[mail]
smarthost = "mail.example.org:587"
sender = "chevet@example.org"
user = "chevet"

[[on_call]]
address = "lea@example.org"
language = "fr"
"""
REFUSED = [
    ('service = "chevet.example.org"', "service: expected http:// or https:// and a host, got 'chevet.example.org'"),
    ('service = "http://a:99999"', "service: expected http:// or https:// and a host, got 'http://a:99999'"),
    ('prometheus = "http://a/b"', "prometheus: expected a host with its port and no path, got 'http://a/b'"),
    ('grafana = "http://a/"', "grafana: expected no slash at the end, got 'http://a/'"),
    ("tokens = 8180", "tokens: expected text on one line, got 8180"),
    ('runbooks = "http://a/{{ x }}"', "runbooks: expected text on one line, got 'http://a/{{ x }}'"),
    ('secrets = "keys"', "secrets: expected an absolute path, got 'keys'"),
    ('retention = "long"', "retention: expected a time such as 400d, got 'long'"),
    ('grafanna = "http://a"', "grafanna: expected one of service, portal, authorize"),
    ("operations_token = 1", "operations_token: expected true or false, got 1"),
    ('operations_webhook = "slack"', "operations_webhook: expected http:// or https:// and a host, got 'slack'"),
    ('mail = "smtp"', "mail: expected a table of smarthost, sender, require_tls, user, got 'smtp'"),
    ('[mail]\nsender = "a@b"', "mail.smarthost: expected a value, got None"),
    ('[mail]\nsmarthost = "b"\nsender = "a@b"', "mail.smarthost: expected host:port, got 'b'"),
    ('on_call = "me"', "on_call: expected [[on_call]] for each person, got 'me'"),
    ('[[on_call]]\naddress = "me"\nlanguage = "fr"', "on_call.address: expected a mail address, got 'me'"),
    ('[[on_call]]\naddress = "a@b"\nlanguage = "de"', "on_call.language: expected en or fr, got 'de'"),
    ('[[on_call]]\naddress = "a@b"\nlanguage = "en"\nphone = "1"', "on_call.phone: expected one of address, language"),
    ("service =", "site.toml: expected TOML ("),
    ('service = "http://a b"', "service: expected http:// or https:// and a host, got 'http://a b'"),
    ('service = "http://[::1"', "service: expected http:// or https:// and a host, got 'http://[::1'"),
    ("grafana = 'http://a/\"><b>'", "grafana: expected http:// or https:// and a host, got 'http://a/\"><b>'"),
    ('runbooks = "http://a/#"', "runbooks: expected http:// or https:// and a host, got 'http://a/#'"),
    ('grafana = "http://a/?b=c"', "grafana: expected an address without ?, got 'http://a/?b=c'"),
    ('directory = "/a/[b]"', "directory: expected a path without any of * ? [ ] $ \\, got '/a/[b]'"),
    ('secrets = "/a/$b"', "secrets: expected a path without any of * ? [ ] $ \\, got '/a/$b'"),
    ('[mail]\nsmarthost = 25\nsender = "a@b"', "mail.smarthost: expected text on one line, got 25"),
    ('[mail]\nsmarthost = "b:25"\nsender = 5', "mail.sender: expected text on one line, got 5"),
    (
        '[mail]\nsmarthost = "b:25"\nsender = "a@b"\nrequire_tls = "no"',
        "mail.require_tls: expected true or false, got 'no'",
    ),
    ('[mail]\nsmarthost = "b:25"\nsender = "a@b"\nuser = true', "mail.user: expected text on one line, got True"),
    ('[[on_call]]\naddress = 5\nlanguage = "en"', "on_call.address: expected text on one line, got 5"),
    ('[[on_call]]\naddress = "a;b@c"\nlanguage = "en"', "on_call.address: expected a mail address, got 'a;b@c'"),
    ('[[on_call]]\naddress = "léa@c.fr"\nlanguage = "fr"', "on_call.address: expected a mail address, got 'léa@c.fr'"),
    ("on_call = []", "receiver operations: expected people on call or a webhook at this installation"),
]
WITH_PASSWORD = [
    f'{field} = "https://{login}@a"'
    for field in ("service", "tokens", "prometheus", "alertmanager", "grafana", "runbooks", "operations_webhook")
    for login in ("me:hunter2", ":hunter2", "hunter2")
]


def written(folder: Path, text: str) -> Path:
    file = folder / "site.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_the_file_does_not_name_is_as_the_row_has_it(tmp_path: Path) -> None:
    assert read(written(tmp_path, "")) == Site()
    assert read(written(tmp_path, 'service = "http://10.0.0.3:8000"')) == replace(
        Site(), service="http://10.0.0.3:8000"
    )


def test_people_and_the_mail_server_are_rows_of_their_own(tmp_path: Path) -> None:
    site = read(written(tmp_path, OURS))
    assert site.on_call == (Person(address="lea@example.org", language="fr"),)
    assert site.mail == Smtp(smarthost="mail.example.org:587", sender="chevet@example.org", user="chevet")


@pytest.mark.parametrize(("text", "sentence"), REFUSED, ids=[text for text, _ in REFUSED])
def test_what_cannot_be_is_refused_by_its_field(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = written(tmp_path, text), tmp_path / "out"
    assert main(["render", "--site", str(file), "--out", str(out)]) == 1
    assert sentence in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("text", WITH_PASSWORD)
def test_a_password_in_an_address_is_neither_rendered_nor_shown(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, name = tmp_path / "out", text.partition(" ")[0]
    assert main(["render", "--site", str(written(tmp_path, text)), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert said == f"{name}: expected an address without user or password, for it is written down\n"
    assert not out.exists()


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadSite, match=r"none\.toml: expected a TOML file \(No such file or directory\)"):
        read(tmp_path / "none.toml")


def test_a_sites_addresses_reach_every_file_that_names_one(tmp_path: Path) -> None:
    made = tree(read(written(tmp_path, OURS)))

    def content(path: str) -> Any:
        return yaml.safe_load(made[PurePosixPath(path)])

    config = content("prometheus/prometheus.yml")
    service = next(job for job in config["scrape_configs"] if job["job_name"] == "chevet-service")
    assert service["scheme"] == "https"
    assert service["static_configs"] == [{"targets": ["chevet.example.org"]}]
    assert service["oauth2"]["client_secret_file"] == "/srv/secrets/clients/prometheus.secret"
    gateways = next(job for job in config["scrape_configs"] if job["job_name"] == "chevet-gateways")
    assert gateways["http_sd_configs"][0]["url"] == "https://chevet.example.org/api/v1/http_sd"
    assert made[PurePosixPath("prometheus/flags")].splitlines() == [
        "--storage.tsdb.retention.time=90d",
        "--web.enable-remote-write-receiver",
        "--web.external-url=http://10.0.0.4:9090",
    ]
    source = content("grafana/provisioning/datasources/chevet.yml")["datasources"][0]
    assert (source["uid"], source["url"]) == ("chevet", "https://chevet.example.org/prometheus")
    rule = content("prometheus/rules/chevet-watchdog.yml")["groups"][0]["rules"][0]
    assert rule["annotations"]["dashboard_url"].startswith("https://grafana.example.org/chevet/d/chevet-service")
    assert content("alertmanager/alertmanager.yml")["global"]["smtp_smarthost"] == "mail.example.org:587"
