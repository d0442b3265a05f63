"""Every SMS that can be written: its alphabet, its length, and what it may say to whom."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chevet import gsm7, messages
from chevet.rules import RULES, Rule
from chevet.sheet import LANGUAGES, Contact
from chevet.vitals import BY_KEY

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 2, 14, 25, tzinfo=PARIS)
TODAY = datetime(2026, 3, 2, 14, 5, tzinfo=PARIS)
DAYS_AGO = datetime(2026, 2, 27, 23, 55, tzinfo=PARIS)


def contact(language: str, *signals: str) -> Contact:
    return Contact(number="+33600000001", language=language, order=1, signals=signals)


def longest(rule: Rule, language: str, *signals: str) -> str:
    value = max(rule.row.plausible or (0, 0)) - 0.1
    return messages.text(
        contact(language, *signals),
        rule.vital,
        value,
        rule.steps[0].value,
        since=DAYS_AGO,
        now=NOW,
        reference="ABCDEF-12",
    )


@pytest.mark.parametrize("granted", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_message_fits_one_sms_of_the_gsm_alphabet(rule, language, granted):
    text = longest(rule, language, *((rule.vital,) if granted else ()))
    assert set(text) <= gsm7.ALPHABET
    assert gsm7.parts(text) == (text,)
    assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_a_contact_without_the_grant_learns_neither_vital_nor_value(rule, language):
    others = [key for key in BY_KEY if key != rule.vital]
    text = longest(rule, language, *others)
    assert rule.row.title[language] not in text
    assert f"{rule.steps[0].value:g}" not in text.partition("Ref")[0].replace("27/02 23:55", "").replace("23h55", "")


def test_a_contact_with_the_grant_reads_value_limit_and_since_when():
    text = messages.text(
        contact("en", "oxygen_saturation"), "oxygen_saturation", 84.0, 88, since=TODAY, now=NOW, reference="A1B2C3-1"
    )
    assert text == (
        "Chevet: oxygen saturation 84 % (limit 88) since 14:05. Please go and see, or call for help. Ref A1B2C3-1"
    )


def test_the_same_in_french_with_its_decimal_comma_and_the_day_when_it_is_not_today():
    text = messages.text(
        contact("fr", "body_temperature"), "body_temperature", 40.2, 40.0, since=DAYS_AGO, now=NOW, reference="A1B2C3-2"
    )
    assert text == (
        "Chevet: température 40,2 C (limite 40) depuis le 27/02 23h55. Allez voir ou appelez à l'aide. Réf A1B2C3-2"
    )


@pytest.mark.parametrize("vital", ["systolic_pressure", "diastolic_pressure", "glucose_finger"])
def test_what_one_reading_decides_is_to_be_measured_again(vital):
    text = messages.text(contact("en", vital), vital, 230, 220, since=TODAY, now=NOW, reference="A1B2C3-1")
    assert "Please measure again within 5 min." in text


def test_a_fall_is_told_without_its_acceleration():
    text = messages.text(contact("en", "fall"), "fall", 3.4, 2.5, since=TODAY, now=NOW, reference="A1B2C3-1")
    assert text.startswith("Chevet: a possible fall at 14:05.")
