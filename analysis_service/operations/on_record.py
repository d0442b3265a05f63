"""What an operator does by a command, as it stands in the audit."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

from analysis_service.asking import Asking
from chevet.roles import Role

METHOD = "COMMAND"


def on_record(command: str, patient: str, who: str, reason: str, at: int) -> Asking:
    """The act of `command` about a patient, by the operator `who`."""
    return Asking(
        scope={"method": METHOD, "route": SimpleNamespace(path=command), "path_params": {"patient": patient}},
        request=str(uuid.uuid4()),
        at=at,
        subject=who,
        name=who,
        roles=frozenset({Role.SRE}),
        right=f"{command} a person",
        reason=reason,
    )
