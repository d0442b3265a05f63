"""Twenty-eight more patients, simulated straight into ingest: no gateway of theirs runs here. And a nurse for all."""

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


def rows(keys: Path, people: Path) -> tuple[Row, ...]:
    """The patients, and the nurse. `people` is the file of residents, theirs and the homes'."""
    return _wards(keys, people), _rounds(keys, people)


def _wards(keys: Path, people: Path) -> Row:
    """One process for all of them."""

    def launch(place: Place) -> Launch:
        return python(
            *("simulators", "wards", "--service", place.url("http", "service")),
            *("--credentials", str(keys / "gateways"), "--patients", str(people), "--gateways", ",".join(GATEWAYS)),
        )

    return Row(name="wards", launch=launch, ready=probes.started, after=("service", "prometheus"))


def _rounds(keys: Path, people: Path) -> Row:
    """The nurse who enters what no device says of them, and of the homes' patients."""

    def launch(place: Place) -> Launch:
        return python(
            *("simulators", "rounds", "--service", place.url("http", "service")),
            *("--credentials", str(keys / "clients"), "--patients", str(people)),
        )

    return Row(name="rounds", launch=launch, ready=probes.started, after=("service",))
