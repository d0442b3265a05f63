"""Who lives in the demo: the people of its homes, with their relatives, and those of the wards."""

from __future__ import annotations

from provisioning.local import homes, wards
from provisioning.local.registration import Resident
from provisioning.local.supervisor import Supervisor

NAMES = {"g01": "Marie Lefèvre", "g02": "Georges Okafor"}


def residents(stack: Supervisor) -> tuple[Resident, ...]:
    """Everybody, with the relatives of those who have a whole gateway."""
    vitals = homes.expected_vitals()
    everything = sorted({vital for device in vitals.values() for vital in device})
    living = []
    for home in homes.HOMES:
        first = {"number": home.contact, "language": home.language, "order": 1, "signals": everything}
        second = {"number": homes.NIGHT_NURSE, "language": "fr", "order": 2, "signals": []}
        exporter = stack.place(homes.row_name(home, "exporter")).address("http")
        living.append(
            Resident(
                gateway=home.gateway,
                name=NAMES[home.gateway],
                contacts=(first, second),
                devices=vitals,
                pull_address=exporter if home.mode == "pull" else None,
            )
        )
    return (*living, *wards.residents(vitals))
