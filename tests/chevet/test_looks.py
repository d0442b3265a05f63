"""A look in plain words: every right that is about somebody has its own."""

from __future__ import annotations

import pytest

from chevet.looks import OF_RIGHT, OTHER, look
from chevet.plain_words import Words
from chevet.roles import RIGHTS, Reach, Right


@pytest.mark.parametrize("right", [right for right in Right if set(RIGHTS[right].values()) - {Reach.EVERYBODY}])
def test_every_right_that_is_about_somebody_says_what_was_done(right: Right) -> None:
    assert right in OF_RIGHT
    assert look(right.value) != OTHER


def test_what_was_done_is_said_in_both_languages() -> None:
    assert look("break the glass") == Words(
        en="opened your dossier in an emergency", fr="a ouvert votre dossier dans une situation d'urgence"
    )
    assert look("read values of vitals").en == "looked at your measurements"
    assert look("a right of an older version") == OTHER
