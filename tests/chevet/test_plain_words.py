"""Alerts in plain words: every rule has some, and none says what its reader may not see."""

from __future__ import annotations

import pytest

from alert_rules import groups
from alert_rules.rows import Alert
from chevet.plain_words import UNSAID, Words, words
from chevet.rules import RULES
from chevet.severities import Kind
from chevet.vitals import BY_KEY

CLINICAL = sorted(
    {row.rule for group in groups.GROUPS for row in group.rules if isinstance(row, Alert) and row.kind is Kind.CLINICAL}
    | {rule.key for rule in RULES}
)


@pytest.mark.parametrize(
    ("rule", "vital", "kind", "en", "fr"),
    [
        (
            "heart_rate.low",
            "heart_rate",
            Kind.CLINICAL,
            "Heart rate: below the limit",
            "Fréquence cardiaque : en dessous de la limite",
        ),
        (
            "oxygen_saturation.silent",
            "oxygen_saturation",
            Kind.TECHNICAL,
            "Oxygen saturation: nothing comes from the sensor",
            "Saturation en oxygène : le capteur n'envoie plus rien",
        ),
        ("fall.high", "fall", Kind.CLINICAL, "A possible fall", "Chute possible"),
        (
            "news2.high",
            "",
            Kind.CLINICAL,
            "Several signs together are far from usual",
            "Plusieurs signes s'écartent de la normale",
        ),
        ("gateway.offline", "", Kind.TECHNICAL, "A device needs a look", "Un appareil est à vérifier"),
    ],
)
def test_a_sentence_says_what_is_the_matter_in_both_languages(
    rule: str, vital: str, kind: Kind, en: str, fr: str
) -> None:
    assert words(rule, vital, kind) == Words(en=en, fr=fr)


@pytest.mark.parametrize("rule", CLINICAL)
def test_every_clinical_rule_has_words_of_its_own_without_a_number(rule: str) -> None:
    said = words(rule, "", Kind.CLINICAL)
    assert said != UNSAID[Kind.CLINICAL]
    assert not any(character.isdigit() for character in said.en + said.fr)


@pytest.mark.parametrize("rule", CLINICAL)
def test_who_may_see_no_vital_reads_of_none(rule: str) -> None:
    said = words(rule, "", Kind.CLINICAL, frozenset())
    for vital in BY_KEY.values():
        for language in ("en", "fr"):
            assert vital.title[language] not in getattr(said, language).lower()


def test_of_several_vitals_each_has_to_be_open() -> None:
    rule = "blood_pressure.home"
    assert words(rule, "systolic_pressure", Kind.CLINICAL, {"systolic_pressure"}) == UNSAID[Kind.CLINICAL]
    both = {"systolic_pressure", "diastolic_pressure"}
    assert words(rule, "systolic_pressure", Kind.CLINICAL, both).en == "Blood pressure: high over the last days"
