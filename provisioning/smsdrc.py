"""Renders the settings of gammu-smsd, and the folders by which urgent hands SMS over to it: their owner's alone."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

import jinja2

from provisioning.errors import BadSmsdrc

NAME = "gammu-smsdrc"
FOLDERS = ("inbox", "outbox", "sent", "error")
TEMPLATE = """\
# Rendered by `python -m provisioning smsdrc`; started by: gammu-smsd --config {{ file }}
# urgent's channel: gammu://{{ folder }}
[gammu]
device = {{ device }}
connection = {{ connection }}
{% if model %}model = {{ model }}
{% endif %}
[smsd]
service = files
logfile = {{ folder }}/log
debuglevel = 1
{% if pin %}pin = {{ pin }}
{% endif %}
{% for name in folders %}
{{ {"sent": "sentsms", "error": "errorsms"}.get(name, name) }}path = {{ folder }}/{{ name }}/
{% endfor %}
# Looks for a new message, and at the modem's signal, often; asks the network whether a message arrived.
commtimeout = 1
statusfrequency = 15
sendtimeout = 20
maxretries = 1
deliveryreport = log
transmitformat = 7bit
"""


def rendered(folder: Path, *, device: str, connection: str = "at", model: str = "", pin: str = "") -> str:
    """The file's text."""
    template = jinja2.Environment(trim_blocks=True, autoescape=False).from_string(TEMPLATE)  # noqa: S701 - no HTML
    return template.render(
        folder=folder, file=folder / NAME, folders=FOLDERS, device=device, connection=connection, model=model, pin=pin
    )


def make(folder: Path, *, device: str, connection: str = "at", model: str = "", pin: str = "") -> Path:
    """The file in `folder`, 0600 for it may hold the PIN, and its folders, 0700."""
    for one in (folder, *(folder / name for name in FOLDERS)):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder.absolute() / NAME
    text = rendered(path.parent, device=device, connection=connection, model=model, pin=pin)
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
    return path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--directory", type=Path, required=True, metavar="DIR", help="where settings, folders and log are to be")
    add("--device", required=True, help="the modem, such as /dev/serial/by-id/usb-…, which stays the same")
    add("--connection", default="at", help="as gammu names it (default: %(default)s)")
    add("--model", default="", help="as gammu names it (default: found out)")
    add("--pin-file", type=Path, metavar="FILE", help="a file with the SIM card's PIN, readable by its owner alone")


def run(given: argparse.Namespace) -> int:
    """Write it, and say where."""
    pin = "" if given.pin_file is None else _pin(given.pin_file)
    path = make(given.directory, device=given.device, connection=given.connection, model=given.model, pin=pin)
    print(path)
    return 0


def _pin(file: Path) -> str:
    try:
        mode, pin = file.stat().st_mode, file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSmsdrc(f"--pin-file: expected a readable file, got {file} ({error.strerror})") from None
    if mode & 0o077:
        raise BadSmsdrc(f"--pin-file: expected a file that its owner alone may read, got mode {mode & 0o777:o}")
    if not re.fullmatch(r"[0-9]{4,8}", pin):
        raise BadSmsdrc("--pin-file: expected a PIN of 4 to 8 digits, got something else")
    return pin
