"""Handing an SMS to a sender: what it is given, and every way in which it may fail."""

from __future__ import annotations

import time

import pytest

from exporters.gateway.urgent import sms
from exporters.gateway.urgent.modem import Handover

NUMBER = "+33600000001"


def message(text="text"):
    return sms.Message(number=NUMBER, text=text)


async def test_the_sender_gets_the_text_as_message_and_the_number_in_its_own_field(house):
    [channel] = sms.channels([f"json://{house.http}/sms?:to={{number}}"])
    assert await sms.hand_over(channel, message("Chevet: é <b> & so on")) == Handover()
    [received] = house.world.sms
    assert (received["to"], received["message"]) == (NUMBER, "Chevet: é <b> & so on")


async def test_a_sender_that_refuses_or_is_not_there_is_a_failure_and_no_error(house, free_port):
    house.world.phone = 503
    urls = [f"json://{house.http}/sms", f"json://127.0.0.1:{free_port()}/sms"]
    for channel in sms.channels(urls):
        assert (await sms.hand_over(channel, message())).failure == "the sender refused it"


async def test_a_sender_that_hangs_is_given_up_after_its_time(house):
    house.world.hang = 5
    [channel] = sms.channels([f"json://{house.http}/sms"])
    began = time.monotonic()
    assert (await sms.hand_over(channel, message(), patience=0.3)).failure == "no answer within 0.3 s"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1:1/x", "twilio://AC" + "1" * 32 + ":" + "2" * 32 + "@15551234567/{number}"]
)
def test_senders_of_apprise_are_known_by_their_scheme(url):
    [channel] = sms.channels([url])
    assert channel.name == f"1 {url.partition(':')[0]}"


@pytest.mark.parametrize("url", ["nope://x", "not a URL", "twilio://"])
def test_any_other_url_is_refused_in_a_sentence_without_the_secret(url):
    with pytest.raises(sms.BadSender) as refusal:
        sms.channels(["json://127.0.0.1:1/x", url])
    assert str(refusal.value).startswith(
        "CHEVET_SMS_URLS: expected URLs that Apprise knows or gammu:///path, got one of "
    )
    assert str(refusal.value).endswith(" at place 2")


def test_urgent_refuses_to_start_with_a_sender_that_nobody_knows(house):
    child = house.start(sms_urls="nope://token")
    assert child.wait(20) == 2
    said = (house.folder / "log").read_text()
    assert "CHEVET_SMS_URLS: expected URLs that Apprise knows or gammu:///path, got one of nope at place 1" in said
    assert "token" not in said
