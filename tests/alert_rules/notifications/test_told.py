"""Whom a real Alertmanager tells: the service with its token, operations by mail and webhook, once for one cause."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alert_rules.notifications.routes import ROUTES
from tests.alert_rules.notifications.receiving import OPERATIONS_PATH, SERVICE_PATH, TOKEN, eventually, part
from tests.alert_rules.notifications.telling import (
    LEA,
    OPERATIONS_TOKEN,
    PASSWORD,
    SAM,
    SECRET,
    Alertmanager,
    alert,
    now,
    over,
    telling,
)

PATIENT = "p7f3a9c"


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with telling(tmp_path_factory.mktemp("told")) as running:
        yield running


def test_a_clinical_alert_reaches_the_service_alone_with_a_token_that_is_asked_for(alertmanager: Alertmanager) -> None:
    of_a_patient = alert(
        "ChevetHeartRateLowHigh",
        gateway="g01",
        device="watch",
        patient=PATIENT,
        says={"summary": f"heart rate 38 /min (limit ≤ 40 /min), patient {PATIENT}"},
    )
    alertmanager.fire(of_a_patient)
    (posted,) = eventually(lambda: alertmanager.told.telling("ChevetHeartRateLowHigh"), "the service's webhook")
    assert posted.authorization == f"Bearer {TOKEN}"
    assert (posted.body["version"], posted.body["status"], posted.body["truncatedAlerts"]) == ("4", "firing", 0)
    assert posted.body["groupLabels"] == {"patient": PATIENT, "rule": "heart_rate.low"}
    assert posted.alerts[0]["labels"] == of_a_patient["labels"]
    asked = alertmanager.told.asked[0]
    as_header = "Basic " + base64.b64encode(f"alertmanager:{SECRET}".encode()).decode()
    assert asked["grant_type"] == ["client_credentials"]
    assert (asked.get("client_id"), asked.get("client_secret")) == (["alertmanager"], [SECRET]) or asked[
        "Authorization"
    ] == [as_header]

    alertmanager.fire(over(of_a_patient))
    eventually(lambda: alertmanager.told.telling("ChevetHeartRateLowHigh", status="resolved"), "that it is over")
    aloud = alert("ChevetServiceDown")
    alertmanager.fire(aloud)
    eventually(lambda: alertmanager.told.telling("ChevetServiceDown", OPERATIONS_PATH), "operations' webhook")
    eventually(lambda: alertmanager.mailbox.to(LEA.address) and alertmanager.mailbox.to(SAM.address), "both mails")
    assert not alertmanager.told.telling("ChevetHeartRateLowHigh", OPERATIONS_PATH)
    for mail in alertmanager.mailbox.mails:
        assert not {PATIENT, "heart"} & set(part(mail, "plain").replace(",", " ").split())
        assert PATIENT not in mail.as_string()
    alertmanager.fire(over(aloud))


def test_what_is_operations_own_is_told_by_webhook_and_mail_and_kept_on_record_by_the_service(
    alertmanager: Alertmanager,
) -> None:
    alertmanager.fire(alert("ChevetStoreUnwritten", says={"summary": "writes refused: 3 (limit ≥ 1)"}))
    (posted,) = eventually(lambda: alertmanager.told.telling("ChevetStoreUnwritten", OPERATIONS_PATH), "operations")
    assert posted.authorization == f"Bearer {OPERATIONS_TOKEN}"
    eventually(lambda: alertmanager.told.telling("ChevetStoreUnwritten", SERVICE_PATH), "the service")
    for person in (SAM, LEA):
        eventually(
            lambda person=person: [
                mail for mail in alertmanager.mailbox.to(person.address) if "writes refused: 3" in mail["Subject"]
            ],
            person.address,
        )


def test_of_what_names_a_patient_operations_hear_nothing(alertmanager: Alertmanager) -> None:
    alertmanager.fire(alert("ChevetLimitsStale", patient=PATIENT), alert("ChevetServiceErrors"))
    eventually(lambda: alertmanager.told.telling("ChevetServiceErrors", OPERATIONS_PATH), "the one of nobody")
    eventually(lambda: alertmanager.told.telling("ChevetLimitsStale", SERVICE_PATH), "the service")
    assert not alertmanager.told.telling("ChevetLimitsStale", OPERATIONS_PATH)


def test_forty_gateways_down_are_one_notification_to_each(alertmanager: Alertmanager) -> None:
    alertmanager.told.posted.clear()
    alertmanager.mailbox.mails.clear()
    forty = [alert("ChevetGatewayOffline", gateway=f"g{number:02}") for number in range(1, 41)]
    alertmanager.fire(*forty, alert("ChevetGatewaysOfflineTogether", says={"summary": "gateways offline: 80 %"}))
    name = "ChevetGatewaysOfflineTogether"
    for path in (SERVICE_PATH, OPERATIONS_PATH):
        eventually(lambda path=path: alertmanager.told.telling(name, path), path)
    for person in (SAM, LEA):
        eventually(lambda person=person: alertmanager.mailbox.to(person.address), person.address)
    alertmanager.fire(alert("ChevetRulesMissed", rule_group="a"))
    eventually(lambda: alertmanager.told.telling("ChevetRulesMissed", OPERATIONS_PATH), "what came later")

    assert not alertmanager.told.telling("ChevetGatewayOffline")
    assert [len(alertmanager.told.telling(name, path)) for path in (SERVICE_PATH, OPERATIONS_PATH)] == [1, 1]
    for person in (SAM, LEA):
        about = [mail for mail in alertmanager.mailbox.to(person.address) if "offline" in mail["Subject"]]
        assert len(about) == 1


def test_the_watchdog_comes_to_the_service_again_and_again_and_to_nobody_else(tmp_path: Path) -> None:
    (watchdog,) = [route for route in ROUTES if route.name == "watchdog"]
    each_two_seconds = replace(watchdog, pace=replace(watchdog.pace, interval=1, repeat=1))
    with telling(tmp_path, routes=(each_two_seconds, *ROUTES)) as alertmanager:
        alertmanager.fire(alert("ChevetWatchdog", since=now()))
        eventually(lambda: len(alertmanager.told.telling("ChevetWatchdog")) >= 3, "three times")
        assert not alertmanager.told.at(OPERATIONS_PATH)
        assert not alertmanager.mailbox.mails


def certificate(directory: Path) -> tuple[ssl.SSLContext, Path]:
    """A mail server's, for loopback, and the file by which it is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - day)
        .not_valid_after(now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, secret = directory / "mail.pem", directory / "mail.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


def test_where_tls_is_required_mail_leaves_by_tls_and_the_password_comes_from_its_file(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    with telling(tmp_path, certificate=context, trusted=trusted, require_tls=True) as alertmanager:
        alertmanager.fire(alert("ChevetServiceDown"))
        eventually(lambda: len(alertmanager.mailbox.mails) >= 2, "both mails")
        assert all(alertmanager.mailbox.encrypted)
        assert set(alertmanager.mailbox.users) == {("chevet", PASSWORD)}


def test_where_tls_is_required_and_the_server_has_none_no_mail_leaves_in_the_clear(tmp_path: Path) -> None:
    with telling(tmp_path, require_tls=True) as alertmanager:
        alertmanager.fire(alert("ChevetServiceDown"))
        eventually(lambda: alertmanager.told.telling("ChevetServiceDown", OPERATIONS_PATH), "operations' webhook")
        eventually(lambda: alertmanager.failures("email") > 0, "that a mail did not leave")
        assert not alertmanager.mailbox.mails
