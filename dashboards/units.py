"""Units of the catalogue and of machinery as Grafana names them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chevet.units import UNITS

SECONDS, DURATION, BYTES, PERCENT, SHARE = "s", "dtdurations", "bytes", "percent", "percentunit"
PER_SECOND, MOMENT, COUNT = "cps", "dateTimeFromNow", "short"

_OWN = {"%": PERCENT, "Cel": "celsius", "g": "massg", "[g]": "accG", "{code}": "none"}

OF_UCUM: Mapping[str, str] = MappingProxyType(
    {unit.ucum: _OWN.get(unit.ucum, f"suffix: {unit.shown}") for unit in UNITS}
)
"""What Grafana has no name for is written behind the number, as people write it."""
