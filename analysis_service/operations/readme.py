"""The page that explains an export to whom it is about, in English and in French."""

from __future__ import annotations

from collections.abc import Sequence

from analysis_service.operations.holdings import HELD
from analysis_service.operations.personal import Fate

EN = """# What Chevet holds of you

Made at {made}. Times that end in `_ms` are milliseconds since 1 January 1970, UTC.
People are named by the subject of their account. Samples are CSV: time, value, labels.

| file | what |
| --- | --- |
{rows}

Left out: {left_out}.

Law keeps a medical record for twenty years after the last stay (Code de la santé publique, R1112-7). The rest is erased
when you ask for it.
"""

FR = """# Ce que Chevet détient à votre sujet

Établi le {made}. Les heures en `_ms` sont des millisecondes depuis le 1er janvier 1970, UTC.
Les personnes sont désignées par l’identifiant de leur compte. Les mesures sont en CSV : heure, valeur, étiquettes.

| fichier | contenu |
| --- | --- |
{rows}

N’y figurent pas : {left_out}.

La loi conserve le dossier médical vingt ans après le dernier séjour (Code de la santé publique, R1112-7). Le reste est
effacé à votre demande.
"""


def readme(made: str, names: Sequence[str]) -> str:
    """Both, one after the other; `names` are those of the series."""
    exported = [holding for holding in HELD if not holding.left_out]
    left = [holding for holding in HELD if holding.left_out]
    english = [f"| records/{one.name}.json | {one.en}; {one.fate} |" for one in exported]
    french = [f"| records/{one.name}.json | {one.fr} ; {FATES_FR[one.fate]} |" for one in exported]
    files = [f"| series/{name}.csv | {name} |" for name in names]
    return "\n".join(
        (
            EN.format(made=made, rows="\n".join(english + files), left_out=", ".join(one.en for one in left)),
            FR.format(made=made, rows="\n".join(french + files), left_out=", ".join(one.fr for one in left)),
        )
    )


FATES_FR = {
    Fate.AT_ONCE: "effacé dès la demande",
    Fate.RECORD: "dossier médical : effacé quand la loi ne le conserve plus",
    Fate.PROOF: "conservé autant que le dossier médical, à titre de preuve ; qui y est nommé est effacé dès la demande",
    Fate.SEALED: "jamais modifié ; sans son dossier le pseudonyme n’est celui de personne",
}
