"""RabbitMQ with its MQTT plugin: a vhost and two accounts for each gateway, everything on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from provisioning.local import probes
from provisioning.local.programs import program, written
from provisioning.local.rows import LOOPBACK, Launch, Place, Row

NODE = "chevet@localhost"
HELLO = b"AMQP\x00\x00\x09\x01"
BEGINNING_OF_START = b"\x01\x00\x00"  # a method frame on channel 0: only a broker that is up sends it

WRITTEN_AHEAD = 32 * 2**20
"""Bytes of one file of the quorum queues' log. What is in it is also in memory, and stands on disk a second time until
it is moved to its queue's own files: with the broker's default of 512 MiB one that held a million readings used 1.8 GB
of memory at most. With this, 200,000 readings took 115 MiB of disk and the broker 280 MB of memory."""

DISK_FREE = 64 * 2**20
"""Below it the broker takes nothing more: two files of its log still fit, so that it never meets a full disk itself."""

CONF = """\
listeners.tcp.local = {amqp}
mqtt.listeners.tcp.local = {mqtt}
mqtt.allow_anonymous = false
mqtt.exchange = amq.topic
load_definitions = {definitions}
raft.wal_max_size_bytes = {written_ahead}
disk_free_limit.absolute = {disk_free}
vm_memory_high_watermark.relative = 0.4
log.console = true
log.console.level = warning
log.file = false
"""
# A machine that was just unpacked may have no /etc/hosts, and then nobody knows where localhost is.
INETRC = """\
{host, {127,0,0,1}, ["localhost"]}.
{lookup, [file, native]}.
"""
MANAGEMENT_CONF = """\
management.tcp.ip = {host}
management.tcp.port = {management}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Who may enter a vhost, and what it may configure, write and read there."""

    user: str
    password: str
    vhost: str
    configure: str = ".*"
    write: str = ".*"
    read: str = ".*"
    tags: str = ""


def gateway_accounts(gateway: str, password: str, zigbee_password: str) -> tuple[Account, ...]:
    """The gateway's processes rule its vhost; Zigbee2MQTT may publish and subscribe by MQTT, nothing else."""
    own = r"^(amq\.topic|mqtt-subscription-.*)$"
    zigbee = Account(
        user=f"{gateway}-zigbee2mqtt",
        password=zigbee_password,
        vhost=gateway,
        configure="^mqtt-subscription-.*$",
        write=own,
        read=own,
    )
    return (Account(user=gateway, password=password, vhost=gateway), zigbee)


def password_hash(password: str, salt: bytes) -> str:
    """As RabbitMQ stores it: base64 of salt and SHA-256 of salt and password."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def definitions(accounts: tuple[Account, ...]) -> dict[str, Any]:
    return {
        "vhosts": [{"name": vhost} for vhost in sorted({account.vhost for account in accounts})],
        "users": [
            {
                "name": account.user,
                "password_hash": password_hash(account.password, secrets.token_bytes(4)),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": account.tags,
            }
            for account in {account.user: account for account in accounts}.values()
        ],
        "permissions": [
            {
                "user": account.user,
                "vhost": account.vhost,
                "configure": account.configure,
                "write": account.write,
                "read": account.read,
            }
            for account in accounts
        ],
    }


def launch_epmd(place: Place) -> Launch:
    """Erlang's port mapper as a child of ours: started by the broker it would outlive it."""
    command = (program("epmd"), "-port", str(place.port("epmd")), "-address", LOOPBACK)
    return Launch(command=command, environment={"ERL_EPMD_RELAXED_COMMAND_CHECK": "1"})


def environment(place: Place) -> Mapping[str, str]:
    here = place.directory
    return {
        "HOME": str(here),
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_MNESIA_BASE": str(here / "mnesia"),
        "RABBITMQ_LOG_BASE": str(here / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(here / "generated"),
        "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
        "RABBITMQ_FEATURE_FLAGS_FILE": str(here / "feature_flags"),
        "RABBITMQ_DIST_PORT": str(place.port("distribution")),
        "ERL_EPMD_PORT": str(place.port("epmd", "epmd")),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_INETRC": str(here / "inetrc"),
        # One scheduler is enough at home, and spares memory; the distribution stays on loopback as all else does.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        # The script then becomes the broker instead of watching it, so that our child is the broker itself.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


EPMD = Row(name="epmd", ports={"epmd": 24369}, launch=launch_epmd, ready=probes.speaks("epmd"), stop_within=3.0)


def row(accounts: tuple[Account, ...], *, management: bool = False) -> Row:
    """The broker with these accounts. The management plugin, on loopback too, lets tests make a vhost each."""

    def launch(place: Place) -> Launch:
        here = place.directory
        known = written(here / "definitions.json", json.dumps(definitions(accounts), indent=2))
        text = CONF.format(
            amqp=place.address("amqp"),
            mqtt=place.address("mqtt"),
            definitions=known,
            written_ahead=WRITTEN_AHEAD,
            disk_free=DISK_FREE,
        )
        if management:
            text += MANAGEMENT_CONF.format(host=LOOPBACK, management=place.port("management"))
        written(here / "rabbitmq.conf", text)
        written(here / "inetrc", INETRC)
        plugins = ("rabbitmq_mqtt", "rabbitmq_management") if management else ("rabbitmq_mqtt",)
        written(here / "enabled_plugins", f"[{','.join(plugins)}].\n")
        return Launch(command=(program("rabbitmq-server"),), environment=environment(place))

    answers = probes.every(probes.speaks("amqp", HELLO, BEGINNING_OF_START), probes.speaks("mqtt"))
    ports = {"amqp": 5672, "mqtt": 1883, "distribution": 25672}
    if management:
        ports["management"] = 15672
        answers = probes.every(answers, probes.speaks("management"))
    return Row(
        name="rabbitmq",
        ports=ports,
        launch=launch,
        ready=answers,
        after=("epmd",),
        companions=(EPMD,),
        ready_within=120.0,
        stop_within=20.0,
    )


def control(place: Place, *arguments: str) -> str:
    """What `rabbitmqctl` answers about the broker that runs at `place`."""
    surroundings = {**os.environ, **environment(place)}
    command = (program("rabbitmqctl"), "--node", NODE, "--quiet", *arguments)
    return subprocess.run(command, env=surroundings, check=True, capture_output=True, text=True, timeout=60).stdout


def amqp_url(place: Place, account: Account) -> str:
    user, password, vhost = (quote(part, safe="") for part in (account.user, account.password, account.vhost))
    return f"amqp://{user}:{password}@{place.address('amqp', 'rabbitmq')}/{vhost}"
