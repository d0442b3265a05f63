"""Publishes as Zigbee2MQTT does: same topics, QoS 1, retain for the bridge only, and dropping while it is disconnected.

What was handed over but not yet acknowledged when the connection broke, the client sends again on its own.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from chevet.errors import expected
from simulators.errors import BadOption

BASE_TOPIC = "zigbee2mqtt"
BRIDGE_STATE, BRIDGE_DEVICES = f"{BASE_TOPIC}/bridge/state", f"{BASE_TOPIC}/bridge/devices"
IN_FLIGHT = 10_000
"""Zigbee2MQTT's client knows no limit of messages under way; paho's is twenty unless told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where to publish. RabbitMQ's MQTT plugin takes `vhost:user` as the user."""

    host: str
    port: int
    user: str
    password: str
    vhost: str


def broker(url: str) -> Broker:
    """The broker of `mqtt://user:password@host:port/vhost`. Raises BadOption."""
    wanted = "mqtt://user:password@host:port/vhost"
    parts = urlsplit(url)
    try:
        port = parts.port or 1883
    except ValueError:
        raise BadOption("--mqtt-url: expected a port between 1 and 65535", field="--mqtt-url") from None
    if parts.scheme != "mqtt":
        raise BadOption(expected("--mqtt-url", wanted, f"{parts.scheme}://…"), field="--mqtt-url")
    if not parts.hostname or not parts.username:
        missing = "no host" if not parts.hostname else "no user"
        raise BadOption(f"--mqtt-url: expected {wanted}, got {missing}", field="--mqtt-url")
    return Broker(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        vhost=unquote(parts.path.lstrip("/")),
    )


class Publisher:
    """One connection that is kept up. `published` is told of every payload (topic, payload, whether it was sent)."""

    def __init__(
        self,
        where: Broker,
        client_id: str,
        bridge_devices: list[dict[str, Any]],
        published: Callable[[str, dict[str, Any], bool], None],
        said: Callable[[str], None],
    ) -> None:
        self._where, self._devices, self._published, self._said = where, bridge_devices, published, said
        self._settled = threading.Condition()
        self._under_way = 0
        self.refused = ""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        client.username_pw_set(f"{where.vhost}:{where.user}" if where.vhost else where.user, where.password)
        client.max_inflight_messages_set(IN_FLIGHT)
        client.reconnect_delay_set(1, 5)
        client.will_set(BRIDGE_STATE, json.dumps({"state": "offline"}), qos=1, retain=True)
        client.on_connect, client.on_disconnect, client.on_publish = self._connected, self._disconnected, self._acked
        self._client = client

    @property
    def connected(self) -> bool:
        """Whether it knows of no break."""
        return self._client.is_connected()

    @property
    def unacknowledged(self) -> int:
        """Messages that the broker has not yet acknowledged."""
        return self._under_way

    def start(self) -> None:
        """Connect in the background and keep trying."""
        self._client.connect_async(self._where.host, self._where.port, keepalive=30)
        self._client.loop_start()

    def publish(self, name: str, payload: dict[str, Any]) -> bool:
        """Publish the report of device `name`; answers whether it was sent, or dropped for want of a connection.

        It is told to `published` first: what is on the air is always in the log.
        """
        topic = f"{BASE_TOPIC}/{name}"
        sent = self.connected
        self._published(topic, payload, sent)
        if sent:
            self._hand_over(topic, payload, retain=False)
        return sent

    def stop(self, patience: float = 10) -> int:
        """Say offline, wait for acknowledgements, disconnect; answers how many messages were left unacknowledged."""
        if self.connected:
            self._hand_over(BRIDGE_STATE, {"state": "offline"}, retain=True)
        deadline = time.monotonic() + patience
        with self._settled:
            self._settled.wait_for(lambda: not self._under_way or not self.connected, deadline - time.monotonic())
        left = self._under_way
        self._client.disconnect()
        self._client.loop_stop()
        return left

    def _hand_over(self, topic: str, payload: Any, *, retain: bool) -> None:
        with self._settled:
            self._under_way += 1
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        told = self._client.publish(topic, text, qos=1, retain=retain)
        if told.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
            raise RuntimeError(f"MQTT client: expected to take a message, got {mqtt.error_string(told.rc)}")

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            self._said(f"the broker at {self._where.host}:{self._where.port} refuses {self._where.user}: {reason}")
            return
        self.refused = ""
        self._said(f"connected to {self._where.host}:{self._where.port}")
        self._hand_over(BRIDGE_STATE, {"state": "online"}, retain=True)
        self._hand_over(BRIDGE_DEVICES, self._devices, retain=True)

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        with self._settled:
            self._settled.notify_all()
        if not self.refused:
            self._said(f"disconnected: {reason}")

    def _acked(self, _client: Any, _data: Any, _mid: int, _reason: Any, _properties: Any) -> None:
        with self._settled:
            self._under_way -= 1
            self._settled.notify_all()
