"""The forms that settings of the gateway may have: a type each, which refuses what is none with what was expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from chevet import metrics
from exporters.gateway import addresses


def _require_amqp(url: SecretStr) -> SecretStr:
    scheme = urlsplit(url.get_secret_value()).scheme
    if scheme not in ("amqp", "amqps"):
        raise ValueError(f"expected amqp:// or amqps://, got {scheme + '://' if scheme else 'no scheme'}")
    return url


def _require_http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected http:// or https:// and a host, got {url!r}")
    return url.rstrip("/")


def _require_address(address: str) -> str:
    try:
        addresses.split(address)
    except ValueError as error:
        raise ValueError(f"{error}, got {address!r}") from None
    return address


def _require_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise ValueError(f"expected 1 to 64 letters, digits, - or _, got {name!r}")
    return name


def _require_number(number: str | None) -> str | None:
    if number is not None and not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise ValueError("expected a telephone number such as +33612345678, got another form")
    return number


def _commas(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _require_processes(text: object) -> dict[str, str]:
    """«intake=127.0.0.1:9801,urgent=…» as a mapping. The exporter's page is behind a token, and shows the others."""
    found: dict[str, str] = {}
    for pair in str(text).split(","):
        process, _, address = (part.strip() for part in pair.partition("="))
        if process not in metrics.GATEWAY_PROCESSES or process == "exporter":
            known = " or ".join(name for name in metrics.GATEWAY_PROCESSES if name != "exporter")
            raise ValueError(f"expected process=host:port between commas with the process {known}, got {process!r}")
        found[process] = _require_address(address)
    return found


def _require_radio(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme in ("ezsp", "znp") and parts.path.startswith("/") and not parts.netloc:
        return url
    try:
        simulated = parts.scheme == "simulated" and parts.hostname and parts.port
    except ValueError:
        simulated = False
    if not simulated:
        wanted = "ezsp:///dev/ttyUSB0, znp:///dev/ttyUSB0 or simulated://127.0.0.1:port"
        raise ValueError(f"expected {wanted}, got {url!r}")
    return url


def _require_names(text: object) -> dict[str, str]:
    """«00:12:4b:00:01:02:03:04=oximeter,…» as a mapping, each name once."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in str(text or "").split(","))):
        address, _, name = (part.strip() for part in pair.partition("="))
        if not re.fullmatch(r"([0-9a-f]{2}:){7}[0-9a-f]{2}", address) or not name or not name.isprintable():
            raise ValueError(f"expected 00:12:4b:00:01:02:03:04=name between commas, got {pair!r}")
        if name in found.values() or address in found:
            raise ValueError(f"expected each address and each name once, got {pair!r} again")
        found[address] = name
    return found


Amqp = Annotated[SecretStr, AfterValidator(_require_amqp)]
Http = Annotated[str, AfterValidator(_require_http)]
Address = Annotated[str, AfterValidator(_require_address)]
Name = Annotated[str, AfterValidator(_require_name)]
Number = Annotated[str | None, BeforeValidator(_require_number)]
Names = Annotated[Mapping[str, str], NoDecode, BeforeValidator(_require_names)]
Radio = Annotated[str, AfterValidator(_require_radio)]
Processes = Annotated[Mapping[str, str], NoDecode, BeforeValidator(_require_processes)]
Urls = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_commas)]
