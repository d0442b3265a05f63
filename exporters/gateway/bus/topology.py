"""What stands on the bus, as rows: exchanges, queues, bindings. Each process declares all of it at its start.

A queue's dead-letter queue is `dead.<name>`: its consumer sends there what it cannot read, and the broker what it has
delivered so often that the consumer must be dying of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chevet.rules import URGENT_VITALS

URGENT = "chevet.urgent"
READINGS = "chevet.readings"
EXCHANGES = (URGENT, READINGS)
MQTT = "amq.topic"
"""The exchange of RabbitMQ's MQTT plugin, which the broker itself declares."""

RAW = "raw.zigbee2mqtt"
UPLINK = "uplink"
OUTBOX = "alerts.outbox"
FRESH = "fresh"
"""The newest readings only, for the screens that show «now»."""

DELIVERY_LIMIT = 1000
"""A backstop. It also counts redeliveries after a kill, so that only a consumer may call a message poison."""

NO_LIMIT = 2**31 - 1
"""For alerts: one that the service refuses comes again every twenty minutes, and must for longer than a fortnight. A
number, because brokers differ in what they make of none: no limit at all until 3.13, twenty from 4.0 on."""

FRESH_LENGTH = 2000
DEAD_BYTES = 256 * 2**20
ROUTING_KEY_BYTES = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One durable queue; `bindings` are (exchange, pattern). Its dead-letter queue follows from its name."""

    name: str
    bindings: tuple[tuple[str, str], ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)


def exchanges_of(vital: str) -> tuple[str, ...]:
    """Where a reading of `vital` is to go, the urgent first."""
    return EXCHANGES if vital in URGENT_VITALS else (READINGS,)


def urgent_queue(vital: str) -> str:
    """The queue of a vital that has urgent limits."""
    return f"urgent.{vital}"


def dead_queue(name: str) -> str:
    """Where the messages go that the consumer of `name` cannot read."""
    return f"dead.{name}"


def routing_key(vital: str, device: str) -> str:
    """`<vital>.<device>` in exactly two words: what is a separator or a wildcard to the broker becomes «_»."""
    word = device.translate({ord(char): "_" for char in ".*#"})
    return f"{vital}.{word}".encode()[:ROUTING_KEY_BYTES].decode(errors="ignore")


def queues(uplink_max_bytes: int) -> tuple[Queue, ...]:
    """Every queue of a gateway, each followed by its dead-letter queue."""
    rows = (
        _quorum(RAW, ((MQTT, "zigbee2mqtt.#"),)),
        *(_quorum(urgent_queue(vital), ((URGENT, f"{vital}.*"),)) for vital in URGENT_VITALS),
        _quorum(UPLINK, ((READINGS, "#"),), {"x-max-length-bytes": uplink_max_bytes, "x-overflow": "reject-publish"}),
        _quorum(OUTBOX, more={"x-delivery-limit": NO_LIMIT}),
        Queue(
            name=FRESH,
            bindings=((READINGS, "#"),),
            arguments={"x-queue-type": "classic", "x-max-length": FRESH_LENGTH, "x-overflow": "drop-head"},
        ),
    )
    return tuple(one for row in rows for one in (row, _dead(row)))


def _quorum(name: str, bindings: tuple[tuple[str, str], ...] = (), more: dict[str, Any] | None = None) -> Queue:
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead_queue(name),
    }
    return Queue(name=name, bindings=bindings, arguments=arguments | (more or {}))


def _dead(row: Queue) -> Queue:
    # The oldest poison goes first, so that a device gone mad can never fill the broker's disk.
    arguments = {"x-queue-type": "quorum", "x-max-length-bytes": DEAD_BYTES, "x-overflow": "drop-head"}
    return Queue(name=dead_queue(row.name), arguments=arguments)
