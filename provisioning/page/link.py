"""The link between a home and the server, as a TCP proxy that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter

CHUNK = 65536


class Link:
    """Forwards loopback connections to `target` (host, port). While cut, what stands is broken, what comes refused."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._writers: set[StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._listen = ("127.0.0.1", 0)

    @property
    def up(self) -> bool:
        """Whether connections pass."""
        return self._server is not None

    @property
    def port(self) -> int:
        """Where it listens; stays the same when it is cut and restored."""
        return self._listen[1]

    async def restore(self, port: int | None = None) -> None:
        """Let connections pass. `port` says where to listen the first time, 0 for a free one."""
        if self._server is not None:
            return
        if port is not None:
            self._listen = ("127.0.0.1", port)
        self._server = await asyncio.start_server(self._pass, *self._listen)
        self._listen = self._server.sockets[0].getsockname()[:2]

    async def cut(self) -> None:
        """Break what stands and refuse what comes."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        try:
            onward_reader, onward = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(onward)
        try:
            await asyncio.gather(_copy(reader, onward), _copy(onward_reader, writer))
        finally:
            for one in (writer, onward):
                self._writers.discard(one)
                one.transport.abort()


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
