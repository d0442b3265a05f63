"""Alerts in words for patients and those close to them: no value, no diagnosis, and no vital that they may not see.

A rule's name is a vital and what is the matter, such as `heart_rate.low`; what is no vital's has a row of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chevet.severities import Kind
from chevet.vitals import BY_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One sentence in each language."""

    en: str
    fr: str


def _words(en: str, fr: str) -> Words:
    return Words(en=en, fr=fr)


OF_MATTER: Mapping[str, Words] = MappingProxyType(
    {
        "low": _words("below the limit", "en dessous de la limite"),
        "high": _words("above the limit", "au-dessus de la limite"),
        "falling": _words("falling towards the limit", "en baisse vers la limite"),
        "rising": _words("rising towards the limit", "en hausse vers la limite"),
        "below_usual": _words("lower than is usual at this hour", "plus basse que d'habitude à cette heure"),
        "above_usual": _words("higher than is usual at this hour", "plus haute que d'habitude à cette heure"),
        "low_day": _words("low for too long within a day", "trop basse trop longtemps en un jour"),
        "high_day": _words("high for too long within a day", "trop haute trop longtemps en un jour"),
        "low_fortnight": _words("low for too long within two weeks", "trop basse trop longtemps en deux semaines"),
        "high_fortnight": _words("high for too long within two weeks", "trop haute trop longtemps en deux semaines"),
        "night": _words("low for some minutes of the night", "basse pendant quelques minutes de la nuit"),
        "altered": _words("somebody saw that it has changed", "un changement a été observé"),
        "silent": _words("nothing comes from the sensor", "le capteur n'envoie plus rien"),
        "check": _words("the sensor needs a look", "le capteur est à vérifier"),
        "contact": _words("the sensor does not sit well", "le capteur est mal placé"),
    }
)
"""What is the matter with a vital, behind its name."""
OF_RULE: Mapping[str, Words] = MappingProxyType(
    {
        "weight.rising": _words("weight: up within a few days", "poids : en hausse en quelques jours"),
        "fall.high": _words("a possible fall", "chute possible"),
        "activity.none": _words("activity: no movement for a long time", "activité : aucun mouvement depuis longtemps"),
        "news2.high": _words("several signs together are far from usual", "plusieurs signes s'écartent de la normale"),
        "blood_pressure.home": _words(
            "blood pressure: high over the last days", "tension : haute sur les derniers jours"
        ),
        "resting_heart_rate.rising": _words(
            "heart rate at rest: up over the last days", "fréquence cardiaque au repos : en hausse ces derniers jours"
        ),
    }
)
"""Whole sentences of rules that are of several vitals, or for which the words above would be wrong."""
VITALS_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "blood_pressure.home": frozenset({"systolic_pressure", "diastolic_pressure"}),
        "resting_heart_rate.rising": frozenset({"heart_rate"}),
        "news2.high": frozenset(),
    }
)
"""Of which vitals a rule speaks, where its name does not begin with one."""
UNSAID: Mapping[Kind, Words] = MappingProxyType(
    {
        Kind.CLINICAL: _words("A measurement needs attention", "Une mesure demande de l'attention"),
        Kind.TECHNICAL: _words("A device needs a look", "Un appareil est à vérifier"),
    }
)
"""For whom may not see what is the matter, and for what they need not know."""
EVERYTHING: frozenset[str] = frozenset(BY_KEY)


def words(rule: str, vital: str, kind: Kind, open_to: Collection[str] = EVERYTHING) -> Words:
    """The sentence of an alert of `rule` about `vital`, for whom the vitals `open_to` are open."""
    named, _, matter = rule.rpartition(".")
    spoken_of = VITALS_OF.get(rule, frozenset({vital or named}) & EVERYTHING)
    known = rule in VITALS_OF or bool(spoken_of)
    if not known or not spoken_of <= frozenset(open_to):
        return UNSAID[kind]
    whole, said = OF_RULE.get(rule), OF_MATTER.get(matter)
    if whole is not None:
        return capital(whole)
    (key,) = spoken_of
    return UNSAID[kind] if said is None else of_vital(key, said)


def of_vital(key: str, said: Words) -> Words:
    """«Heart rate: below the limit»."""
    title = BY_KEY[key].title
    return capital(_words(f"{title['en']}: {said.en}", f"{title['fr']} : {said.fr}"))


def capital(said: Words) -> Words:
    """As a sentence begins."""
    return _words(said.en[:1].upper() + said.en[1:], said.fr[:1].upper() + said.fr[1:])
