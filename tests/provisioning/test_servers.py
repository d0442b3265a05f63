"""Each server row really starts, answers, and does what Chevet wants of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import httpx2
import paho.mqtt.client as mqtt
import pika
import psutil
import pytest

from provisioning.local import mailbox, servers
from provisioning.local import postgresql as local_postgresql
from provisioning.local.rows import LOOPBACK, Place, Row

ROWS = [servers.RABBITMQ, servers.PROMETHEUS, servers.ALERTMANAGER, servers.POSTGRESQL, mailbox.MAILBOX]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_server_starts_in_a_directory_with_a_space_and_ends_with_its_block(row: Row, tmp_path: Path) -> None:
    with servers.running(tmp_path / "a house with a space", row) as stack:
        processes = [psutil.Process(process.pid) for process in stack.supervisor.processes.values()]
        assert all(process.is_running() for process in processes)
    assert not any(process.is_running() for process in processes)


def test_two_of_each_run_beside_one_another(tmp_path: Path) -> None:
    with (
        servers.running(tmp_path / "one", servers.PROMETHEUS, servers.ALERTMANAGER) as one,
        servers.running(tmp_path / "two", servers.PROMETHEUS, servers.ALERTMANAGER) as two,
    ):
        assert one.prometheus.url != two.prometheus.url
        assert one.alertmanager.url != two.alertmanager.url


def test_a_second_broker_runs_beside_the_first(rabbitmq: servers.Broker, tmp_path: Path) -> None:
    with servers.running(tmp_path, servers.RABBITMQ) as stack:
        assert stack.rabbitmq.amqp_port != rabbitmq.amqp_port
        with pika.BlockingConnection(pika.URLParameters(stack.rabbitmq.amqp_url("/"))) as connection:
            assert connection.is_open


def test_every_server_listens_on_loopback_alone(tmp_path: Path) -> None:
    with servers.running(tmp_path, *ROWS) as stack:
        listening = {
            connection.laddr.ip
            for process in stack.supervisor.processes.values()
            for connection in psutil.Process(process.pid).net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
    assert listening <= {LOOPBACK, "::1"}
    assert LOOPBACK in listening


def test_what_is_published_by_mqtt_waits_in_a_queue_of_its_own_vhost(rabbitmq: servers.Broker, vhost: str) -> None:
    other = rabbitmq.new_vhost()
    with (
        pika.BlockingConnection(pika.URLParameters(rabbitmq.amqp_url(vhost))) as here,
        pika.BlockingConnection(pika.URLParameters(rabbitmq.amqp_url(other))) as there,
    ):
        channels = [connection.channel() for connection in (here, there)]
        for channel in channels:
            channel.queue_declare("raw.zigbee2mqtt", durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_bind("raw.zigbee2mqtt", "amq.topic", "zigbee2mqtt.#")
        publish(rabbitmq, vhost, "zigbee2mqtt/oximeter", b'{"spo2": 97}')
        arrived = [channel.basic_get("raw.zigbee2mqtt", auto_ack=True)[2] for channel in channels]
    assert arrived == [b'{"spo2": 97}', None]
    rabbitmq.remove_vhost(other)


def publish(rabbitmq: servers.Broker, vhost: str, topic: str, payload: bytes) -> None:
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set(rabbitmq.mqtt_user(vhost), servers.PASSWORD)
    client.connect(LOOPBACK, rabbitmq.mqtt_port)
    client.loop_start()
    client.publish(topic, payload, qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_prometheus_receives_remote_write_and_takes_nine_days_out_of_order(prometheus: servers.WebServer) -> None:
    config = httpx2.get(f"{prometheus.url}/api/v1/status/config").json()["data"]["yaml"]
    assert "out_of_order_time_window: 9d" in config
    flags = httpx2.get(f"{prometheus.url}/api/v1/status/flags").json()["data"]
    assert flags["web.enable-remote-write-receiver"] == "true"
    assert flags["storage.tsdb.retention.time"] == "400d"


def test_the_broker_keeps_its_log_small_and_stops_taking_before_the_disk_is_full(rabbitmq: servers.Broker) -> None:
    asked = "application:get_env(ra, wal_max_size_bytes)."
    assert rabbitmq.control("eval", asked).strip() == f"{{ok,{32 * 2**20}}}"
    assert rabbitmq.control("eval", "rabbit_disk_monitor:get_disk_free_limit().").strip() == str(64 * 2**20)


def test_a_cluster_takes_the_password_and_no_other(postgresql: servers.Cluster) -> None:
    async def asked(password: str) -> int:
        url = postgresql.url("postgres", password).replace("+asyncpg", "")
        connection = await asyncpg.connect(url, timeout=20)
        try:
            return int(await connection.fetchval("SELECT 1"))
        finally:
            await connection.close()

    assert asyncio.run(asked(servers.PASSWORD)) == 1
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(asked("another"))


def test_a_copied_database_has_what_its_template_had_and_a_removed_one_is_gone(postgresql: servers.Cluster) -> None:
    async def tell(database: str, statement: str) -> object:
        connection = await asyncpg.connect(postgresql.url(database).replace("+asyncpg", ""), timeout=20)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    template = postgresql.new_database()
    asyncio.run(tell(template, "CREATE TABLE kept AS SELECT 7 AS number"))
    copy = postgresql.new_database(template)
    assert asyncio.run(tell(copy, "SELECT number FROM kept")) == 7
    postgresql.remove_database(copy)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        asyncio.run(tell(copy, "SELECT 1"))


def test_a_killed_cluster_is_back_with_what_was_kept(tmp_path: Path) -> None:
    with servers.running(tmp_path, servers.POSTGRESQL) as stack:
        name = stack.postgresql.new_database()
        killed = stack.postgresql.pid
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while stack.postgresql.pid == killed or not servers.POSTGRESQL.ready(stack.supervisor.place("postgresql")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert stack.postgresql.new_database(name) != name
    assert not local_postgresql.data(stack.supervisor.place("postgresql")).exists()


HOLDS_A_CLUSTER = """
import sys, time
from pathlib import Path
from provisioning.local import servers

with servers.running(Path(sys.argv[1]), servers.POSTGRESQL) as stack:
    print(stack.postgresql.pid, flush=True)
    time.sleep(600)
"""


def test_what_a_killed_run_left_is_ended_and_removed_by_the_next_in_another_directory(tmp_path: Path) -> None:
    directory = tmp_path / "killed"
    run = subprocess.Popen((sys.executable, "-c", HOLDS_A_CLUSTER, str(directory)), stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    left = psutil.Process(int(run.stdout.readline()))
    run.kill()
    run.communicate(timeout=30)
    place = Place(row="postgresql", directory=directory / "postgresql", ports={})
    assert left.is_running()
    assert local_postgresql.data(place).exists()

    with servers.running(tmp_path / "next", servers.ALERTMANAGER):
        assert not left.is_running()
        assert not local_postgresql.data(place).exists()


def test_a_run_leaves_alone_what_another_still_holds(postgresql: servers.Cluster, tmp_path: Path) -> None:
    with servers.running(tmp_path, servers.ALERTMANAGER):
        assert psutil.pid_exists(postgresql.pid)
        assert local_postgresql.data(postgresql.stack.supervisor.place("postgresql")).exists()
