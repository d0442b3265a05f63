"""What a simulator refuses: a sentence that names the option and what was expected."""

from __future__ import annotations

from chevet.errors import ChevetError


class BadOption(ChevetError):
    """An option, a script of episodes or a file of homes that cannot be used."""


class NotAsTold(ChevetError):
    """The service answered something else than the story says."""
