"""Anybody can make a client of what the service says of itself, and that client works."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from analysis_service.app import create_app
from analysis_service.settings import load
from tests.analysis_service.listening import listening

UNREAD = {"POST /api/v1/write"}
"""Protobuf, which gateways' own writers send and no client that is generated."""
READ_AS = {
    "application/problem+json": "application/json",
    "application/pdf": "application/octet-stream",
    "application/zip": "application/octet-stream",
}
"""Types that the generator has to be told of."""


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """Tables are not what this is about."""
    return on_sqlite


@pytest.fixture
async def app(configured: dict[str, object], database: None) -> FastAPI:
    return create_app(load(**configured))


@pytest.fixture
def client(app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package that was generated of the description."""
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(app.openapi()))
    binaries = Path(sys.executable).parent
    chosen = tmp_path / "chosen.json"
    chosen.write_text(json.dumps({"content_type_overrides": READ_AS}))
    command = ["generate", "--path", described, "--output-path", tmp_path / "made", "--config", chosen]
    made = subprocess.run(
        [binaries / "openapi-python-client", *command],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"PATH": f"{binaries}:/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    said = made.stdout + made.stderr
    assert set(re.findall(r"WARNING parsing (\w+ \S+) within .*\. Endpoint", said)) == UNREAD, said
    monkeypatch.syspath_prepend(str(tmp_path / "made"))
    return "chevet_client"


def test_every_route_and_every_shape_has_a_name_of_its_own(app: FastAPI) -> None:
    described = app.openapi()
    names = [act["operationId"] for path in described["paths"].values() for act in path.values()]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert [name for name in described["components"]["schemas"] if "__" in name] == []


def test_a_client_that_was_generated_reads_writes_and_understands_a_refusal(app: FastAPI, client: str, issuer) -> None:
    def act(module: str) -> Any:
        return importlib.import_module(f"{client}.api.{module}")

    models = importlib.import_module(f"{client}.models")
    made = importlib.import_module(client)
    with listening(app) as base:
        doctor = made.AuthenticatedClient(base_url=base, token=issuer.token("doctor", sub="d1"))
        patient = act("records.records_add_patient").sync(client=doctor, body=models.DossierBody(name="Marie Lefèvre"))
        assert [one.name for one in act("records.records_patients").sync(client=doctor)] == ["Marie Lefèvre"]
        nurse = made.AuthenticatedClient(base_url=base, token=issuer.token("nurse", sub="n1"))
        refused = act("observations.observations_listed").sync(patient.patient, client=nurse)
        assert isinstance(refused, models.ProblemBody)
        assert (refused.status, refused.field) == (403, "patient")
