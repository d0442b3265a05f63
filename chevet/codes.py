"""Codes that people read out and type: twelve signs of Crockford's alphabet, in groups, and how wrong ones are slowed.

Sixty bits: of a code that lives for a week nobody finds one by asking, and its digest is worth no search.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from chevet.errors import BadCode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No I, L, O and U: three are taken for others, and the fourth makes words."""
READ_AS: Mapping[str, str] = MappingProxyType({"I": "1", "L": "1", "O": "0"})
SIGNS, GROUP = 12, 4
BITS_OF_SIGN = 5
BYTES = 8
"""Of chance, of which the last sixty bits are spelled."""
LONGEST = 40
"""Characters as typed, with whatever stands between the groups."""

FREE, FIRST_PAUSE, LONGEST_PAUSE = 5, 30, 3600
"""Wrong codes that cost nothing; then seconds before the next, each twice as long."""
FORGOTTEN = 24 * 3600
"""Seconds without a wrong code after which none is counted any more."""


def spelled(chance: bytes) -> str:
    """The code of `BYTES` bytes of chance, as it is written: `7K3M-9QXR-2HTW`."""
    number = int.from_bytes(chance[:BYTES], "big")
    signs = "".join(ALPHABET[number >> (BITS_OF_SIGN * place) & 31] for place in reversed(range(SIGNS)))
    return "-".join(signs[start : start + GROUP] for start in range(0, SIGNS, GROUP))


def read(typed: str) -> str:
    """The twelve signs that were meant. Raises BadCode, which repeats nothing of what was typed."""
    signs = "".join(READ_AS.get(sign, sign) for sign in typed.upper() if not sign.isspace() and sign != "-")
    if len(typed) > LONGEST or len(signs) != SIGNS or not set(signs) <= set(ALPHABET):
        raise BadCode("code: expected twelve letters and digits such as 7K3M-9QXR-2HTW, got another form", field="code")
    return signs


def digest(signs: str) -> str:
    """What is kept of a code in place of it."""
    return hashlib.sha256(signs.encode()).hexdigest()


def pause(wrong: int) -> int:
    """Seconds to wait after so many wrong codes."""
    if wrong < FREE:
        return 0
    return min(LONGEST_PAUSE, FIRST_PAUSE << min(wrong - FREE, 20))
