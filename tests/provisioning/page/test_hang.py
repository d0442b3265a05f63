"""A process that hangs is seen to hang, whoever stopped it, and goes on when it is told to."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from chevet.errors import ChevetError
from provisioning.local import mailbox, probes
from provisioning.local.servers import on_free_ports
from provisioning.local.supervisor import Supervisor
from provisioning.page.hang import Hang


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path) as running:
        running.start(on_free_ports(mailbox.MAILBOX))
        yield running


def test_a_process_that_hangs_answers_nobody_and_goes_on_where_it_stood(stack: Supervisor) -> None:
    hang, place = Hang(stack.directory, "mailbox"), stack.place("mailbox")
    speaks = probes.speaks("smtp", b"", b"220 ")
    pid = stack.processes["mailbox"].pid
    assert not hang.there
    hang.begin()
    eventually(lambda: hang.there)
    assert not speaks(place)
    hang.end()
    eventually(lambda: not hang.there and speaks(place))
    assert stack.processes["mailbox"].pid == pid


def test_whoever_stopped_it_it_is_seen(stack: Supervisor) -> None:
    hang = Hang(stack.directory, "mailbox")
    os.kill(stack.processes["mailbox"].pid, signal.SIGSTOP)
    eventually(lambda: hang.there)


def test_a_stack_ends_though_one_of_its_processes_hangs(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as running:
        running.start(on_free_ports(mailbox.MAILBOX))
        pid = running.processes["mailbox"].pid
        Hang(tmp_path, "mailbox").begin()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_does_not_run_cannot_hang_and_is_refused_by_name(tmp_path: Path) -> None:
    assert not Hang(tmp_path, "service").there
    with pytest.raises(ChevetError, match="service: expected a process that runs"):
        Hang(tmp_path, "service").begin()


async def test_the_page_refuses_an_act_that_there_is_not_and_says_what_hangs_not(page: httpx2.AsyncClient) -> None:
    pressed = {"X-Chevet-Page": "1"}
    assert "expected hang or go-on" in (await page.post("/actions/service/explode", headers=pressed)).json()["said"]
    answer = await page.post("/actions/service/hang", headers=pressed)
    assert (answer.status_code, "expected a process that runs" in answer.json()["said"]) == (502, True)
    assert (await page.post("/actions/service/hang")).status_code == 403
