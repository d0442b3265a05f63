"""How often hypothesis tries: enough for the laws to break, little enough for the folder to run in a minute."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "chevet", max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("chevet")
