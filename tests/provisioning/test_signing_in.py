"""In the demo's own rows everybody signs in, by one click, and out again."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from chevet.roles import MACHINES
from provisioning import secrets
from provisioning.local import chevet, prometheus
from provisioning.local.supervisor import Supervisor

PEOPLE = tuple(client for client in secrets.CLIENTS if not MACHINES.issuperset(client.roles))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """The issuer and the service; of Prometheus only its port."""
    keys = tmp_path_factory.mktemp("keys")
    with Supervisor(tmp_path_factory.mktemp("stack")) as made:
        issuer, service = chevet.issuer(keys, port=0), chevet.service(keys, port=0)
        made.assign_ports(issuer, service, prometheus.row())
        secrets.make(keys, (), token_url=f"{made.place('issuer').url()}/token")
        made.start(issuer, service)
        yield made


@pytest.fixture
def browser(stack: Supervisor) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=stack.place("service").url(), trust_env=False) as client:
        yield client


def test_there_are_seven_of_them() -> None:
    assert len(PEOPLE) == 7


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.client_id)
def test_each_signs_in_by_a_click_and_out_again(
    person: secrets.Client, browser: httpx2.Client, stack: Supervisor
) -> None:
    asked = browser.get("/sign-in", params={"next": "/healthz"})
    page = browser.get(asked.headers["Location"])
    assert f'value="{person.client_id}"' in page.text
    back = browser.post(asked.headers["Location"], data={"person": person.client_id})
    assert browser.get(back.headers["Location"]).headers["Location"] == "/healthz"
    said = browser.get("/api/v1/session").json()
    assert (said["name"], said["roles"]) == (person.name, list(person.roles))
    ours = {"Origin": stack.place("service").url(), "X-Chevet-CSRF": said["csrf"]}
    then = browser.post("/sign-out", headers=ours).json()["next"]
    assert browser.get(then).headers["Location"] == f"{stack.place('service').url()}/"
    assert browser.get("/api/v1/session").status_code == 401
