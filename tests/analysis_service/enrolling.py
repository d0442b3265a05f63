"""An identity provider that enrols gateways, for tests that are not about Keycloak's own part in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis_service.fleet.enroller import Credentials, EnrollerAway

TOKENS = "https://id.example.org/token"


@dataclass
class Provider:
    """An identity provider: numbers the secrets that it gives, and remembers what it was asked."""

    is_there: bool = True
    asked: list[str] = field(default_factory=list)

    def require_configured(self) -> None:
        """It is."""

    async def enrol(self, gateway: str) -> Credentials:
        self._note(f"enrol {gateway}")
        return Credentials(client_id=f"gateway-{gateway}", client_secret=f"s{len(self.asked)}", token_url=TOKENS)

    async def revoke(self, gateway: str) -> None:
        self._note(f"revoke {gateway}")

    def _note(self, what: str) -> None:
        if not self.is_there:
            raise EnrollerAway("nobody answers")
        self.asked.append(what)
