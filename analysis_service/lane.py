"""A short way to one route, past the matching of all others and what the framework puts around an endpoint.

Of a request that brings 500 samples that took longer than looking at them. The route is declared as every other is, and
its own handler answers: whatever does not come by the lane, or where there is none, gets the same from the router.
"""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from analysis_service.answers import refusal


class Lane:
    """Answers for `route`, and passes everything else on. Belongs inside what marks answers and bounds bodies."""

    def __init__(self, app: ASGIApp, route: APIRoute) -> None:
        self.app = app
        self._path = route.path
        self._methods = frozenset(route.methods or ())
        self._handle = route.get_route_handler()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] not in self._methods:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._handle(request)
        except Exception as error:
            response = await refusal(request, error)
        await response(scope, receive, send)
