"""The door by which a demo page says what shall happen in a home: small, JSON, on loopback only.

A body must be declared as JSON, which no foreign web page can do without asking first.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any

from chevet.errors import ChevetError, expected
from simulators.episodes import EPISODES
from simulators.errors import BadOption
from simulators.homes import Home, going_on

Body = dict[str, Any]
MAX_BODY = 10_000


def state(home: Home, _body: Body) -> Body:
    """Where the home stands."""
    return {
        "patient_seed": home.patient.seed,
        "at": round(home.at * 1000),
        "speed": home.pace.speed,
        "devices": [{"name": device.name, "model": device.model} for device in home.devices],
        "sent": home.sent,
        "dropped": home.dropped,
        "going_on": going_on(home),
    }


def episodes(_home: Home, _body: Body) -> Body:
    """What can be put on."""
    return {"episodes": [{"name": row.name, "title": row.title} for row in EPISODES]}


def truth(home: Home, _body: Body) -> Body:
    """The truths so far."""
    return {"truth": list(home.lines)}


def start_episode(home: Home, body: Body) -> Body:
    """Start the episode named in the body, at once."""
    lasts = body.get("lasts")
    if lasts is not None and (isinstance(lasts, bool) or not isinstance(lasts, int | float) or not lasts > 0):
        raise BadOption(expected("lasts", "a number of seconds above 0, or none", lasts), field="lasts")
    home.start(str(body.get("name", "")), device=str(body.get("device", "")), lasts=lasts)
    return {"going_on": going_on(home)}


def end_episode(home: Home, body: Body) -> Body:
    """End the episode named in the body."""
    return {"ended": len(home.end(str(body.get("name", ""))))}


def take_off_probe(home: Home, body: Body) -> Body:
    """Take the finger out, until it is put back."""
    if "probe-off" not in going_on(home):
        home.start("probe-off", device=str(body.get("device", "")), lasts=math.inf)
    return {"going_on": going_on(home)}


def put_on_probe(home: Home, _body: Body) -> Body:
    """Put the finger back."""
    return {"ended": len(home.end("probe-off"))}


ROUTES: Mapping[tuple[str, str], Callable[[Home, Body], Body]] = MappingProxyType(
    {
        ("GET", "/"): state,
        ("GET", "/episodes"): episodes,
        ("GET", "/truth"): truth,
        ("POST", "/episodes/start"): start_episode,
        ("POST", "/episodes/end"): end_episode,
        ("POST", "/probe/off"): take_off_probe,
        ("POST", "/probe/on"): put_on_probe,
    }
)


def door(home: Home, port: int) -> ThreadingHTTPServer:
    """A server for `home` on 127.0.0.1:`port` (0: any free one), not yet serving. Raises BadOption."""

    class Answers(_Answers):
        """The answers about this one home."""

        inhabited = home

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), Answers)
    except OSError as error:
        raise BadOption(
            f"--control-port: expected a free port on 127.0.0.1, got {port}: {error.strerror}", field="--control-port"
        ) from None


class _Answers(BaseHTTPRequestHandler):
    inhabited: Home

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        try:
            self._answer(self._body())
        except ChevetError as refusal:
            self._say(400, {"detail": str(refusal)})

    def _body(self) -> Body:
        if self.headers.get_content_type() != "application/json":
            raise BadOption(expected("Content-Type", "application/json", self.headers.get_content_type()))
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            raise BadOption(expected("Content-Length", f"0 to {MAX_BODY}", length))
        try:
            body = json.loads(self.rfile.read(int(length)) or b"{}")
        except ValueError:
            raise BadOption("body: expected JSON, got something else") from None
        if not isinstance(body, dict):
            raise BadOption(expected("body", "a JSON object", body))
        return body

    def _answer(self, body: Body) -> None:
        act = ROUTES.get((self.command, self.path))
        if act is None:
            self._say(404, {"detail": f"expected one of {', '.join(' '.join(route) for route in ROUTES)}"})
            return
        try:
            self._say(200, act(self.inhabited, body))
        except ChevetError as refusal:
            self._say(400, {"detail": str(refusal)})

    def _say(self, status: int, body: Body) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not worth a line."""
