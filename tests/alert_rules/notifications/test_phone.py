"""The mails on a phone: drawn by Chromium as narrow as a phone is, by day and by night."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from alert_rules.notifications.channels import Person
from provisioning.local.programs import program
from tests.alert_rules.notifications.receiving import eventually, part
from tests.alert_rules.notifications.telling import LEA, SAM, Alertmanager, alert, over, telling

PHONE = {"width": 390, "height": 844}
READABLE = 16
CONTRAST = 7.0
"""WCAG 2.2, 1.4.6: enhanced contrast of text."""
LONG = {
    "summary": "contacts and limits not confirmed, polls failed in 30 min: 10 (limit ≥ 10), " + "g" * 60,
    "summary_fr": "contacts et limites non confirmés, échecs en 30 min : 10 (limite ≥ 10), " + "g" * 60,
    "description": "Read uplink's log on the box: journal full, disk full, service away.",
    "description_fr": "Lire le journal d'uplink : journal plein, disque plein, service absent.",
    "runbook_url": "https://chevet.example/runbooks#chevetuplinkstopped",
    "dashboard_url": "https://grafana.example/d/chevet-pipeline?var-gateway=" + "g" * 60,
}


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    """One that goes on and one that is over, in each language."""
    with telling(tmp_path_factory.mktemp("phone")) as running:
        first, second = (alert("ChevetUplinkStopped", gateway=gateway, says=LONG) for gateway in ("g01", "g02"))
        running.fire(first, second)
        eventually(lambda: running.mailbox.to(SAM.address) and running.mailbox.to(LEA.address), "the mails")
        running.fire(over(first))
        eventually(lambda: "1 over" in _text(running, SAM) and "1 terminée" in _text(running, LEA), "that one is over")
        yield running


def _text(running: Alertmanager, person: Person) -> str:
    return part(running.mailbox.to(person.address)[-1], "plain")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
        )
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def phone(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, color_scheme=request.param, is_mobile=True, device_scale_factor=2)
    yield context.new_page()
    context.close()


def luminance(colour: str) -> float:
    """WCAG's relative luminance of what the browser calls rgb(r, g, b)."""
    parts = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("person", [SAM, LEA], ids=["en", "fr"])
def test_a_mail_is_readable_on_a_phone_by_day_and_by_night(
    letters: Alertmanager, phone: Page, person: Person, tmp_path: Path
) -> None:
    file = tmp_path / "mail.html"
    file.write_text(part(letters.mailbox.to(person.address)[-1], "html"))
    phone.goto(file.as_uri())
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "no need to scroll sideways"
    assert phone.evaluate("innerWidth") == PHONE["width"], "drawn as narrow as the phone is, not zoomed out"

    written = phone.evaluate(
        "[...document.querySelectorAll('p, h1, a, strong')].map(one => "
        "{ const style = getComputedStyle(one); return [parseFloat(style.fontSize), style.color]; })"
    )
    ground = phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert len(written) > 8
    assert min(size for size, _ in written) >= READABLE
    assert min(contrast(colour, ground) for _, colour in written) >= CONTRAST
    heights = [link.bounding_box()["height"] for link in phone.query_selector_all("a")]
    assert min(heights) >= 44, "a thumb finds the links"
    assert phone.evaluate("document.images.length") == 0
    assert phone.evaluate("document.documentElement.lang") == person.language


def test_by_night_the_ground_is_dark_and_by_day_it_is_light(letters: Alertmanager, chromium: Browser) -> None:
    html = part(letters.mailbox.to(SAM.address)[-1], "html")
    grounds = []
    for scheme in ("light", "dark"):
        page = chromium.new_page(color_scheme=scheme)
        page.set_content(html)
        grounds.append(luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")))
        page.close()
    assert grounds[0] > 0.9
    assert grounds[1] < 0.1
