"""The Zigbee devices of a gateway: those that Zigbee2MQTT has named, and those that we cannot read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_UNKNOWN = """
INSERT INTO unknown_devices VALUES (?, 1, ?)
ON CONFLICT DO UPDATE SET messages = messages + 1, newest_at = excluded.newest_at
"""


@dataclass(frozen=True, slots=True)
class Device:
    """`name` as people gave it; `model` as its maker calls it, empty where Zigbee2MQTT does not know."""

    name: str
    model: str


class Devices:
    """Kept in the spool's database, for the list comes only when Zigbee2MQTT starts or a device joins.

    They are found by routing key: MQTT's «/» arrives as «.», so that a key cannot be turned back into a name.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self._known: dict[str, Device] = {}
        self.reload()

    def reload(self) -> None:
        """Read again what is on disk, after a transaction that was undone."""
        rows = self.database.execute("SELECT routing_key, name, model FROM devices")
        self._known = {key: Device(name, model) for key, name, model in rows}

    def get(self, routing_key: str) -> Device | None:
        """The device whose messages come by this key."""
        return self._known.get(routing_key)

    def learn(self, device: Device) -> None:
        """A device is there. Only inside a transaction of the spool."""
        key = device.name.replace("/", ".")
        self.database.execute("INSERT OR REPLACE INTO devices VALUES (?, ?, ?)", (key, device.name, device.model))
        self.database.execute("DELETE FROM unknown_devices WHERE routing_key = ?", (key,))
        self._known[key] = device

    def list_unknown(self, routing_key: str, at: int) -> None:
        """Note a message of a device that we cannot read. Only inside a transaction."""
        self.database.execute(_UNKNOWN, (routing_key, at))

    def unknown(self) -> list[str]:
        """The routing keys of the devices that we cannot read."""
        return [row[0] for row in self.database.execute("SELECT routing_key FROM unknown_devices ORDER BY 1")]
