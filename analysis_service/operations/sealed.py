"""One encrypted file of records in their order: AES-256-GCM, each record bound to its place, the last one to the end.

Magic, the header's length, the header as JSON, then for each record its length and its bytes. The data key is of this
file alone, and so a record's number is a nonce that never comes again; it lies in the header, wrapped (RFC 5649) by the
key encryption key. Every record is bound to the header: a header that was changed opens none.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding, aes_key_wrap_with_padding

from analysis_service.operations.refusals import BadBackup

MAGIC = b"CHEVET-BACKUP\n"
FORMAT = 1
KEY_BYTES = 32
MOST_BYTES = 128 * 2**20
"""Of one record, in memory at once. A row with the largest document stays far below."""
MOST_HEADER = 64 * 1024
FAST = 1
"""How hard zlib tries: series are packed already."""
_LENGTH = struct.Struct(">I")
_NONCE = struct.Struct(">QI")


class Sealing:
    """Writes records into `file`, which is empty."""

    def __init__(self, file: BinaryIO, key: bytes, header: Mapping[str, Any]) -> None:
        data_key = AESGCM.generate_key(8 * KEY_BYTES)
        wrapped = base64.b64encode(aes_key_wrap_with_padding(key, data_key)).decode()
        written = json.dumps({**header, "format": FORMAT, "wrapped": wrapped}, sort_keys=True).encode()
        self._file = file
        self._cipher = AESGCM(data_key)
        self._number = 0
        self._bound = hashlib.sha256(written).digest()
        file.write(MAGIC + _LENGTH.pack(len(written)) + written)

    def add(self, record: bytes) -> None:
        """The next one."""
        self._put(record, last=False)

    def finish(self, record: bytes) -> None:
        """The last one."""
        self._put(record, last=True)

    def _put(self, record: bytes, *, last: bool) -> None:
        closed = self._cipher.encrypt(_NONCE.pack(self._number, last), zlib.compress(record, FAST), self._bound)
        if len(closed) > MOST_BYTES:
            raise ValueError(f"record: expected at most {MOST_BYTES} bytes, got {len(closed)}")
        self._file.write(_LENGTH.pack(len(closed)) + closed)
        self._number += 1


class Opening:
    """Reads them. Raises BadBackup for a file that is none, for another key, and where it is not as it was written."""

    def __init__(self, file: BinaryIO, path: Path, key: bytes) -> None:
        self._file = file
        self._path = path
        self.header, written = self._read_header()
        self._bound = hashlib.sha256(written).digest()
        self._cipher = AESGCM(self._data_key(key))

    def __iter__(self) -> Iterator[bytes]:
        """Every record; whoever came to the end has seen all that was written, and in its order."""
        number, last = 0, False
        while not last:
            closed = self._next(number)
            record, last = self._opened(number, closed)
            yield record
            number += 1
        if self._file.read(1):
            raise self._bad(f"expected its end after record {number}, got more")

    def _read_header(self) -> tuple[dict[str, Any], bytes]:
        if self._file.read(len(MAGIC)) != MAGIC:
            raise self._bad("expected a backup of Chevet, got another file")
        length = self._length("its header")
        written = self._bytes(length, "its header") if length <= MOST_HEADER else b""
        try:
            header = json.loads(written)
            found = header["format"]
        except (ValueError, TypeError, LookupError):
            raise self._bad("expected its header as it was written, got something else") from None
        if found != FORMAT:
            raise self._bad(f"expected format {FORMAT}, got {found!r}; restore it with the service that made it")
        return header, written

    def _data_key(self, key: bytes) -> bytes:
        try:
            return aes_key_unwrap_with_padding(key, base64.b64decode(self.header["wrapped"]))
        except (InvalidUnwrap, ValueError, TypeError, LookupError):
            raise self._bad("expected the key that it was made with, got another, or its header was changed") from None

    def _next(self, number: int) -> bytes:
        length = self._length(f"record {number}")
        if length > MOST_BYTES:
            raise self._changed(number)
        return self._bytes(length, f"record {number}")

    def _opened(self, number: int, closed: bytes) -> tuple[bytes, bool]:
        for last in (False, True):
            try:
                opened = self._cipher.decrypt(_NONCE.pack(number, last), closed, self._bound)
            except (InvalidTag, ValueError):
                continue
            return zlib.decompress(opened), last
        raise self._changed(number)

    def _length(self, of: str) -> int:
        length: int = _LENGTH.unpack(self._bytes(_LENGTH.size, of))[0]
        return length

    def _bytes(self, count: int, of: str) -> bytes:
        read = self._file.read(count)
        if len(read) < count:
            raise self._bad(f"expected {of} whole, got the end of the file: it was cut")
        return read

    def _changed(self, number: int) -> BadBackup:
        return self._bad(f"expected record {number} as it was written and in its place, got another")

    def _bad(self, sentence: str) -> BadBackup:
        return BadBackup(self._path, sentence)
