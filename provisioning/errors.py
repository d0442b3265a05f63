"""What provisioning refuses, each as a sentence that says what to do about it."""

from __future__ import annotations

from chevet.errors import ChevetError


class NotInstalled(ChevetError):
    """A server's program is not on this machine."""


class PortTaken(ChevetError):
    """A port that the user set is held by somebody else."""


class AlreadyRunning(ChevetError):
    """Another supervisor lives in the same directory."""


class DidNotStart(ChevetError):
    """A process ended, or stayed silent, before it answered for the first time."""


class NotLoopback(ChevetError):
    """Something meant for one machine was asked to listen where others can reach it."""


class BadSecrets(ChevetError):
    """The directory of secrets is not what `python -m provisioning secrets` makes."""


class BadSmsdrc(ChevetError):
    """The settings of gammu-smsd cannot be rendered."""


class BadSite(ChevetError):
    """A site cannot be: one of its fields is not what it should be, or one of its secrets is missing."""


class Refused(ChevetError):
    """Prometheus, Alertmanager or one of their tools does not take what was rendered."""


class NotFetched(ChevetError):
    """A download did not come whole, or is not what was meant."""
