"""The stack under measurement: the demo's own rows, on free ports, with a pushing home whose processes are victims."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Self
from urllib.parse import quote

from bench.progress import Tell
from exporters.gateway import room
from exporters.gateway.bus import topology
from exporters.gateway.bus.client import Bus
from provisioning import secrets
from provisioning.local import chevet, homes, prometheus, rabbitmq
from provisioning.local.ports import free_port
from provisioning.local.registration import PAST_SECONDS, Registrar, Resident
from provisioning.local.rows import Launch, Place, Row
from provisioning.local.servers import on_free_ports
from provisioning.local.supervisor import Supervisor
from simulators.home_command import URL_VARIABLE

GATEWAY = "g01"
HOME = homes.Home(
    gateway=GATEWAY,
    mode="push",
    seed=7,
    episodes="",
    repeat="",
    contact="+33639981001",
    language="en",
    first_port=0,
)
UPLINK_BYTES = room.share_of("uplink_max_bytes")({})


class Stack:
    """One run of it in a directory of its own: `async with Stack(…) as stack: …`."""

    def __init__(
        self, directory: Path, phone_port: int, tell: Tell, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """`settings` are of the gateway's processes, beside those of the demo."""
        self.supervisor = Supervisor(directory, tell)
        self.directory = self.supervisor.directory
        self._settings = settings
        self.keys = self.directory / "secrets"
        # Where the demo's page stands: its phone and its link to the service are ours here.
        self.link_port = free_port()
        self.supervisor.ports["page"] = {"http": phone_port, "link": self.link_port}

    async def __aenter__(self) -> Self:
        self.supervisor.__enter__()
        return self

    async def __aexit__(self, *why: object) -> None:
        """In a thread: what of the link stands in our own loop goes on meanwhile."""
        await asyncio.to_thread(self.supervisor.__exit__, None, None, None)

    @property
    def state(self) -> Path:
        """The folder of the gateway's state files."""
        return homes.state(self.place("service"), HOME)

    def place(self, name: str) -> Place:
        """Where a row runs."""
        return self.supervisor.place(name)

    def pid(self, name: str) -> int:
        """The process of a row as it runs now."""
        return self.supervisor.processes[name].pid

    def runs(self, name: str) -> bool:
        """Whether this row was started."""
        return name in self.supervisor.processes

    def armed(self, process: str) -> Path:
        """The file that says where a process of the gateway is to die."""
        return self.directory / f"{process}.die-at"

    def start_servers(self, devices: dict[str, list[str]]) -> None:
        """RabbitMQ, Prometheus, the issuer and the service; and in the records who lives here and who is called."""
        issuer = on_free_ports(chevet.issuer(self.keys))
        self.supervisor.assign_ports(issuer)
        secrets.make(self.keys, (GATEWAY,), token_url=f"{self.place('issuer').url()}/token")
        known = homes.passwords(self.keys, GATEWAY)
        accounts = rabbitmq.gateway_accounts(GATEWAY, known["gateway"], known["zigbee2mqtt"])
        service = chevet.service(self.keys, lead_seconds=-PAST_SECONDS)
        rows = (rabbitmq.row(accounts), prometheus.row(), service)
        # A killed server is to be back soon, however often it was killed.
        self.supervisor.start(issuer, *(replace(on_free_ports(row), steady_after=0) for row in rows))
        self._register(devices)

    def start_gateway(self, *processes: str) -> None:
        """These processes of the home, each a victim."""
        rows = [
            homes.gateway_row(HOME, number, process, self.keys)
            for number, process in enumerate((*homes.PROCESSES, homes.RADIO))
            if process.name in processes
        ]
        self.supervisor.start(*(self._victim(row) for row in rows))

    def mqtt_url(self) -> str:
        """Where the home's Zigbee2MQTT publishes."""
        user, password = f"{GATEWAY}-zigbee2mqtt", homes.passwords(self.keys, GATEWAY)["zigbee2mqtt"]
        return f"mqtt://{quote(user)}:{quote(password)}@{self.place('rabbitmq').address('mqtt')}/{GATEWAY}"

    def simulator(self, *arguments: str) -> Launch:
        """A module that publishes to this home's broker by MQTT."""
        return chevet.python(*arguments, environment={URL_VARIABLE: self.mqtt_url()})

    def bus(self) -> Bus:
        """A connection of our own to the home's broker."""
        account = rabbitmq.gateway_accounts(GATEWAY, homes.passwords(self.keys, GATEWAY)["gateway"], "")[0]
        return Bus(rabbitmq.amqp_url(self.place("rabbitmq"), account), "bench", topology.queues(UPLINK_BYTES))

    def _register(self, devices: dict[str, list[str]]) -> None:
        signals = sorted({vital for vitals in devices.values() for vital in vitals})
        contact = {"number": HOME.contact, "language": HOME.language, "order": 1, "signals": signals}
        living = Resident(gateway=GATEWAY, name="Bench", contacts=(contact,), devices=devices)
        Registrar(self.place("service").url(), self.keys).register([living])

    def _victim(self, row: Row) -> Row:
        return replace(on_free_ports(row), launch=_with_a_hook(row, self.armed, self._settings), steady_after=0)


def _with_a_hook(row: Row, armed: Callable[[str], Path], settings: Mapping[str, str]) -> Callable[[Place], Launch]:
    def launch(place: Place) -> Launch:
        usual = row.launch(place)
        before, process = _split(usual.command)
        command = (*before, "bench.victim", "--armed", str(armed(process)), process)
        return Launch(command=command, environment={**usual.environment, **settings})

    return launch


def _split(command: Sequence[str]) -> tuple[Iterable[str], str]:
    """«python -m» before the gateway's module, and the process after it."""
    place = command.index("exporters.gateway")
    return command[:place], command[place + 1]


def peak_memory(pid: int) -> int:
    """Bytes of memory that a process has had at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
