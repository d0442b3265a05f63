"""Every route, asked what nobody would by everybody there is: no answer is a failure of ours, none is undeclared."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup

from analysis_service import app as application
from analysis_service import settings as service_settings
from analysis_service.app import create_app
from chevet.roles import Role
from provisioning import secrets
from tests.analysis_service.conftest import Issuer
from tests.analysis_service.enrolling import Provider
from tests.analysis_service.listening import listening
from tests.analysis_service.signed import provider

EXAMPLES = 2
"""Of each route, half of them wrong on purpose: three thousand requests in all, as each role asks them."""
HELD = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)
GATEWAY = "g01"
HOUR = 3600


@schemathesis.serializer("application/x-protobuf")
def as_bytes(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """What no writer of series would send."""
    return value if isinstance(value, bytes) else repr(value).encode()


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """Tables are not what this is about."""
    return on_sqlite


@pytest.fixture(scope="module")
def signing_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Settings by which people could sign in: or each route of that would only say that nobody can."""
    people = tmp_path_factory.mktemp("people")
    secrets.make(people, ())
    with provider(people) as running:
        yield {name: value for name, value in running.settings.items() if name not in ("jwks_url", "token_issuer")}


@pytest.fixture
def enrolling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who enrols gateways: or each route of that would only say that nobody does."""
    monkeypatch.setattr(application, "enroller_of", lambda _: Provider())


@pytest.fixture
async def app(
    configured: dict[str, object], signing_in: dict[str, object], prometheus, database: None, enrolling: None
) -> Any:
    store = {"remote_write_url": f"{prometheus.url}/api/v1/write", "query_url": prometheus.url}
    return create_app(service_settings.load(**(configured | signing_in | store)))


def token(issuer: Issuer, role: Role | None) -> dict[str, str]:
    if role is None:
        return {}
    claims = {"gateway": GATEWAY} if role is Role.GATEWAY else {}
    return {
        "Authorization": f"Bearer {issuer.token(role.value, sub=f'{role}-1', exp=int(time.time()) + HOUR, **claims)}"
    }


def test_no_route_fails_or_answers_what_it_does_not_declare(app: Any, issuer: Issuer) -> None:
    """What is asked is made once, which takes longer than to ask it, and then asked by each role, and by nobody."""
    schema = schemathesis.openapi.from_dict(app.openapi())
    everybody = {role: token(issuer, role) for role in (*Role, None)}
    wrong: dict[str, str] = {}
    with listening(app) as base:
        operations = [found.ok() for found in schema.get_all_operations()]
        for operation in operations:
            ask(operation, base, everybody, wrong)
    assert len(operations) > 40
    assert not wrong, "\n\n".join(f"{route}\n{what}" for route, what in wrong.items())


def ask(operation: Any, base: str, everybody: dict[Role | None, dict[str, str]], wrong: dict[str, str]) -> None:
    """Ask a route, and write down the first answer to each that is wrong."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def asked(case: Any) -> None:
        for role, headers in everybody.items():
            try:
                case.call_and_validate(base_url=base, headers=headers, checks=HELD)
            except FailureGroup as group:
                what = "\n".join(f"{one.title}: {one.message}" for one in group.exceptions)
                wrong.setdefault(f"{operation.label} as {role or 'nobody'}", what)

    asked()
