"""Who was seen confused or not awake is told of at once, in words: CLINICAL 1 gives C, V, P and U three points."""

from __future__ import annotations

from pathlib import Path

from alert_rules import consciousness
from tests.alert_rules.promtool import Case, failures

SEEN = 'chevet_news2_consciousness{patient="p1"}'
WORDS = {
    1: ("newly confused", "confus depuis peu"),
    2: ("roused by voice", "réveillé par la voix"),
    3: ("roused by pain", "réveillé par la douleur"),
    4: ("unresponsive", "sans réponse"),
}


def _case(name: str, values: str, at: int = 0, told: int = 0, **also: str) -> Case:
    en, fr = WORDS.get(told, ("", ""))
    says = (
        f"{en}, patient p1",
        f"{fr}, patient p1",
        "Seen within the last 12 h and written down. Go and look again now: breath, pulse, glucose; the doctor at "
        "once. Write it down: somebody seen awake ends this alert.",
        "Vu et noté depuis 12 h au plus. Retourner voir maintenant : souffle, pouls, glycémie ; médecin aussitôt. Le "
        "noter : un patient vu éveillé clôt l'alerte.",
    )
    return Case(
        name=name,
        alert="ChevetConsciousnessAltered",
        series={SEEN: values} | also,
        evaluated="30m",
        at=f"{at}m",
        says=says if told else None,
        labels={"rule": "consciousness.altered", "kind": "clinical", "severity": "high"},
        of=("patient",),
    )


CASES = (
    _case("awake", "0"),
    *(_case(en, str(code), told=code) for code, (en, _) in WORDS.items()),
    _case("one look is enough for nearly twelve hours", "_ 1", at=720, told=1),
    _case("after twelve hours nobody knows", "1", at=720),
    _case("confused, then awake", "1 _x9 0", at=30),
    _case("awake, then unresponsive", "0 _x9 4", at=30, told=4),
    _case("who has no score", "2", told=2, **{'chevet_news2_eligible{patient="p1"}': "0"}),
    _case("not seen", "_"),
)


def test_each_letter_but_a_is_told_until_somebody_looks_again(tmp_path: Path) -> None:
    assert failures(tmp_path, [consciousness.GROUP], CASES) == ""
