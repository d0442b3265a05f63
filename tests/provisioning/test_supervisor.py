"""The supervisor: restarts, the order of stopping, refusals that name, and what a killed run leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from chevet.errors import ChevetError
from provisioning.errors import AlreadyRunning, DidNotStart, PortTaken
from provisioning.local import ports, probes, record, servers
from provisioning.local.chevet import ROOT, python
from provisioning.local.rows import LOOPBACK, Launch, Place, Row, ranks
from provisioning.local.supervisor import Supervisor

ECHO = """
import pathlib, signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path("../ended").open("a").write(sys.argv[2] + " "), sys.exit(0)))
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        server.accept()[0].close()
"""


def eventually(condition: Callable[[], bool], within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def echo(name: str, after: tuple[str, ...] = ()) -> Row:
    """A small process that listens, and notes that it was ended."""

    def launch(place: Place) -> Launch:
        return Launch(command=(sys.executable, "-c", ECHO, str(place.port("tcp")), name))

    return Row(name=name, ports={"tcp": 0}, launch=launch, ready=probes.speaks("tcp"), after=after, stop_within=5.0)


def failing(name: str, after: tuple[str, ...] = ()) -> Row:
    command = (sys.executable, "-c", "print('no licence to run'); raise SystemExit(3)")
    return Row(name=name, launch=lambda _: Launch(command=command), ready=lambda _: False, after=after)


def test_what_dies_is_started_again_on_the_same_port_and_that_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    with Supervisor(tmp_path, told.append) as stack:
        stack.start(echo("one"))
        first, place = stack.processes["one"].pid, stack.place("one")
        os.kill(first, signal.SIGKILL)
        eventually(lambda: stack.processes["one"].pid != first and probes.speaks("tcp")(place))
    assert re.fullmatch(r"one: ended \(signal 9\); starting it again in \d\.\d s", told[0])


def test_whoever_comes_after_another_is_stopped_before_it(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as stack:
        stack.start(echo("first"), echo("second", after=("first",)), echo("third", after=("second",)))
    assert (tmp_path / "ended").read_text().split() == ["third", "second", "first"]


def test_rows_that_wait_for_one_another_are_refused() -> None:
    with pytest.raises(ChevetError, match="a, b: these rows wait for one another in a circle"):
        ranks((echo("a", after=("b",)), echo("b", after=("a",))))


def test_what_does_not_start_is_named_with_the_end_of_its_log_and_the_rest_is_stopped(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as stack:
        stack.launch(echo("good"), failing("bad"))
        good = stack.processes["good"]
        stack.wait("good")
        with pytest.raises(DidNotStart, match=r"(?s)bad: ended \(exit status 3\).*no licence to run"):
            stack.wait()
    assert good.pid
    assert not psutil.pid_exists(good.pid)


def test_whoever_waits_for_one_that_fails_says_for_whom(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as stack:
        stack.launch(failing("bad"), echo("later", after=("bad",)))
        with pytest.raises(DidNotStart, match="later: waits for bad, which did not start"):
            stack.wait("later")


def test_a_default_port_that_is_taken_is_replaced_and_the_replacement_is_told(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as holder:
        taken = holder.getsockname()[1]
        told: list[str] = []
        row = Row(name="web", ports={"http": taken}, launch=servers.ALERTMANAGER.launch, ready=probes.started)
        given = ports.assign((row,), {}, told.append)
    assert given["web"]["http"] != taken
    own = psutil.Process().name()
    assert told == [
        f"web: port {taken} is held by {own} (process {os.getpid()} of {psutil.Process().username()}); "
        f"using {given['web']['http']} instead"
    ]


def test_a_port_that_the_user_set_is_refused_with_who_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row(name="rabbitmq", ports={"amqp": 5672}, launch=servers.ALERTMANAGER.launch, ready=probes.started)
    with socket.create_server((LOOPBACK, 0)) as holder:
        monkeypatch.setenv("CHEVET_RABBITMQ_AMQP_PORT", str(holder.getsockname()[1]))
        with pytest.raises(PortTaken, match=rf"CHEVET_RABBITMQ_AMQP_PORT: .* held by .*process {os.getpid()} "):
            ports.assign((row,), {}, print)


@pytest.mark.parametrize("wanted", ["", "0", "65536", "amqp", "-1", "²"])
def test_a_port_that_is_none_is_refused_by_the_settings_name(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row(name="rabbitmq", ports={"amqp": 5672}, launch=servers.ALERTMANAGER.launch, ready=probes.started)
    monkeypatch.setenv("CHEVET_RABBITMQ_AMQP_PORT", wanted)
    with pytest.raises(PortTaken, match="CHEVET_RABBITMQ_AMQP_PORT: expected a port from 1 to 65535"):
        ports.assign((row,), {}, print)


def test_a_port_that_the_user_set_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ports.free_port()
    monkeypatch.setenv("CHEVET_WEB_HTTP_PORT", str(free))
    row = Row(name="web", ports={"http": 1}, launch=servers.ALERTMANAGER.launch, ready=probes.started)
    assert ports.assign((row,), {}, print) == {"web": {"http": free}}


def test_a_second_supervisor_in_the_same_directory_is_refused_with_the_process_of_the_first(tmp_path: Path) -> None:
    directory = re.escape(str(tmp_path))
    with (
        Supervisor(tmp_path),
        pytest.raises(AlreadyRunning, match=rf"{directory}: a stack already runs .*process {os.getpid()}"),
        Supervisor(tmp_path),
    ):
        pass
    with Supervisor(tmp_path):
        pass


KILLED = """
import pathlib, sys, time
from provisioning.local import servers
with servers.running(pathlib.Path(sys.argv[1]), servers.RABBITMQ, servers.PROMETHEUS):
    print("ready", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_supervisor_leaves_behind_is_ended_by_the_next_one(tmp_path: Path) -> None:
    home = tmp_path / "left over"
    environment = {**os.environ, **python().environment}
    command = (sys.executable, "-c", KILLED, str(home))
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"ready\n"
        supervisor.kill()
    left = {name: psutil.Process(pid) for name, pid in record.living(home).items()}
    assert left.keys() == {"epmd", "rabbitmq", "prometheus"}
    told: list[str] = []
    with Supervisor(home, told.append) as stack:
        assert not [name for name, process in left.items() if process.is_running()]
        assert len(told) == 1
        assert all(f"{name} ({process.pid})" in told[0] for name, process in left.items())
        stack.start(servers.on_free_ports(servers.PROMETHEUS))


def test_a_pid_that_belongs_to_somebody_else_by_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(("sleep", "600")) as stranger:
        noted = {"pid": stranger.pid, "identity": "another boot 12", "ports": {}}
        (tmp_path / record.FILE).write_text(json.dumps({"supervisor": {}, "processes": {"rabbitmq": noted}}))
        assert record.end_leftovers(tmp_path) == {}
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"supervisor": {}}'])
def test_a_record_that_was_cut_short_is_no_obstacle(text: str, tmp_path: Path) -> None:
    (tmp_path / record.FILE).write_text(text)
    with Supervisor(tmp_path):
        pass


TOLD_TO_STOP = """
import signal, threading, time
from provisioning.local import command

def tell():
    begun.wait()
    time.sleep(1)  # most likely it waits by now; where it does not yet, it is told all the same
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

signal.signal(signal.SIGTERM, command.stop_once)
begun = threading.Event()
threading.Thread(target=tell, daemon=True).start()
try:
    begun.set()
    command.until_stopped()
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_signal_that_does_not_wake_the_main_thread_is_heard_all_the_same() -> None:
    """As one that comes in the moment before it begins to wait, which a busy machine makes long."""
    environment = {**os.environ, **python().environment}
    done = subprocess.run(
        (sys.executable, "-c", TOLD_TO_STOP), env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "stopped\n", done.stderr
