"""The demo's homes as rows: who lives there, how the gateway speaks, what happens; and the processes of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from provisioning import secrets
from provisioning.local import probes, rabbitmq
from provisioning.local.chevet import python
from provisioning.local.rows import Launch, Place, Row
from simulators import devices


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """A home with a whole gateway. `episodes` as the simulator's option wants them, `contact` is the relative."""

    gateway: str
    mode: Literal["push", "pull"]
    seed: int
    episodes: str
    repeat: str
    contact: str
    language: Literal["en", "fr"]
    first_port: int


HOMES = (
    Home(
        gateway="g01",
        mode="push",
        seed=7,
        # Both call without waiting a minute: one reading of glucose below 54 is enough, so is 20 s of a deep fall.
        episodes="hypoglycaemia@3,deep-desaturation@10",
        repeat="40m",
        contact="+33639981001",
        language="fr",
        first_port=9800,
    ),
    Home(
        gateway="g02",
        mode="pull",
        seed=11,
        episodes="deep-desaturation@5,tachycardia@10m,probe-off@20m",
        repeat="40m",
        contact="+33639981002",
        language="en",
        first_port=9810,
    ),
)
# Numbers that the French regulator keeps for fiction.
NIGHT_NURSE = "+33639981099"


def expected_vitals() -> dict[str, list[str]]:
    """The devices of a simulated home, and what each ought to send."""
    return {
        device.name: sorted({device.attribute(channel).vital for channel in device.channels})
        for device in devices.DEVICES
    }


def broker_accounts(keys: Path) -> tuple[rabbitmq.Account, ...]:
    """The accounts of every home's gateway."""
    accounts: list[rabbitmq.Account] = []
    for home in HOMES:
        known = passwords(keys, home.gateway)
        accounts += rabbitmq.gateway_accounts(home.gateway, known["gateway"], known["zigbee2mqtt"])
    return tuple(accounts)


def passwords(keys: Path, gateway: str) -> dict[str, str]:
    content = secrets.Secrets(directory=keys).broker_passwords(gateway).read_text()
    return {str(user): str(password) for user, password in json.loads(content).items()}


def state(place: Place, home: Home) -> Path:
    """One folder for all processes of a gateway: a row's own place is beside it."""
    return place.directory.parent / f"{home.gateway}-state"


def simulator_log(stack: Path, home: Home) -> Path:
    return stack / f"{home.gateway}-simulator" / "published.jsonl"


def row_name(home: Home, process: str) -> str:
    return f"{home.gateway}-{process}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A process of a gateway: the variable that says where it listens, and whom it waits for."""

    name: str
    listens: str
    ready: Callable[[Place], bool]


PROCESSES = (
    Process(name="exporter", listens="CHEVET_EXPORTER_ADDRESS", ready=probes.speaks("http")),
    Process(name="intake", listens="CHEVET_METRICS_ADDRESS", ready=probes.http("/metrics")),
    Process(name="urgent", listens="CHEVET_METRICS_ADDRESS", ready=probes.http("/metrics")),
    Process(name="uplink", listens="CHEVET_METRICS_ADDRESS", ready=probes.http("/metrics")),
    Process(name="agent", listens="CHEVET_METRICS_ADDRESS", ready=probes.http("/metrics")),
)
RADIO = Process(name="radio", listens="CHEVET_METRICS_ADDRESS", ready=probes.http("/metrics"))
"""In place of intake, where a home has a stick of its own; the demo's have none."""


def gateway_processes(place: Place, home: Home) -> str:
    """Where those of the stack's processes that are this gateway's say how they are, as its settings want it."""
    there = [
        one.name for one in (*PROCESSES, RADIO) if one.name != "exporter" and row_name(home, one.name) in place.ports
    ]
    return ",".join(f"{name}={place.address('http', row_name(home, name))}" for name in there)


def gateway_environment(place: Place, home: Home, process: Process, keys: Path) -> dict[str, str]:
    kept = secrets.Secrets(directory=keys)
    account = rabbitmq.gateway_accounts(home.gateway, passwords(keys, home.gateway)["gateway"], "")[0]
    # The page stands between a pushing home and the service, and can cut what passes.
    server = place.url("link", "page") if home.mode == "push" else place.url("http", "service")
    return {
        "CHEVET_GATEWAY": home.gateway,
        "CHEVET_MODE": home.mode,
        "CHEVET_STATE_DIR": str(state(place, home)),
        "CHEVET_BROKER_URL": rabbitmq.amqp_url(place, account),
        "CHEVET_SERVER_URL": server,
        "CHEVET_CREDENTIALS_FILE": str(kept.gateway_credentials(home.gateway)),
        "CHEVET_SHEET_KEY_FILE": str(kept.file(secrets.SHEET_PUBLIC_KEY)),
        "CHEVET_EXPORTER_TOKEN_FILE": str(kept.file(secrets.EXPORTER_TOKEN)),
        "CHEVET_SMS_URLS": f"json://{place.address('http', 'page')}/sms?:to={{number}}",
        "CHEVET_LOCAL_NUMBER": home.contact,
        "CHEVET_LOCAL_LANGUAGE": home.language,
        "CHEVET_PROCESSES": gateway_processes(place, home),
        process.listens: place.address("http"),
    }


def gateway_row(home: Home, number: int, process: Process, keys: Path) -> Row:
    def launch(place: Place) -> Launch:
        return python("exporters.gateway", process.name, environment=gateway_environment(place, home, process, keys))

    return Row(
        name=row_name(home, process.name),
        ports={"http": home.first_port + number},
        launch=launch,
        ready=process.ready,
        after=("rabbitmq",),
    )


def simulator_row(home: Home, keys: Path) -> Row:
    """The sensors and the radio. They begin when intake has bound its queue: what is sent before is on the air only."""

    def launch(place: Place) -> Launch:
        user, password = f"{home.gateway}-zigbee2mqtt", passwords(keys, home.gateway)["zigbee2mqtt"]
        broker = f"mqtt://{quote(user)}:{quote(password)}@{place.address('mqtt', 'rabbitmq')}/{home.gateway}"
        return python(
            *("simulators", "home", "--gateway", home.gateway, "--patient-seed", str(home.seed)),
            *("--episodes", home.episodes, "--repeat", home.repeat),
            *("--log", str(simulator_log(place.directory.parent, home)), "--control-port", str(place.port("http"))),
            environment={"CHEVET_SIMULATOR_MQTT_URL": broker},
        )

    return Row(
        name=row_name(home, "simulator"),
        ports={"http": home.first_port + 9},
        launch=launch,
        ready=probes.http("/"),
        after=(row_name(home, "intake"), row_name(home, "urgent"), row_name(home, "uplink"), "page"),
    )


def rows(home: Home, keys: Path) -> tuple[Row, ...]:
    """Every process of one home."""
    gateway = (gateway_row(home, number, process, keys) for number, process in enumerate(PROCESSES))
    return (*gateway, simulator_row(home, keys))
