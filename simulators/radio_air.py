"""The air between simulated sensors and a simulated stick: a loopback socket that the gateway's driver connects to.

It stamps each frame with the time at which it was on the air. While no stick is there the sensors speak to nobody, keep
what they measured, and say it again when one is.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable

from chevet.errors import expected
from simulators import radio_frames as frames
from simulators.devices import Device
from simulators.errors import BadOption
from simulators.radio_sensors import Payload, Sensor, ieee

TICK = 0.01
FIRST_SHORT = 0x1001
BROADCAST = 0xFFF8

Published = Callable[[str, Payload, bool], None]


def address(option: str, text: str) -> tuple[str, int]:
    """host:port on loopback. Raises BadOption."""
    host, _, port = text.rpartition(":")
    if host not in ("127.0.0.1", "localhost") or not port.isdigit() or int(port) > 65535:
        raise BadOption(expected(option, "127.0.0.1:port", text), field=option)
    return host, int(port)


def names(devices: Iterable[Device], seed: int) -> str:
    """Whose address is whose name, as CHEVET_RADIO_NAMES wants it."""
    pairs = ((ieee(_address(device, seed)), device.name) for device in devices)
    return ",".join(f"{address}={name}" for address, name in pairs)


def _address(device: Device, seed: int) -> bytes:
    return int(device.ieee_address(seed), 16).to_bytes(8, "little")


class Air:
    """Runs in a thread of its own. `published` is told of each report (name, payload, whether it was acknowledged)."""

    def __init__(
        self,
        where: tuple[str, int],
        devices: Iterable[Device],
        seed: int,
        published: Published,
        said: Callable[[str], None],
    ) -> None:
        self._where, self._published, self._said = where, published, said
        self.sensors = {
            device.name: Sensor(
                name=device.name,
                model=device.model,
                address=_address(device, seed),
                short=FIRST_SHORT + number,
                boot=secrets.randbits(32),
                acknowledged=self._acknowledged,
            )
            for number, device in enumerate(devices)
        }
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._writer: asyncio.StreamWriter | None = None
        self._stopping = asyncio.Event()
        self._open = threading.Event()
        self.port = 0

    def start(self) -> None:
        """Until the stick can connect."""
        self._thread.start()
        self._open.wait()

    def publish(self, name: str, payload: Payload) -> bool:
        """Let a sensor measure; it will keep that until it is acknowledged."""
        self._loop.call_soon_threadsafe(lambda: self.sensors[name].measure(payload, _now()))
        return True

    @property
    def left(self) -> int:
        """Reports that are not acknowledged."""
        return sum(sensor.left for sensor in self.sensors.values())

    def stop(self, patience: float = 60.0) -> int:
        """Wait for acknowledgements; answers how many reports were given up."""
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop).result()
        deadline = time.monotonic() + patience
        while self.left and time.monotonic() < deadline:
            time.sleep(TICK)
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        given_up = [(name, payload) for name, sensor in self.sensors.items() for payload in sensor.drop()]
        for name, payload in given_up:
            self._published(name, payload, False)
        return len(given_up)

    def _acknowledged(self, sensor: Sensor, payload: Payload) -> None:
        self._published(sensor.name, payload, True)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._open.set()
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, *self._where)
        self.port = server.sockets[0].getsockname()[1]
        self._open.set()
        speaking = asyncio.create_task(self._speak())
        await self._stopping.wait()
        speaking.cancel()
        if self._writer is not None:
            self._writer.close()
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._said("a stick is there")
        if self._writer is not None:
            self._writer.close()
        self._writer = writer
        with contextlib.suppress(EOFError, OSError):
            while True:
                (length,) = frames.LENGTH.unpack(await reader.readexactly(frames.LENGTH.size))
                self._hear(frames.unpacked(await reader.readexactly(length)))
        if self._writer is writer:
            self._writer = None
        writer.close()
        self._said("the stick is gone")

    def _hear(self, frame: frames.Frame) -> None:
        for sensor in self.sensors.values():
            if frame.target == sensor.short or frame.target >= BROADCAST:
                self._send(sensor.hear(frame), _now())
                self._speak_for(sensor)

    async def _speak(self) -> None:
        while True:
            if self._writer is not None:
                for sensor in self.sensors.values():
                    self._speak_for(sensor)
            await asyncio.sleep(TICK)

    def _speak_for(self, sensor: Sensor) -> None:
        now = _now()  # a report's age is true at the time that it is stamped with
        self._send(sensor.due(now), now)

    def _send(self, said: Iterable[frames.Frame], now: int) -> None:
        for frame in said:
            if self._writer is not None and not self._writer.is_closing():
                self._writer.write(frames.packed(frame, now))

    def unplug(self) -> None:
        """Let the stick vanish; the driver may connect again."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def inject(self, frame: frames.Frame) -> None:
        """Put any frame on the air."""
        self._loop.call_soon_threadsafe(lambda: self._send([frame], _now()))

    def names(self) -> str:
        """Of its sensors, as CHEVET_RADIO_NAMES wants it."""
        return ",".join(f"{sensor.ieee}={name}" for name, sensor in self.sensors.items())


def _now() -> int:
    return time.time_ns() // 1_000_000
