"""The mails that operations read: in their language, on a phone, with all that is needed to begin."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from alert_rules.notifications.channels import Person
from tests.alert_rules.notifications.receiving import eventually, part
from tests.alert_rules.notifications.telling import LEA, SAM, Alertmanager, alert, now, over, telling

SINCE = datetime.datetime(2024, 11, 21, 15, 4, 5, tzinfo=datetime.UTC)
RUNBOOK, DASHBOARD = "https://chevet.example/runbooks#%s", "https://grafana.example/d/chevet-service"
SAYS = {
    "summary": "gateways offline together: 25 % (limit ≥ 20 %)",
    "summary_fr": "passerelles hors ligne ensemble : 25 % (limite ≥ 20 %)",
    "description": "Call no homes: it is our side. Look at the proxy & the network.",
    "description_fr": "N'appeler aucun domicile : c'est chez nous. Voir proxy et réseau.",
    "runbook_url": RUNBOOK % "chevetgatewaysofflinetogether",
    "dashboard_url": DASHBOARD,
    "dashboard_url_fr": DASHBOARD + "-fr",
}
STOPPED = {
    "summary": "uplink takes nothing from the broker, %s",
    "summary_fr": "uplink ne prend plus rien au broker, %s",
    "description": "Read uplink's log on the box.",
    "description_fr": "Lire le journal d'uplink.",
    "runbook_url": RUNBOOK % "chevetuplinkstopped",
    "dashboard_url": DASHBOARD,
}


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with telling(tmp_path_factory.mktemp("letters")) as running:
        yield running


def newest(alertmanager: Alertmanager, to: str, holding: str) -> EmailMessage:
    """The newest mail to somebody in whose plain text something stands."""

    def found() -> EmailMessage | None:
        return next((mail for mail in reversed(alertmanager.mailbox.to(to)) if holding in part(mail, "plain")), None)

    return eventually(found, f"mail to {to} with «{holding}»")


def links(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<a [^>]*href="([^"]+)">([^<]+)</a>', html)


@pytest.fixture(scope="module")
def together(alertmanager: Alertmanager) -> Alertmanager:
    alertmanager.fire(alert("ChevetGatewaysOfflineTogether", since=SINCE, says=SAYS))
    return alertmanager


def test_a_mail_in_english_says_what_how_much_since_when_what_to_do_first_and_where_to_look(
    together: Alertmanager,
) -> None:
    mail = newest(together, SAM.address, "gateways offline together")
    assert mail["Subject"] == "[HIGH] gateways offline together: 25 % (limit ≥ 20 %)"
    assert (mail["From"], mail["Content-Language"], mail["Auto-Submitted"]) == (
        "chevet@example.org",
        "en",
        "auto-generated",
    )
    assert part(mail, "plain").split("\n") == [
        "[HIGH] 1 going on",
        "",
        "* gateways offline together: 25 % (limit ≥ 20 %)",
        "  Since 2024-11-21 16:04:05 CET",
        "  First: Call no homes: it is our side. Look at the proxy & the network.",
        "  Runbook <https://chevet.example/runbooks#chevetgatewaysofflinetogether>",
        "  Dashboard <https://grafana.example/d/chevet-service>",
        "",
        "-- ",
        "Chevet, to operations on call. This address takes no answer.",
        "",
    ]


def test_a_mail_in_french_says_the_same_in_french(together: Alertmanager) -> None:
    mail = newest(together, LEA.address, "passerelles hors ligne ensemble")
    assert mail["Subject"] == "[GRAVITÉ HAUTE] passerelles hors ligne ensemble : 25 % (limite ≥ 20 %)"
    assert mail["Content-Language"] == "fr"
    assert part(mail, "plain").split("\n") == [
        "[GRAVITÉ HAUTE] 1 en cours",
        "",
        "* passerelles hors ligne ensemble : 25 % (limite ≥ 20 %)",
        "  Depuis le 21/11/2024 à 16:04:05 CET",
        "  D'abord\u00a0: N'appeler aucun domicile : c'est chez nous. Voir proxy et réseau.",
        "  Manuel <https://chevet.example/runbooks#chevetgatewaysofflinetogether>",
        "  Tableau de bord <https://grafana.example/d/chevet-service-fr>",
        "",
        "-- ",
        "Chevet, à l'astreinte de l'exploitation. Cette adresse ne reçoit pas de réponse.",
        "",
    ]
    assert "going on" not in part(mail, "html")


@pytest.mark.parametrize(
    ("person", "runbook", "dashboard", "address"),
    [(SAM, "Runbook", "Dashboard", DASHBOARD), (LEA, "Manuel", "Tableau de bord", DASHBOARD + "-fr")],
    ids=["en", "fr"],
)
def test_the_html_leads_to_the_runbook_and_to_the_dashboard(
    together: Alertmanager, person: Person, runbook: str, dashboard: str, address: str
) -> None:
    html = part(newest(together, person.address, "25 %"), "html")
    assert links(html) == [
        ("https://chevet.example/runbooks#chevetgatewaysofflinetogether", runbook),
        (address, dashboard),
    ]
    assert "<img" not in html


def test_a_mail_counts_what_goes_on_and_what_is_over(alertmanager: Alertmanager) -> None:
    gone, still, too = (
        alert(
            "ChevetUplinkStopped",
            since=SINCE,
            gateway=gateway,
            says={key: text.replace("%s", gateway) for key, text in STOPPED.items()},
        )
        for gateway in ("g01", "g02", "g03")
    )
    alertmanager.fire(gone, still, too)
    first = newest(alertmanager, SAM.address, "3 going on")
    assert first["Subject"] == "[MEDIUM] uplink takes nothing from the broker, g01 (3 going on)"
    ended = over(gone)
    alertmanager.fire(ended)
    mail = newest(alertmanager, LEA.address, "terminée")
    assert mail["Subject"] == "[GRAVITÉ MOYENNE] uplink ne prend plus rien au broker, g02 (2 en cours, 1 terminée)"
    at = datetime.datetime.fromisoformat(ended["endsAt"]).astimezone(datetime.timezone(datetime.timedelta(hours=1)))
    assert part(mail, "plain").split("\n")[-7:-3] == [
        "* [TERMINÉE] uplink ne prend plus rien au broker, g01",
        "  Depuis le 21/11/2024 à 16:04:05 CET",
        f"  Terminée le {at:%d/%m/%Y à %H:%M:%S} CET",
        "",
    ]
    alertmanager.fire(over(still), over(too))
    assert newest(alertmanager, LEA.address, "2 terminées")["Subject"] == (
        "[TERMINÉE] uplink ne prend plus rien au broker, g02 (2 terminées)"
    )
    assert newest(alertmanager, SAM.address, "2 over")["Subject"] == (
        "[OVER] uplink takes nothing from the broker, g02 (2 over)"
    )


def test_a_mail_about_many_shows_the_first_of_them_and_says_that_there_are_more(alertmanager: Alertmanager) -> None:
    alertmanager.fire(
        *(
            alert(
                "ChevetUplinkRefused", since=now(), gateway=f"g{number:02}", says={"summary": f"refused, g{number:02}"}
            )
            for number in range(1, 23)
        )
    )
    text = part(newest(alertmanager, SAM.address, "22 going on"), "plain")
    assert [line for line in text.split("\n") if line.startswith("* ")] == [
        f"* refused, g{number:02}" for number in range(1, 21)
    ]
    assert "There are more; the first 20 are shown. See the dashboard for all." in text
    french = part(newest(alertmanager, LEA.address, "22 en cours"), "plain")
    assert "Il y en a d'autres ; voici les 20 premières." in french
    assert "* refused, g01" in french, "who reads French is told in English rather than nothing"


ANOTHERS = {"alertname": "TheirRule", "severity": "high", "team": "operations", "kind": "technical"}


def put(alertmanager: Alertmanager, labels: dict[str, str], says: dict[str, str]) -> None:
    alertmanager.fire({"labels": {**ANOTHERS, **labels}, "annotations": says, "startsAt": now().isoformat()})


def test_an_alert_of_somebody_elses_rules_that_says_nothing_is_told_by_its_name(alertmanager: Alertmanager) -> None:
    put(alertmanager, {"alertname": "TheirDisk"}, {})
    for person, since in ((SAM, "Since "), (LEA, "Depuis le ")):
        mail = newest(alertmanager, person.address, "* TheirDisk")
        first, *rest = part(mail, "plain").split("* TheirDisk\n")[1].split("\n")
        assert first.startswith(f"  {since}")
        assert rest[:2] == ["", "-- "], "no line without anything to say"
        html = part(mail, "html")
        assert links(html) == []
        assert "<a " not in html
        assert "</strong> </p>" not in html
    assert newest(alertmanager, SAM.address, "* TheirDisk")["Subject"] == "[HIGH] TheirDisk"


def test_what_a_label_or_a_sentence_holds_writes_no_header_and_no_html(alertmanager: Alertmanager) -> None:
    says = {
        "summary": "<b>bold</b>\r\nBcc: all@example.org\n\n{{ .ExternalURL }}",
        "description": "<script>alert(1)</script>",
        "runbook_url": 'javascript:alert("x")',
        "dashboard_url": 'https://a.example/"><img src=x>',
    }
    put(alertmanager, {"alertname": "Their\nDoing"}, says)
    mail = newest(alertmanager, SAM.address, "bold")
    assert mail["Bcc"] is None
    assert mail["To"] == SAM.address
    assert "{{ .ExternalURL }}" in part(mail, "plain")
    html = part(mail, "html")
    assert "&lt;b&gt;bold" in html
    assert not re.search(r"<(b|script|img)\b|javascript:", html)
