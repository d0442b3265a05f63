"""What machines' labels say, in people's words: what became of a message, a sample, an SMS, and what waits where."""

from __future__ import annotations

from dashboards.rows import Words

Called = tuple[tuple[str, Words], ...]


def _called(*rows: tuple[str, str, str]) -> Called:
    return tuple((name, Words(en=en, fr=fr)) for name, en, fr in rows)


SMS = _called(("handed", "handed over", "remis"), ("failed", "failed", "échoués"))
SAMPLES = _called(("stored", "stored", "enregistrés"), ("quarantined", "quarantined", "mis en quarantaine"))
CUTS = _called(("window", "windows", "fenêtres"), ("straggler", "stragglers", "retardataires"))
MESSAGES = _called(
    ("messages, taken", "messages, taken", "messages, pris"),
    ("messages, refused", "messages, refused", "messages, refusés"),
)
REPORTS = _called(
    ("radio, taken", "radio reports, taken", "rapports radio, pris"),
    ("radio, refused", "radio reports, refused", "rapports radio, refusés"),
    ("radio, known", "radio reports, known already", "rapports radio, déjà connus"),
)
JOURNAL = _called(
    ("journal, uncut", "journal, to be cut into windows", "journal, à découper en fenêtres"),
    ("journal, unsent", "journal, to be sent", "journal, à envoyer"),
)
SEVERITIES = _called(
    ("high", "high", "haute"), ("medium", "medium", "moyenne"), ("low", "low", "basse"), ("info", "info", "information")
)
