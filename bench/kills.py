"""The schedule of kills: who dies, and between which two acts. Pure; the same seed is the same schedule."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

ANYWHERE = ""
HANDED = "SMS handed/recorded"
"""A kill here is what may make an SMS come twice."""
WHERE_A_SPOOL_FOLDS = ("read/folded", "folded/committed")
"""Steps that a home with a broker that answers seldom passes; the tests of folding kill there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """`step` is a name of `exporters.gateway.steps`, or ANYWHERE."""

    victim: str
    step: str = ANYWHERE

    @property
    def name(self) -> str:
        """As it is counted."""
        return self.step or f"{self.victim}, anywhere"


def _kill(victim: str, step: str = ANYWHERE) -> Kill:
    return Kill(victim=victim, step=step)


BLOCK: tuple[Kill, ...] = (
    _kill("intake", "publish/confirm"),
    _kill("uplink", "2xx/mark"),
    _kill("urgent", HANDED),
    _kill("rabbitmq"),
    _kill("service"),
    _kill("uplink", "journal/POST"),
    _kill("intake"),
    _kill("urgent"),
    _kill("service"),
    _kill("intake", "spool/ack"),
    _kill("uplink", "journal/ack"),
    _kill("urgent", "state/ack"),
    _kill("rabbitmq"),
    _kill("intake", "publish/confirm"),
    _kill("uplink"),
    _kill("urgent", HANDED),
    _kill("service"),
    _kill("intake"),
    _kill("urgent"),
    _kill("uplink"),
    _kill("rabbitmq"),
    _kill("service"),
    _kill("intake"),
    _kill("urgent"),
    _kill("uplink"),
)
"""25 kills of which 9 lie between two named steps. A hundred are four of these; a few are its beginning."""

VICTIMS = tuple(dict.fromkeys(kill.victim for kill in BLOCK))


def schedule(kills: int, seed: int, taking: str = "intake") -> dict[str, list[Kill]]:
    """For each victim its kills, in a random order. `taking` is the process that takes what sensors say."""
    order = random.Random(seed)
    chosen = [BLOCK[place % len(BLOCK)] for place in range(kills)]
    found: dict[str, list[Kill]] = {}
    for victim in VICTIMS:
        named = taking if victim == "intake" else victim
        found[named] = [replace(kill, victim=named) for kill in chosen if kill.victim == victim]
        order.shuffle(found[named])
    return found
