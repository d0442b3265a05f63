"""Bodies that come together are looked at together, and each has its own answer."""

from __future__ import annotations

import asyncio

from analysis_service.ingest import looking
from analysis_service.ingest.cutting import Cut, cut
from analysis_service.ingest.looking import MOST_TOGETHER, Looking
from chevet.remote_write import encode
from tests.analysis_service.test_glance import FAMILIAR, KNOWN, NOW, PULSE, of

PATIENCE = 30


def body(value: float) -> Cut:
    found = cut(encode([of(PULSE, "d1", None, (NOW, value))]), FAMILIAR.of("g01"), KNOWN, 100)
    assert found is not None
    return found


async def test_each_of_those_that_come_together_has_its_own_answer() -> None:
    together = Looking()
    many = [body(70.0 if number % 3 else 1e9) for number in range(2 * MOST_TOGETHER + 5)]
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*(together.at(one) for one in many))
    assert [answer is not None for answer in answers] == [number % 3 != 0 for number in range(len(many))]


async def test_those_of_one_turn_are_looked_at_once(monkeypatch) -> None:
    sizes = []

    def counted(many):
        sizes.append(len(many))
        return looked(many)

    looked = looking.glance
    monkeypatch.setattr(looking, "glance", counted)
    together = Looking()
    await asyncio.gather(*(together.at(body(70.0)) for _ in range(MOST_TOGETHER + 1)))
    await together.at(body(70.0))
    assert sizes == [MOST_TOGETHER, 1, 1]


async def test_whoever_goes_away_meanwhile_harms_nobody() -> None:
    together = Looking()
    going, staying = (asyncio.create_task(together.at(body(70.0))) for _ in range(2))
    await asyncio.sleep(0)
    going.cancel()
    async with asyncio.timeout(PATIENCE):
        assert await staying is not None
    assert going.cancelled()


async def test_a_failure_of_ours_leaves_all_to_the_guard_and_nobody_waiting(monkeypatch) -> None:
    def fails(_):
        raise ArithmeticError("ours")

    monkeypatch.setattr(looking, "glance", fails)
    together = Looking()
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.gather(*(together.at(body(70.0)) for _ in range(3))) == [None] * 3
        monkeypatch.undo()
        assert await together.at(body(70.0)) is not None
