"""The body of a remote write request to series and back, bounded before anything is unpacked."""

from __future__ import annotations

import cramjam

from analysis_service.problems import BAD_BATCH, TOO_LARGE, Problem
from chevet.errors import BadWrite, LongWrite
from chevet.remote_write import Series, decode


def unpacked(body: bytes, most_bytes: int) -> bytes:
    """The WriteRequest of a body. Raises Problem 413 or 400, never unpacking more than `most_bytes`."""
    declared = _declared_length(body)
    if declared > most_bytes:
        raise Problem(TOO_LARGE, f"body: expected at most {most_bytes} bytes unpacked, got {declared}", field="body")
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise Problem(
            BAD_BATCH, f"body: expected whole snappy, got one of which it says: {error}", field="body"
        ) from None


def series_of(request: bytes, most_series: int, most_fields: int) -> list[Series]:
    """The series of a WriteRequest. Raises Problem 413 or 400, never reading more than `most_fields`."""
    try:
        series = decode(request, most_fields)
    except LongWrite as error:
        raise Problem(TOO_LARGE, str(error), field=error.field) from None
    except BadWrite as error:
        raise Problem(BAD_BATCH, str(error), field=error.field or "body") from None
    if len(series) > most_series:
        raise Problem(TOO_LARGE, f"body: expected at most {most_series} series, got {len(series)}", field="body")
    return series


def _declared_length(body: bytes) -> int:
    """The length unpacked as snappy's header says it; that is a varint of at most five bytes."""
    length = 0
    for place, byte in enumerate(body[:5]):
        length |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return length
    raise Problem(BAD_BATCH, "body: expected snappy, got something else", field="body")


def packed(request: bytes) -> bytes:
    """A body as stores take it."""
    return bytes(cramjam.snappy.compress_raw(request))
