"""What can be read on the page: mails to on-call people, which do nothing there, and the runbook behind their links."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from alert_rules.groups import ALERTS
from alert_rules.links import Links
from provisioning.mailbox.mails import Mailbox
from provisioning.page import mails, runbooks
from provisioning.page.settings import OnCall, PageSettings

READERS = (OnCall(address="sam@ops.example", language="en"), OnCall(address="lea@ops.example", language="fr"))
NOW = 1_900_000_000_000
HTML = "<script>alert(1)</script><p>Le service ne répond pas</p>"
MAIL = f"""\
From: Chevet <chevet@ops.example>\r
Subject: =?utf-8?q?le_service_ne_r=C3=A9pond_pas?=\r
Content-Type: text/html; charset=utf-8\r
\r
{HTML}\r
"""


def test_a_mail_is_told_with_who_reads_it_in_which_language(tmp_path: Path) -> None:
    box = Mailbox(tmp_path)
    name = box.keep(MAIL.encode(), ["lea@ops.example"], NOW)
    assert mails.rows(box.newest(), READERS) == [
        {
            "id": name,
            "at": NOW,
            "to": "lea@ops.example",
            "reads": "reads French",
            "sender": "Chevet",
            "subject": "le service ne répond pas",
        }
    ]


async def test_a_mail_is_shown_as_it_is_in_a_frame_that_runs_and_fetches_nothing(
    page: httpx2.AsyncClient, settings: PageSettings
) -> None:
    assert settings.mails is not None
    name = Mailbox(settings.mails).keep(MAIL.encode(), ["lea@ops.example"], NOW)
    answer = await page.get(f"/mails/{name}")
    assert answer.text.strip() == HTML
    policy = [part.strip() for part in answer.headers["Content-Security-Policy"].split(";")]
    assert {"default-src 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert not [part for part in policy if part.startswith("script-src") or "allow-scripts" in part]


async def test_a_mail_of_text_alone_is_shown_as_text(page: httpx2.AsyncClient, settings: PageSettings) -> None:
    assert settings.mails is not None
    name = Mailbox(settings.mails).keep(b"Subject: x\r\n\r\n<b>2 < 3</b>", ["sam@ops.example"], NOW)
    assert "&lt;b&gt;2 &lt; 3&lt;/b&gt;" in (await page.get(f"/mails/{name}")).text


@pytest.mark.parametrize("name", ["x", "..%2F..%2Fetc%2Fpasswd", "1900000000000-00000000"])
async def test_a_mail_that_is_not_there_is_not_found(page: httpx2.AsyncClient, name: str) -> None:
    assert (await page.get(f"/mails/{name}")).status_code == 404


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_each_alerts_link_leads_to_its_heading_in_the_runbook(alert: object) -> None:
    link = Links(runbooks="").runbook(alert)  # type: ignore[arg-type]
    assert f'id="{link.removeprefix("#")}"' in runbooks.document()


async def test_a_link_to_a_board_without_a_grafana_says_how_to_have_one_and_how_to_draw_that_board(
    page: httpx2.AsyncClient,
) -> None:
    said = (await page.get("/boards/d/chevet-patient-fr?var-patient=p1%3Cb%3E")).text
    assert "CHEVET_GRAFANA_HOME=~/grafana make demo" in said
    drawn = "preview patient --language fr --prometheus http://127.0.0.1:9 --out pictures --choose "
    assert f"{drawn}&#x27;patient=p1&lt;b&gt;&#x27;" in said
    assert "preview ward --language en" in (await page.get("/boards/d/another")).text


async def test_the_runbook_is_served_as_a_page_that_runs_nothing(page: httpx2.AsyncClient) -> None:
    answer = await page.get("/runbooks")
    assert "<h1" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
