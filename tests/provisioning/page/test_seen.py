"""The page as a person sees it, in Chromium: on a desk and on a phone, with a mail that is opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from provisioning import secrets
from provisioning.local import chevet, demo, mailbox, page
from provisioning.local.programs import program
from provisioning.local.servers import on_free_ports
from provisioning.local.supervisor import Supervisor
from provisioning.mailbox.mails import Mailbox

WIDTHS = {"desk": 1440, "phone": 390}
BLOCKED = "Blocked script execution"
"""What Chromium says of the script in the mail, as it should."""
REFUSED = "Failed to load resource"
NOW = 1_900_000_000_000
MAIL = b"""\
From: chevet@localhost\r
Subject: the service does not answer\r
Content-Type: text/html; charset=utf-8\r
\r
<!doctype html><script>document.title = "ran"</script><h1>the service does not answer</h1>\r
<a href="http://127.0.0.1:9/">Runbook</a>\r
"""
WARD = """() => {
  const titles = ["heart rate", "oxygen saturation", "respiratory rate", "body temperature", "glucose", "activity"];
  const columns = titles.map((title) => ({ key: title, title, unit: "mmHg" }));
  const value = { shown: "1234", age: 5000, stale: false, severity: "high" };
  const values = Object.fromEntries(titles.map((title) => [title, value]));
  drawPatients(columns, [{ name: "Somebody With A Long Name", gateway: "g01", values }]);
  drawAlerts([{ id: "x", what: "a long sentence of what is wrong and how much, " + "g".repeat(60), name: "Somebody",
    severity: "high", kind: "clinical", onset: Date.now(), cleared_at: null, late: false, taken_by: null, calls: 1,
    seen_by: ["the gateway", "rules"], first: "Look at the patient first.", runbook: "/runbooks" }]);
}"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """The page, alone: where the others would be nobody answers."""
    directory = tmp_path_factory.mktemp("a page")
    secrets.make(directory / "secrets", ("g01", "g02"))
    with Supervisor(directory) as running:
        keys = directory / "secrets"
        others = (chevet.issuer(keys), *demo.server_rows(keys), *demo.home_rows(keys))
        running.assign_ports(*map(on_free_ports, others))
        running.start(page.row(keys))
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
        )
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS)
def seen(request: pytest.FixtureRequest, chromium: Browser, stack: Supervisor) -> Iterator[Page]:
    """The page once it is live; whatever it complained of fails the test."""
    shown = chromium.new_page(viewport={"width": WIDTHS[request.param], "height": 844})
    complaints: list[str] = []
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    shown.goto(stack.place("page").url())
    expect(shown.locator("#live")).to_contain_text("live", timeout=30_000)
    yield shown
    shown.close()
    assert not [one for one in complaints if BLOCKED not in one and REFUSED not in one]


def test_it_is_never_wider_than_the_screen_whatever_it_shows(seen: Page) -> None:
    seen.evaluate(WARD)
    assert seen.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_mail_opens_where_it_stands_runs_nothing_and_stays_open_when_another_comes(
    seen: Page, stack: Supervisor
) -> None:
    asked: list[str] = []
    seen.on("request", lambda request: asked.append(request.url))
    box = Mailbox(mailbox.mails(stack.directory))
    name = box.keep(MAIL, [mailbox.READERS[0].address], NOW + len(box.newest()))
    mail = seen.locator(f'#mails li[data-id="{name}"]')
    expect(mail).to_contain_text("the service does not answer", timeout=30_000)
    expect(mail).to_contain_text("reads English")
    mail.locator("summary").click()
    expect(mail.frame_locator("iframe").locator("h1")).to_have_text("the service does not answer")
    later = box.keep(MAIL, [mailbox.READERS[1].address], NOW + len(box.newest()))
    expect(seen.locator(f'#mails li[data-id="{later}"]')).to_contain_text("reads French", timeout=30_000)
    expect(mail.locator("iframe")).to_be_visible()
    assert len([url for url in asked if url.endswith(f"/mails/{name}")]) == 1
    frame = next(one for one in seen.frames if one.url.endswith(f"/mails/{name}"))
    assert frame.title() != "ran"


def test_what_can_be_pressed_is_there_and_where_to_look_without_a_grafana(seen: Page) -> None:
    expect(seen.get_by_role("button", name="hang the service")).to_be_visible()
    expect(seen.locator("#further code").first).to_have_text("CHEVET_GRAFANA_HOME=~/grafana make demo")
    seen.get_by_role("link", name="The runbook").click()
    expect(seen.locator("#chevetservicedown")).to_be_attached()
