"""What a body of JSON may be, from both sides of each bound."""

from __future__ import annotations

import gc
import json
import resource
import time
from contextlib import suppress

import pytest

from analysis_service.bodies import DEEPEST, charset_of, require_kept, require_legible
from analysis_service.problems import MEDIA_TYPE, Problem

TYPED = {"Content-Type": "application/json"}
MEGABYTE = 1_000_000


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is refused here is refused before any table is looked at."""
    return on_sqlite


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


REFUSED = {
    "10,000 levels of lists": (nested(10_000), "expected JSON at most 32 levels deep, got deeper"),
    "10,000 levels of objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "expected JSON at most 32 levels deep"),
    "one level too many": (nested(DEEPEST + 1), "expected JSON at most 32 levels deep, got deeper"),
    "UTF-16": ('{"name": "x"}'.encode("utf-16"), "expected JSON in UTF-8, got other bytes"),
    "latin-1": ('{"name": "é"}'.encode("latin-1"), "expected JSON in UTF-8, got other bytes"),
    "an overlong form": (b'{"name": "\xc0\x80"}', "expected JSON in UTF-8, got other bytes"),
    "NUL": (b'{"name": "a\\u0000b"}', "expected JSON with characters that can be kept, got NUL or half of one"),
    "NUL in a key": (b'{"a\\u0000b": 1}', "expected JSON with characters that can be kept"),
    "half of a character": (b'{"name": "\\ud83d"}', "expected JSON with characters that can be kept"),
    "a key twice": (b'{"name": "x", "name": "y"}', "expected JSON with each key once, got one twice"),
    "a key twice within": (b'{"a": [{"b": 1, "b": 1}]}', "expected JSON with each key once, got one twice"),
    "NaN": (b'{"name": NaN}', "expected JSON with numbers as JSON has them, got NaN"),
    "infinity": (b'{"name": -Infinity}', "expected JSON with numbers as JSON has them, got -Infinity"),
    "a number of 5,000 digits": (b'{"name": ' + b"9" * 5_000 + b"}", "expected JSON with numbers of sensible length"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_meant_is_refused_with_a_sentence(service_without_store, name: str) -> None:
    service, (body, sentence) = service_without_store, REFUSED[name]
    answer = await service.client.post("/api/v1/patients", content=body, headers=service.as_("doctor") | TYPED)
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.json()["detail"].startswith(f"body: {sentence}")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1,]", b"\xef\xbb\xbf{}", b"nonsense", b"'", b'{"name": "\x00"}', b'{"name": 1}x', nested(DEEPEST)],
    ids=["empty", "open", "comma", "mark", "word", "quote", "raw NUL", "more", "deepest"],
)
async def test_what_is_no_json_or_not_what_was_asked_is_refused_by_the_route(
    service_without_store, body: bytes
) -> None:
    service = service_without_store
    answer = await service.client.post("/api/v1/patients", content=body, headers=service.as_("doctor") | TYPED)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, MEDIA_TYPE), answer.text


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "utf-7", "nonsense", '"'])
async def test_another_charset_is_refused(service_without_store, charset: str) -> None:
    service = service_without_store
    headers = service.as_("doctor") | {"Content-Type": f"application/json; charset={charset}"}
    answer = await service.client.post("/api/v1/patients", content=b'{"name": "x"}', headers=headers)
    assert answer.status_code == (422 if charset != '"' else 201)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_body_of_another_kind_is_refused(service_without_store, media_type: str) -> None:
    service = service_without_store
    headers = service.as_("doctor") | {"Content-Type": media_type}
    answer = await service.client.post("/api/v1/patients", content=b'{"name": "x"}', headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, MEDIA_TYPE)


async def test_of_50_mb_only_the_first_are_held(service_without_store) -> None:
    service = service_without_store
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def much():
        for _ in range(50):
            yield b" " * 1_000_000

    answer = await service.client.post("/api/v1/patients", content=much(), headers=service.as_("doctor") | TYPED)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, MEDIA_TYPE)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kilobytes


def test_what_stands_at_the_bound_is_let_through() -> None:
    require_legible(nested(DEEPEST))
    require_legible(json.dumps({"name": "é", "😀": [1.5, None, True] * 100}).encode(), "utf-8")
    require_legible(b'{"a": 1, "b": {"a": 1}}')
    require_kept(b'["\\\\u0000 \\ud83d\\ude00 \\n"]')
    require_legible(b'["' + b"[{" * 100 + b'\\"[[", "\\\\u0000 \\ud83d\\ude00"]')
    require_legible(b'{"a":[' * (DEEPEST // 2) + b"]}" * (DEEPEST // 2))
    with pytest.raises(Problem):
        require_legible(nested(DEEPEST + 1))


@pytest.mark.parametrize(
    ("begin", "piece", "end"),
    [(b"[", b"[],", b"[]]"), (b'["', b"\\n", b'"]'), (b'"', b'\\"', b""), (b"", b'{"a":', b"")],
    ids=["lists", "escapes", "open", "objects"],
)
def test_of_four_times_as_much_each_takes_nowhere_near_sixteen_times_as_long(
    begin: bytes, piece: bytes, end: bytes
) -> None:
    def took(size: int) -> float:
        body = begin + piece * (size // len(piece)) + end
        return min(looked_at(body) for _ in range(3))

    assert took(MEGABYTE) < 10 * took(MEGABYTE // 4)


def looked_at(body: bytes) -> float:
    """Seconds of processor time, without the collector's: those go by what else the process holds."""
    gc.disable()
    try:
        begun = time.process_time()
        with suppress(Problem):
            require_kept(body)
            require_legible(body)
        return time.process_time() - begun
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (b"application/json", ""),
        (b"application/problem+json", ""),
        (b"Application/JSON; charset=UTF-8", "utf-8"),
        (b'application/json; version=1; charset="utf-8"', "utf-8"),
        (b"text/plain", None),
        (b"application/jsonp", None),
        (b"", None),
    ],
)
def test_json_is_known_by_its_media_type(given: bytes, found: str | None) -> None:
    assert charset_of([(b"accept", b"application/json"), (b"content-type", given)]) == found


def test_what_has_no_media_type_is_not_looked_at() -> None:
    assert charset_of([(b"accept", b"application/json")]) is None
