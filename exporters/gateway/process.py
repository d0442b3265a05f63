"""Run one asyncio program as a process: SIGTERM and SIGINT end it cleanly, a refusal is a sentence, no traceback."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine, Iterator
from typing import Any

from chevet.errors import ChevetError

FINISHED, REFUSED = 0, 2
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(program: Coroutine[Any, Any, None]) -> int:
    """The process's exit code. A signal cancels `program`, whose `finally` and `async with` close what it holds."""
    try:
        asyncio.run(_until_signal(program))
    except BaseExceptionGroup as group:
        refusals, others = group.split(ChevetError)
        if others is not None or refusals is None:
            raise
        return refuse(*_leaves(refusals))
    except ChevetError as error:
        return refuse(error)
    return FINISHED


def refuse(*errors: BaseException) -> int:
    """Say why on standard error, a sentence a line."""
    for error in errors:
        print(error, file=sys.stderr)  # noqa: T201 - the sentence to whoever started the process
    return REFUSED


async def _until_signal(program: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(program)
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    def finish() -> None:
        asked.set()
        task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, finish)
    try:
        await task
    except asyncio.CancelledError:
        if not asked.is_set():
            raise


def _leaves(group: BaseExceptionGroup[ChevetError]) -> Iterator[ChevetError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
