"""Hands an SMS to a GSM modem by way of gammu-smsd's folders, and finds out what became of it.

A message is a file in the outbox, whole and synced before it has its name. gammu-smsd moves it to `sent` or `error`.
The name carries a key of ours, by which a message that was handed over before a kill is known again: while it lies in
any of the folders it is never written a second time.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from chevet import gsm7
from chevet.errors import ChevetError

SCHEME = "gammu"
SMSDRC = "gammu-smsdrc"
"""The name of gammu-smsd's settings in a folder that a URL names."""

PATIENCE = 40.0
"""Seconds for gammu-smsd to send: some five for each part, and once more after an error."""

PATIENCE_IN_TROUBLE = 10.0
"""Seconds while the modem is known not to be ready: another channel should not wait for it."""

LOOK_AGAIN = 0.2


class BadModem(ChevetError):
    """The settings of gammu-smsd are none that messages can be handed over by."""


class Place(StrEnum):
    """Where a message lies."""

    OUTBOX = "outboxpath"
    SENT = "sentsmspath"
    ERROR = "errorsmspath"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What became of an SMS: `failure` is empty where the sender took it. `known` says that nothing was sent now, for
    it had been before; `detail` is what else the sender tells."""

    failure: str = ""
    detail: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Smsd:
    """One gammu-smsd, known by its settings."""

    settings: Path
    folders: dict[Place, Path]
    log: Path

    def hand_over(self, number: str, text: str, key: str, patience: float = PATIENCE) -> Handover:
        """Put it into the outbox, unless it is known, and wait until it is sent. What is not sent in time is taken
        back: nobody wants to read hours later that help was needed. Raises OSError where a folder takes nothing."""
        known = self.find(key)
        if known is None:
            self._put(number, text, key)
        deadline = time.monotonic() + patience
        while True:
            place = self.find(key)
            if place is Place.SENT:
                return Handover(detail=_in_parts(text), known=known is not None)
            if place is Place.ERROR:
                return Handover(failure="the modem could not send it", known=known is not None)
            if time.monotonic() >= deadline and not self.take_back(key):
                return Handover(failure=f"the modem did not send it within {patience:g} s")
            time.sleep(LOOK_AGAIN)

    def find(self, key: str) -> Place | None:
        """Where the message with `key` lies; it only ever moves on from the outbox, which is asked first."""
        return next((place for place in Place if self._files(place, key)), None)

    def take_back(self, key: str) -> bool:
        """Remove it from the outbox; True where it may still lie somewhere, for gammu-smsd was quicker."""
        for file in self._files(Place.OUTBOX, key):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
                _sync(file.parent)
        return self.find(key) is not None

    def waiting(self) -> int:
        """How many messages lie in the outbox."""
        return len(self._files(Place.OUTBOX))

    def runs(self) -> bool:
        """Whether a process gammu-smsd works by these settings."""
        return any(_is_smsd(line, self.settings) for line in _command_lines())

    def _files(self, place: Place, key: str = "") -> list[Path]:
        return [*self.folders[place].glob(f"OUT*_{key}.txt*" if key else "OUT*")]

    def _put(self, number: str, text: str, key: str) -> None:
        """In UTF-16 with its mark, which gammu-smsd reads alike whatever its locale is; `d` asks for a report."""
        name = f"OUTA{time.strftime('%Y%m%d_%H%M%S', time.gmtime())}_00_{number}_{key}.txtd"
        outbox = self.folders[Place.OUTBOX]
        draft = outbox / f".{name}"
        with draft.open("wb") as file:
            file.write(gsm7.transliterated(text).encode("utf-16"))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(outbox / name)
        _sync(outbox)


def smsd(path: str) -> Smsd:
    """The gammu-smsd whose settings lie at `path`, a file or the folder that it is in. Raises BadModem."""
    file = Path(path) / SMSDRC if Path(path).is_dir() else Path(path)
    rows = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        rows.read_string(file.read_text(encoding="utf-8"))
        own = dict(rows["smsd"])
    except (OSError, UnicodeError, configparser.Error, KeyError) as error:
        raise BadModem(
            f"expected the settings of gammu-smsd, a readable {SMSDRC}, got {type(error).__name__}"
        ) from None
    if own.get("service", "").lower() != "files":
        raise BadModem(f"service: expected files, got {own.get('service', 'nothing')!r}", field="service")
    folders = {place: Path(own.get(place.value, "")) for place in Place}
    for place, folder in folders.items():
        if not own.get(place.value) or not folder.is_dir():
            raise BadModem(f"{place}: expected an existing folder, got {own.get(place.value)!r}", field=place)
    return Smsd(settings=file, folders=folders, log=Path(own.get("logfile", os.devnull)))


def _in_parts(text: str) -> str:
    parts = len(gsm7.parts(gsm7.transliterated(text)))
    return f"in {parts} parts" if parts > 1 else ""


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _command_lines() -> list[list[str]]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found.append(file.read_bytes().decode(errors="replace").split("\0"))
    return found


def _is_smsd(line: list[str], settings: Path) -> bool:
    """Without an option it works by the settings that Debian installs."""
    named = f"/etc/{SMSDRC}" if not any(str(one).startswith(("-c", "--config")) for one in line) else ""
    return Path(line[0]).name == "gammu-smsd" and any(str(settings) in one for one in (*line[1:], named))
