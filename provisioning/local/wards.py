"""Twenty-eight more patients, simulated straight into ingest: no gateway of theirs runs here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from provisioning.local import probes
from provisioning.local.chevet import python
from provisioning.local.registration import Resident
from provisioning.local.rows import Launch, Place, Row

NAMES = (
    "Amélie Rousseau", "Bernard Girard", "Chantal Dupuis", "Daniel Novak", "Élise Caron", "Farid Haddad",
    "Gisèle Perrin", "Henri Lambert", "Inès Da Silva", "Jacques Meyer", "Khadija Ziani", "Louis Fontaine",
    "Madeleine Roy", "Nadège Colin", "Odette Marchal", "Paul Schneider", "Quentin Leroy", "Rosa Esposito",
    "Simone Barbier", "Thérèse Vidal", "Ugo Ricci", "Viviane Lopez", "William Jensen", "Xavier Blanc",
    "Yvonne Picard", "Zoé Renard", "Albert Nguyen", "Blanche Aubert",
)  # fmt: skip
GATEWAYS = tuple(f"w{number:02}" for number in range(1, len(NAMES) + 1))


def residents(vitals: Mapping[str, list[str]]) -> tuple[Resident, ...]:
    """Their records. Nobody is called about them by a gateway that is not there."""
    return tuple(
        Resident(gateway=gateway, name=name, devices=vitals) for gateway, name in zip(GATEWAYS, NAMES, strict=True)
    )


def row(keys: Path, people: Path) -> Row:
    """One process for all of them. `people` is the file of residents, theirs and the homes'."""

    def launch(place: Place) -> Launch:
        return python(
            *("simulators", "wards", "--service", place.url("http", "service")),
            *("--credentials", str(keys / "gateways"), "--patients", str(people), "--gateways", ",".join(GATEWAYS)),
        )

    return Row(name="wards", launch=launch, ready=probes.started, after=("service", "prometheus"))
