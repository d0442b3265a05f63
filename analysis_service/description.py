"""What the service says of itself: OpenAPI of which a client can be made, with refusals as what they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from analysis_service.problems import MEDIA_TYPE

JSON = "application/json"


def operation_id(route: APIRoute) -> str:
    """What a client that is generated calls it: its module and its name, such as records_add_patient."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def install(app: FastAPI) -> None:
    """Have `app` describe its refusals as problem+json; FastAPI knows one media type for all answers of a route."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        description: dict[str, Any] = described()
        if fresh:
            for content in _contents(description):
                if MEDIA_TYPE in content and JSON in content:
                    content[MEDIA_TYPE] |= content.pop(JSON)
        return description

    app.openapi = openapi  # type: ignore[method-assign] # as FastAPI's documentation has it


def _contents(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The media types of every answer of every route."""
    for path in description["paths"].values():
        for act in path.values():
            for answer in act["responses"].values():
                yield answer.get("content", {})
