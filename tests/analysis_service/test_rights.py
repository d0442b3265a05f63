"""Every route asked by everybody: of each role by whom the patient concerns, and by whom not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI

from analysis_service.app import ROUTERS
from tests.analysis_service.rights.requests import BODIES, WRITTEN, made_for, no_glass, parameters, write_of
from tests.analysis_service.rights.table import ROWS, expected
from tests.analysis_service.rights.world import World, world

REFUSED = (401, 403)


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """Tables are not what this is about."""
    return on_sqlite


@pytest.fixture
async def everybody(serving, prometheus) -> AsyncIterator[World]:
    async with serving(prometheus.url) as service:
        yield await world(service)


@cache
def routes() -> dict[str, set[str]]:
    """Each route, and the statuses that it declares."""
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    paths = app.openapi()["paths"].items()
    return {f"{method.upper()} {path}": set(act["responses"]) for path, acts in paths for method, act in acts.items()}


def test_no_route_is_missing_from_the_table_and_none_is_in_it_that_there_is_not() -> None:
    assert set(ROWS) == set(routes())


async def asked(people: World, route: str, actor: str, made: dict[str, str], newest: str | None) -> tuple[int, str]:
    """What `actor` is answered, who has the newest edition of what the address names."""
    method, template = route.split(" ", 1)
    path = template.format(**made)
    headers: dict[str, str] = {}
    body: Any = BODIES[route](people) if route in BODIES else None
    if route == "POST /api/v1/write":
        headers, body = dict(WRITTEN), write_of(people, people.ids["gateway2" if actor == "gateway2" else "gateway"])
    if newest is not None:
        headers["If-Match"] = newest
    if given := parameters(template, actor):
        path += f"?{urlencode(given)}"
    answer = await people.ask(actor, method, path, body, **headers)
    return answer.status_code, answer.text[:200]


async def edition(people: World, route: str, made: dict[str, str]) -> str | None:
    """The newest of what the address names, as its author sees it; none where the route does not ask for it."""
    if "428" not in routes()[route]:
        return None
    path = route.split(" ", 1)[1].format(**made)
    for named in (path, path.rpartition("/")[0]):
        answer = await people.ask("doctor", "GET", named)
        if "ETag" in answer.headers:
            return str(answer.headers["ETag"])
    return '"1"'


async def test_everybody_is_answered_as_the_table_of_rights_says(everybody: World) -> None:
    """First those who are refused, about one thing; then each who is not, about a new one where they change it."""
    wrong: list[str] = []
    for route, row in ROWS.items():
        answers = expected(row)
        made = await made_for(everybody, route)
        newest, spent = await edition(everybody, route, made), False
        for actor in sorted(answers, key=lambda one: answers[one] not in REFUSED):
            if spent:
                made = await made_for(everybody, route)
                newest = await edition(everybody, route, made)
            answered, said = await asked(everybody, route, actor, made, newest)
            spent = answers[actor] not in REFUSED and not route.startswith("GET ")
            if answered != answers[actor]:
                wrong.append(f"{route}: {actor}: expected {answers[actor]}, got {answered} {said}")
        if "/break-glass" in route:
            await no_glass(everybody)
    assert not wrong, "\n".join(wrong)
