"""The laws of the record of looks: what is whole is whole, and whatever is done to it afterwards is found and named."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chevet.audit import (
    Anchor,
    Entry,
    Look,
    Outcome,
    Seal,
    anchor,
    code_of,
    content,
    digest,
    entry,
    is_ours,
    require_key,
    seal,
)
from chevet.audit_verification import Verdict, verify
from chevet.errors import BadAudit

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
WORDS = st.text(max_size=12)
LOOKS = st.builds(
    Look,
    at=st.integers(0, 2**53),
    subject=WORDS,
    roles=st.lists(WORDS, max_size=2).map(tuple),
    right=WORDS,
    method=st.sampled_from(["GET", "POST"]),
    route=WORDS,
    patients=st.lists(WORDS, max_size=3).map(tuple),
    outcome=st.sampled_from([one.value for one in Outcome]),
    request=WORDS,
    reason=st.none() | WORDS,
)
NURSES = Look(
    at=1_900_000_000_000,
    subject="s1",
    roles=("nurse",),
    right="read dossiers",
    method="GET",
    route="/api/v1/patients/{patient}/contacts",
    patients=("p1",),
    outcome="done",
    request="r1",
)


@dataclass
class Record:
    """A record as the database and the anchor hold it."""

    entries: list[Entry] = field(default_factory=list)
    seals: list[Seal] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)

    def look(self, *looks: Look) -> None:
        for one in looks:
            self.entries.append(entry(KEY, len(self.entries) + 1, one))

    def seal(self, at: int = 0) -> None:
        last = self.seals[-1] if self.seals else None
        made = seal(KEY, last, self.entries[last.last if last else 0 :], at)
        self.seals.append(made)
        self.anchors.append(anchor(made))

    def verdict(self) -> Verdict:
        return verify(KEY, self.entries, self.seals, self.anchors)

    def fault(self) -> str:
        found = self.verdict().fault
        assert found is not None
        return found.sentence


def record(*batches: int, unsealed: int = 0) -> Record:
    made = Record()
    for batch in batches:
        made.look(*(replace(NURSES, at=NURSES.at + len(made.entries) + n) for n in range(batch)))
        made.seal(at=NURSES.at + 1000 * len(made.seals))
    made.look(*(replace(NURSES, at=NURSES.at + len(made.entries) + n) for n in range(unsealed)))
    return made


@given(st.lists(st.lists(LOOKS, min_size=1, max_size=4), max_size=5), st.lists(LOOKS, max_size=3))
def test_what_was_written_and_sealed_is_whole(batches: list[list[Look]], behind: list[Look]) -> None:
    made = Record()
    for batch in batches:
        made.look(*batch)
        made.seal()
    made.look(*behind)
    found = made.verdict()
    assert found.fault is None
    assert (found.entries, found.seals, found.unsealed) == (len(made.entries), len(batches), len(behind))


@given(LOOKS, LOOKS, st.integers(1, 9), st.integers(1, 9))
def test_two_entries_have_the_same_bytes_only_where_they_are_the_same(a: Look, b: Look, i: int, j: int) -> None:
    assert (content(i, a) == content(j, b)) is ((i, a) == (j, b))


@given(LOOKS)
def test_an_entry_of_another_key_is_not_ours(look: Look) -> None:
    assert is_ours(KEY, entry(KEY, 1, look))
    assert not is_ours(KEY, entry(OTHER_KEY, 1, look))


def test_the_bytes_and_codes_are_what_anybody_can_make_with_the_key_alone() -> None:
    """By hand, so that a record of today can be verified in ten years."""
    body = (
        b'[7,1900000000000,"s1",["nurse"],"read dossiers","GET","/api/v1/patients/{patient}/contacts",'
        b'["p1"],"done","r1",null]'
    )
    assert content(7, NURSES) == body
    assert entry(KEY, 7, NURSES).code == hmac.new(KEY, b"chevet audit entry 1\n" + body, hashlib.sha256).hexdigest()
    first = entry(KEY, 1, NURSES)
    made = seal(KEY, None, [first], 5)
    sha = hashlib.sha256(content(1, NURSES) + b"\n").hexdigest()
    signed = b'chevet audit seal 1\n[1,1,1,1,"' + sha.encode() + b'",5,""]'
    assert (made.digest, made.code) == (sha, hmac.new(KEY, signed, hashlib.sha256).hexdigest())


def change(made: Record) -> None:
    made.entries[4] = replace(made.entries[4], look=replace(made.entries[4].look, subject="s2"))


def change_unsealed(made: Record) -> None:
    made.entries[-1] = replace(made.entries[-1], look=replace(made.entries[-1].look, patients=()))


def remove(made: Record) -> None:
    del made.entries[4]


def remove_the_first(made: Record) -> None:
    del made.entries[0]


def remove_the_last_of_a_seal(made: Record) -> None:
    del made.entries[5]


def remove_an_unsealed(made: Record) -> None:
    del made.entries[-2]


def remove_a_seals_entries(made: Record) -> None:
    del made.entries[3:6]


def add(made: Record) -> None:
    made.entries.append(Entry(id=len(made.entries) + 1, look=NURSES, code="0" * 64))


def add_before(made: Record) -> None:
    made.entries.append(entry(KEY, 0, NURSES))


def exchange(made: Record) -> None:
    a, b = made.entries[3], made.entries[5]
    made.entries[3], made.entries[5] = replace(b, id=a.id), replace(a, id=b.id)


def put_another_of_ours(made: Record) -> None:
    made.entries[4] = entry(KEY, 5, replace(NURSES, subject="s9"))


def forge_a_seal(made: Record) -> None:
    change(made)
    made.entries[4] = entry(OTHER_KEY, 5, made.entries[4].look)
    forged = replace(made.seals[1], digest=digest(made.entries[3:6]))
    made.seals[1] = replace(forged, code=code_of(OTHER_KEY, forged))


def forge_a_seal_that_nobody_anchored(made: Record) -> None:
    made.anchors.pop()
    made.seals[-1] = replace(made.seals[-1], at=1)


def remove_a_seal(made: Record) -> None:
    del made.seals[1]


def cut_the_end(made: Record) -> None:
    del made.seals[-1]
    del made.entries[6:]


def cut_everything(made: Record) -> None:
    made.entries.clear()
    made.seals.clear()


def cut_the_end_and_write_on(made: Record) -> None:
    kept = list(made.anchors)
    cut_the_end(made)
    made.look(NURSES, NURSES)
    made.seal(at=9)
    made.anchors = kept


def cut_the_anchor(made: Record) -> None:
    del made.anchors[-2:]


SIX, SEVEN = "entry 6: expected under seal 2, is missing", "seal 3: expected, with 9 entries, for the anchor knows it"
TAMPERINGS: list[tuple[Callable[[Record], None], str]] = [
    (change, "entry 5: expected the code of our key, got another: the entry was changed or added"),
    (change_unsealed, "entry 11: expected the code of our key, got another: the entry was changed or added"),
    (remove, "entry 5: expected before entry 6, is missing: it was removed"),
    (remove_the_first, "entry 1: expected before entry 2, is missing: it was removed"),
    (remove_the_last_of_a_seal, SIX),
    (remove_an_unsealed, "entry 10: expected before entry 11, is missing: it was removed"),
    (remove_a_seals_entries, "entry 4: expected under seal 2, is missing: it was removed"),
    (add, "entry 12: expected the code of our key, got another: the entry was changed or added"),
    (add_before, "entry 0: expected none with this number here: it was added"),
    (exchange, "entry 4: expected what was written there, got entry 6: the order was changed"),
    (put_another_of_ours, "seal 2: expected the entries that it was made of, got others"),
    (forge_a_seal, "seal 2: expected the one that the anchor knows, got another"),
    (forge_a_seal_that_nobody_anchored, "seal 3: expected the code of our key, got another: the seal was forged"),
    (remove_a_seal, "seal 2: expected before seal 3, is missing: it was removed"),
    (cut_the_end, SEVEN + "; the record ends with seal 2 and entry 6: its end was cut off"),
    (cut_everything, SEVEN + "; the record ends with seal 0 and entry 0: its end was cut off"),
    (cut_the_end_and_write_on, "seal 3: expected the one that the anchor knows, got another: the end was cut off"),
    (cut_the_anchor, "seal 2: expected in the anchor, is not"),
]


@pytest.mark.parametrize(("tampering", "sentence"), TAMPERINGS, ids=[one.__name__ for one, _ in TAMPERINGS])
def test_each_tampering_is_found_and_named(tampering: Callable[[Record], None], sentence: str) -> None:
    made = record(3, 3, 3, unsealed=2)
    assert made.verdict().fault is None
    tampering(made)
    assert made.fault().startswith(sentence)


def test_the_fault_says_which_entry_and_when() -> None:
    made = record(3, 3)
    change(made)
    found = made.verdict().fault
    assert found is not None
    assert (found.entry, found.at) == (5, made.entries[4].look.at)


def test_a_seal_that_the_anchor_does_not_have_yet_is_no_fault() -> None:
    made = record(3, 3)
    made.anchors.pop()
    assert made.verdict().fault is None


def test_entries_that_do_not_follow_the_last_seal_are_not_sealed() -> None:
    made = record(3)
    for wrong in ([], made.entries, [entry(KEY, 5, NURSES), entry(KEY, 4, NURSES)]):
        with pytest.raises(BadAudit, match="expected entries from 4 on"):
            seal(KEY, made.seals[0], wrong, 0)


def test_an_entry_that_was_removed_before_it_was_sealed_keeps_no_other_from_being_sealed_and_is_found() -> None:
    made = record(3, unsealed=3)
    del made.entries[3]
    made.seal()
    assert made.seals[-1].last == 6
    assert made.fault() == "entry 4: expected before entry 5, is missing: it was removed"


@pytest.mark.parametrize("text", ["", "00" * 31, "00" * 33, "zz" * 32, "é"])
def test_a_key_that_is_none_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(BadAudit) as refused:
        require_key(text)
    assert str(refused.value).startswith("expected 64 hexadecimal digits")
    assert require_key("0f" * 32 + "\n") == b"\x0f" * 32


@pytest.mark.parametrize("name", ["id", "look", "code"])
@given(data=st.data(), look=LOOKS)
def test_no_field_of_a_sealed_entry_can_be_another(name: str, data: st.DataObject, look: Look) -> None:
    made = record(3, 3)
    number = data.draw(st.integers(0, 5))
    other = {"id": data.draw(st.integers(-9, 99)), "look": look, "code": data.draw(st.text(max_size=9))}[name]
    if other == getattr(made.entries[number], name):
        return
    made.entries[number] = replace(made.entries[number], **{name: other})
    assert made.verdict().fault is not None


def test_a_thousand_random_cuts_of_the_end_are_found() -> None:
    chance = random.Random(6)
    for _ in range(1000):
        made = record(*(chance.randint(1, 3) for _ in range(4)), unsealed=chance.randint(0, 2))
        left = chance.randrange(made.seals[-1].last)
        del made.entries[left:]
        made.seals = [one for one in made.seals if one.last <= left or chance.random() < 0.5]
        assert made.verdict().fault is not None
