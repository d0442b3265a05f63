"""How one may feel, as rows: the word that is kept, its rank, and how each language says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """`rank` counts from 1, the worst, to 5, the best; 3 is no change."""

    key: str
    rank: int
    said: Mapping[str, str]


WORDS: tuple[Word, ...] = (
    Word(key="much_worse", rank=1, said=MappingProxyType({"en": "much worse", "fr": "beaucoup moins bien"})),
    Word(key="worse", rank=2, said=MappingProxyType({"en": "worse", "fr": "moins bien"})),
    Word(key="same", rank=3, said=MappingProxyType({"en": "the same", "fr": "pareil"})),
    Word(key="better", rank=4, said=MappingProxyType({"en": "better", "fr": "mieux"})),
    Word(key="much_better", rank=5, said=MappingProxyType({"en": "much better", "fr": "beaucoup mieux"})),
)
BY_KEY: Mapping[str, Word] = MappingProxyType({word.key: word for word in WORDS})
