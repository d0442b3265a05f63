"""The addresses that Grafana asks: those of Prometheus's HTTP API that read series, under /prometheus."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel

from analysis_service.access.service import SeriesReader
from analysis_service.query.parameters import FORM, Parameters, parameters
from analysis_service.query.refusals import DECLARED, NOT_FOUND, PrometheusRoute, QueryRefused
from analysis_service.query.service import Query

router = APIRouter(prefix="/prometheus/api/v1", tags=["query"], route_class=PrometheusRoute, responses=DECLARED)


class Answer(BaseModel):
    """As Prometheus answers; `data` is its own."""

    status: Literal["success"] = "success"
    data: Any


def _query(request: Request) -> Query:
    query: Query = request.app.state.query
    return query


Asked = Annotated[Query, Depends(_query)]
Given = Annotated[Parameters, Depends(parameters)]
Label = Annotated[str, Path(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128, examples=["patient"])]

_QUERY, _TIMEOUT = ("query", "an expression in PromQL"), ("timeout", "how long Prometheus may take")
_MATCH, _START, _END = ("match[]", "a selector; may come again"), ("start", "since when"), ("end", "until when")


def _documented(*named: tuple[str, str]) -> dict[str, Any]:
    """What OpenAPI says of the parameters, which may stand in the address or in a form."""
    fields = {name: {"type": "string", "description": what} for name, what in named}
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": field} for name, field in fields.items()
        ],
    }


@router.get("/query", openapi_extra=_documented(_QUERY, ("time", "when, else now"), _TIMEOUT))
async def query(who: SeriesReader, asked: Asked, given: Given) -> Answer:
    """An expression at one moment."""
    return Answer(data=await asked.instant(who, given))


@router.get("/query_range", openapi_extra=_documented(_QUERY, _START, _END, ("step", "seconds"), _TIMEOUT))
async def query_range(who: SeriesReader, asked: Asked, given: Given) -> Answer:
    """An expression at each step of a stretch of time."""
    return Answer(data=await asked.stretch(who, given))


@router.get("/series", openapi_extra=_documented(_MATCH, _START, _END))
async def series(who: SeriesReader, asked: Asked, given: Given) -> Answer:
    """The series that match."""
    return Answer(data=await asked.series(who, given))


@router.get("/labels", openapi_extra=_documented(_MATCH, _START, _END))
async def labels(who: SeriesReader, asked: Asked, given: Given) -> Answer:
    """The names of labels, of what matches or of all that may be seen."""
    return Answer(data=await asked.labels(who, given))


@router.get("/label/{name}/values", openapi_extra=_documented(_MATCH, _START, _END))
async def label_values(who: SeriesReader, asked: Asked, given: Given, name: Label) -> Answer:
    """The values of a label, of what matches or of all that may be seen."""
    return Answer(data=await asked.values(who, given, name))


@router.get("/metadata", openapi_extra=_documented(("metric", "the name of one")))
async def metadata(who: SeriesReader, asked: Asked, given: Given) -> Answer:
    """What the metrics are that may be asked for."""
    return Answer(data=await asked.metadata(who, given))


_FORM = {"requestBody": {"required": False, "content": {FORM: {"schema": {"type": "object"}}}}}
"""Prometheus takes the same by POST, for long expressions."""

for _path, _act in (
    ("/query", query),
    ("/query_range", query_range),
    ("/series", series),
    ("/labels", labels),
    ("/label/{name}/values", label_values),
    ("/metadata", metadata),
):
    router.post(_path, openapi_extra=_FORM, name=f"{_act.__name__}_by_form")(_act)


@router.api_route("/{path:path}", methods=["GET", "POST"], include_in_schema=False)
async def elsewhere(who: SeriesReader, path: str) -> None:
    """Rules, targets, exemplars and all that a Prometheus says unfiltered: Grafana takes a 404 for an older one."""
    raise QueryRefused("expected query, query_range, series, labels, label or metadata", field="path", kind=NOT_FOUND)
