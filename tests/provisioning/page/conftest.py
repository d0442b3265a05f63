"""The page with nothing behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from provisioning.page import app
from provisioning.page.settings import Home, OnCall, PageSettings

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def settings(tmp_path: Path) -> PageSettings:
    credentials = tmp_path / "credentials.json"
    credentials.write_text("{}")
    home = Home(gateway="g01", mode="push", control=NOWHERE, log=tmp_path / "log.jsonl", metrics=f"{NOWHERE}/metrics")
    return PageSettings(
        page_address="127.0.0.1:9",
        link_address="127.0.0.1:9",
        server_url=NOWHERE,
        query_url=NOWHERE,
        nurse_credentials_file=credentials,
        doctor_credentials_file=credentials,
        sre_credentials_file=credentials,
        homes=(home,),
        stack=tmp_path,
        mails=tmp_path / "mails",
        on_call=(OnCall(address="sam@ops.example", language="en"),),
    )


@pytest.fixture
async def page(settings: PageSettings) -> AsyncIterator[httpx2.AsyncClient]:
    created: FastAPI = app.create(settings)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(created), base_url="http://127.0.0.1:8080") as client:
        yield client
