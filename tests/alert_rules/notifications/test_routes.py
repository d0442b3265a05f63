"""Who is told of which alert: what Alertmanager's own tool says of every alert, against what was decided, by hand."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest
import yaml

from alert_rules.groups import ALERTS
from alert_rules.notifications.alertmanager import alertmanager
from alert_rules.notifications.channels import Channels, Person, Smtp
from alert_rules.notifications.letters import letters
from alert_rules.notifications.routes import OTHERWISE, ROUTES
from alert_rules.notifications.told import TOLD, labels, receivers
from alert_rules.rows import Alert
from provisioning.local.programs import program

STAFF_BY_THE_SERVICE, OPERATIONS_AND_ON_RECORD, NOBODY = ["service"], ["service", "operations"], ["nobody"]
DECIDED = {
    ("clinical", "ward", "high"): STAFF_BY_THE_SERVICE,
    ("clinical", "ward", "medium"): STAFF_BY_THE_SERVICE,
    ("clinical", "ward", "low"): STAFF_BY_THE_SERVICE,
    ("technical", "ward", "high"): STAFF_BY_THE_SERVICE,
    ("technical", "ward", "medium"): STAFF_BY_THE_SERVICE,
    ("technical", "ward", "low"): STAFF_BY_THE_SERVICE,
    ("technical", "operations", "high"): OPERATIONS_AND_ON_RECORD,
    ("technical", "operations", "medium"): OPERATIONS_AND_ON_RECORD,
    ("technical", "operations", "low"): OPERATIONS_AND_ON_RECORD,
    ("technical", "operations", "info"): NOBODY,
    ("technical", "ward", "info"): NOBODY,
}
WATCHDOG = "ChevetWatchdog"
CHANNELS = Channels(
    service="https://chevet.example",
    token_url="https://id.chevet.example/token",
    secrets=PurePosixPath("/etc/chevet/secrets"),
    smtp=Smtp(smarthost="mail.example:587", sender="chevet@example.org", user="chevet"),
    people=(Person(address="sam@example.org", language="en"), Person(address="lea@example.org", language="fr")),
    operations_webhook="https://pager.example/chevet",
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("routes")
    (directory / "templates").mkdir()
    for name, text in letters().items():
        (directory / "templates" / name).write_text(text)
    (directory / "alertmanager.yml").write_text(alertmanager(CHANNELS))
    return directory / "alertmanager.yml"


def told(file: Path, **of: str) -> list[str]:
    """Whom Alertmanager would tell of an alert with these labels."""
    asked = [f"{name}={value}" for name, value in of.items()]
    command = (program("amtool"), "config", "routes", "test", f"--config.file={file}", *asked)
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip().split(",")


def test_alertmanager_takes_the_file_and_its_templates(file: Path) -> None:
    answer = subprocess.run(
        (program("amtool"), "check-config", str(file)), check=False, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    assert "SUCCESS" in answer.stdout


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_of_each_alert_those_are_told_who_were_decided_on(file: Path, alert: Alert) -> None:
    decided = DECIDED[alert.kind.value, alert.team.value, alert.severity.value]
    expected = STAFF_BY_THE_SERVICE if alert.name == WATCHDOG else decided
    assert told(file, **labels(alert), gateway="g01") == expected
    assert list(receivers(labels(alert))) == expected


def test_each_alert_is_named_once_for_whoever_asks_alertmanagers_tool_about_all() -> None:
    assert [one.labels["alertname"] for one in TOLD] == [alert.name for alert in ALERTS]
    assert all(one.receivers for one in TOLD)


def test_what_names_a_patient_never_leaves_the_service(file: Path) -> None:
    assert told(file, team="operations", kind="technical", severity="high", patient="p7") == ["service"]


def test_what_no_route_knows_is_told_to_the_service(file: Path) -> None:
    assert told(file, alertname="SomebodyElses", severity="critical") == ["service"]
    assert told(file, alertname="SomebodyElses") == ["service"]


def test_no_mail_names_a_patient_in_its_words() -> None:
    for alert in ALERTS:
        if alert.team.value == "operations":
            told_in = (alert.summary.en, alert.summary.fr, alert.description.en, alert.description.fr)
            assert not any("$labels.patient" in text for text in told_in), alert.name


PACES = {
    "clinical, high": (0, 5, 300),
    "clinical, medium": (5, 15, 900),
    "clinical, low": (30, 60, 3600),
    "ward, high": (5, 15, 300),
    "ward, medium": (90, 60, 900),
    "ward, low": (90, 300, 3600),
    "operations, high": (10, 60, 3600),
    "operations, medium": (90, 300, 14_400),
    "operations, low": (600, 3600, 86_400),
    "watchdog": (0, 30, 50),
}


def test_the_more_urgent_an_alert_the_sooner_and_the_oftener_it_is_told() -> None:
    paces = {route.name: (route.pace.wait, route.pace.interval, route.pace.repeat) for route in ROUTES}
    assert {name: paces[name] for name in PACES} == PACES
    for whose in ("clinical", "ward", "operations"):
        high, medium, low = (paces[f"{whose}, {severity}"] for severity in ("high", "medium", "low"))
        assert all(sooner <= later for sooner, later in zip(high, medium, strict=True))
        assert all(sooner <= later for sooner, later in zip(medium, low, strict=True))


def test_the_service_is_told_again_at_least_each_hour_for_it_lets_go_of_what_is_not() -> None:
    assert max(route.pace.repeat for route in (*ROUTES, OTHERWISE) if route.receiver == "service") == 3600


TOGETHER = {
    "clinical": ["patient", "rule"],
    "ward": ["gateway"],
    "operations": ["alertname"],
    "on record": ["alertname"],
}


def test_what_has_one_cause_is_one_notification() -> None:
    told_together = {route.name.split(",")[0]: list(route.together) for route in ROUTES}
    assert {name: told_together[name] for name in TOGETHER} == TOGETHER


def test_secrets_are_named_by_their_files_and_never_written(file: Path) -> None:
    config = yaml.safe_load(file.read_text())
    (service, operations, nobody) = config["receivers"]
    (webhook,) = service["webhook_configs"]
    assert webhook == {
        "url": "https://chevet.example/api/v1/alertmanager",
        "send_resolved": True,
        "max_alerts": 0,
        "http_config": {
            "oauth2": {
                "client_id": "alertmanager",
                "client_secret_file": "/etc/chevet/secrets/clients/alertmanager.secret",
                "token_url": "https://id.chevet.example/token",
            }
        },
    }
    assert config["global"] == {
        "smtp_smarthost": "mail.example:587",
        "smtp_from": "chevet@example.org",
        "smtp_auth_username": "chevet",
        "smtp_auth_password_file": "/etc/chevet/secrets/smtp.password",
        "smtp_require_tls": True,
    }
    assert [mail["to"] for mail in operations["email_configs"]] == ["sam@example.org", "lea@example.org"]
    assert nobody == {"name": "nobody"}


def test_the_same_rows_are_the_same_bytes() -> None:
    assert alertmanager(CHANNELS) == alertmanager(CHANNELS)
