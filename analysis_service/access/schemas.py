"""What is said of sessions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from analysis_service.wire import Milliseconds
from chevet.roles import Role


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CurrentSession(_Said):
    """Who is signed in in this browser, and what its page sends beside the cookie to change something."""

    id: str
    subject: str
    name: str = Field(examples=["Dr Claire Moreau"])
    roles: list[Role]
    csrf: str = Field(description="the X-Chevet-CSRF of every request that changes something")
    idle_ms: Milliseconds = Field(description="for so long without a request it lasts")
    ends_ms: Milliseconds


class SessionView(_Said):
    """One of the browsers in which the person is signed in."""

    id: str
    current: bool = Field(description="whether it is the one that asks")
    agent: str = Field(examples=["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"])
    created_ms: Milliseconds
    seen_ms: Milliseconds = Field(description="exact to a minute")


class Onward(_Said):
    """Where the browser is sent next."""

    next: str = Field(
        description="ends the session with the identity provider too", examples=["https://chevet.example/"]
    )
