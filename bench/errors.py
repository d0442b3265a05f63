"""What a measurement refuses, or cannot go on without; each message is a whole sentence."""

from __future__ import annotations

from chevet.errors import ChevetError


class BadOption(ChevetError):
    """An option is not what it should be."""


class Unmeasured(ChevetError):
    """A condition that the measurement waits for did not come to hold within its time."""
