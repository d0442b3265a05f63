"""Any text fits the alphabet of SMS once transliterated, and is cut into as many messages as the standard says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chevet import gsm7

# 3GPP TS 23.038, 6.2.1 and 6.2.1.1, row by row and by hand.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"

fitting = st.text(st.sampled_from(sorted(BASIC + EXTENSION)), max_size=500)


def test_the_alphabet_is_that_of_the_standard() -> None:
    assert len(BASIC) == 127  # 128 places, one of them the escape
    assert set(BASIC) == gsm7.ALPHABET
    assert set(EXTENSION) == gsm7.EXTENSION


@given(st.text())
@example("\ud7ff\U0001f600")
def test_every_text_fits_once_it_is_transliterated(text: str) -> None:
    assert set(gsm7.transliterated(text)) <= set(BASIC + EXTENSION)


@given(fitting)
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert gsm7.transliterated(text) == text


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("é è à ù ì ò Ç", "é è à ù ì ò Ç"),
        ("ê ë î ï ô û ç", "e e i i o u c"),
        ("e\u0301", "é"),
        ("l\u2019œil", "l'oeil"),
        ("«non» \u2013 oui", '"non" - oui'),
        ("36,5\u00a0°C", "36,5  C"),
        ("≤ 88\u202f%", "<= 88 %"),
        ("ﬁn…", "fin..."),
        ("10 €", "10 €"),
        ("脈 \U0001f600", "? ?"),
    ],
)
def test_what_the_alphabet_lacks_is_written_with_what_it_has(text: str, sent: str) -> None:
    assert gsm7.transliterated(text) == sent


@pytest.mark.parametrize(
    ("septets", "messages"),
    [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)],
)
def test_one_message_has_160_septets_and_each_of_several_153(septets: int, messages: int) -> None:
    assert len(gsm7.parts("x" * septets)) == messages


def test_an_extended_character_takes_two_septets_and_is_never_parted() -> None:
    assert gsm7.septets("€") == 2
    assert len(gsm7.parts("€" * 80)) == 1
    assert gsm7.parts("x" * 152 + "€" + "y" * 10) == ("x" * 152, "€" + "y" * 10)


@given(fitting)
def test_the_parts_are_the_text_and_each_fits_its_message(text: str) -> None:
    parts = gsm7.parts(text)
    assert "".join(parts) == text
    longest = 160 if len(parts) == 1 else 153
    assert all(sum(2 if one in EXTENSION else 1 for one in part) <= longest for part in parts)


@given(fitting)
def test_there_are_no_more_parts_than_needed(text: str) -> None:
    """But for a septet that an extended character leaves free at the end of a part."""
    parts = gsm7.parts(text)
    total = gsm7.septets(text)
    assert len(parts) == 1 if total <= 160 else len(parts) <= -(-total // 152)
