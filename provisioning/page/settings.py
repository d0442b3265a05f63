"""Settings of the demo's page (CHEVET_*), which the local stack sets; refused with a sentence each."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, FilePath, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from chevet.errors import ChevetError
from exporters.gateway.forms import Address, Http


class Home(BaseModel):
    """A simulated home: the door of its simulator, the log of what it published, and its gateway's own metrics."""

    gateway: str
    mode: Literal["push", "pull"]
    control: Http
    log: Path
    metrics: Http


class Further(BaseModel):
    """Another place to look, or a command that shows it."""

    title: str
    url: str = ""
    command: str = ""


class OnCall(BaseModel):
    """Somebody of operations whose mails are shown."""

    address: str
    language: Literal["en", "fr"]


class PageSettings(BaseSettings):
    """What the page shows and whom it asks."""

    model_config = SettingsConfigDict(env_prefix="CHEVET_", frozen=True)

    page_address: Address
    link_address: Address
    """Where a push gateway thinks that the service is: the page passes it on, or cuts it."""
    server_url: Http
    query_url: Http
    nurse_credentials_file: FilePath
    doctor_credentials_file: FilePath
    sre_credentials_file: FilePath
    homes: tuple[Home, ...]
    further: tuple[Further, ...] = ()
    on_call: tuple[OnCall, ...] = ()
    mails: Path | None = None
    """Where the mailbox keeps what arrived."""
    stack: Path
    """The directory of the stack, in whose record stands which processes run."""
    progress_file: Path | None = None
    """One line of text that says what is still being made ready; gone when all is."""


def read() -> PageSettings:
    """The settings in the environment. Raises ChevetError with a sentence for each that cannot be."""
    try:
        return PageSettings.model_validate({})
    except ValidationError as error:
        lines = [f"CHEVET_{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors()]
        raise ChevetError("\n".join(lines)) from None
