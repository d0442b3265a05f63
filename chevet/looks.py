"""What a look was, in words for the person who was looked at: by the right that it was done by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chevet.plain_words import Words
from chevet.roles import Right


def _words(en: str, fr: str) -> Words:
    return Words(en=en, fr=fr)


OF_RIGHT: Mapping[Right, Words] = MappingProxyType(
    {
        Right.READ_ALERTS: _words("looked at your alerts", "a regardé vos alertes"),
        Right.READ_PLAIN_ALERTS: _words("looked at your alerts", "a regardé vos alertes"),
        Right.TAKE_ALERTS: _words("looks after an alert of yours", "s'occupe d'une de vos alertes"),
        Right.READ_TECHNICAL_ALERTS: _words("looked at alerts of devices", "a regardé des alertes d'appareils"),
        Right.CREATE_DOSSIERS: _words("created your dossier", "a créé votre dossier"),
        Right.READ_DOSSIERS: _words("looked at your dossier", "a regardé votre dossier"),
        Right.CHANGE_DOSSIERS: _words("changed your dossier", "a modifié votre dossier"),
        Right.READ_TEAMS: _words("looked at who cares for you", "a regardé qui vous soigne"),
        Right.CHANGE_TEAMS: _words("changed who cares for you", "a modifié qui vous soigne"),
        Right.BREAK_GLASS: _words(
            "opened your dossier in an emergency", "a ouvert votre dossier dans une situation d'urgence"
        ),
        Right.REVIEW_BREAK_GLASS: _words(
            "reviewed that your dossier was opened in an emergency",
            "a examiné l'ouverture de votre dossier dans une situation d'urgence",
        ),
        Right.READ_VITALS: _words("looked at your measurements", "a regardé vos mesures"),
        Right.QUERY_SERIES: _words("looked at your curves", "a regardé vos courbes"),
        Right.QUERY_CLINICAL: _words("looked at your curves", "a regardé vos courbes"),
        Right.READ_STATE: _words("looked at how you are", "a regardé comment vous allez"),
        Right.READ_FLEET: _words("looked at your devices", "a regardé vos appareils"),
        Right.READ_OBSERVATIONS: _words("looked at what was observed", "a regardé ce qui a été observé"),
        Right.ENTER_OBSERVATIONS: _words("entered what was observed", "a saisi ce qui a été observé"),
        Right.READ_MEASUREMENTS: _words("looked at your measurements", "a regardé vos mesures"),
        Right.ENTER_MEASUREMENTS: _words("entered a measurement", "a saisi une mesure"),
        Right.READ_REPORTS: _words("read your reports", "a lu vos comptes rendus"),
        Right.WRITE_REPORTS: _words("wrote a report about you", "a écrit un compte rendu à votre sujet"),
        Right.RELEASE_REPORTS: _words("released a report to you", "vous a remis un compte rendu"),
        Right.READ_FEELINGS: _words("read how you feel", "a lu comment vous vous sentez"),
        Right.MARK_FEELINGS: _words("read how you feel", "a lu comment vous vous sentez"),
        Right.WRITE_FEELINGS: _words("wrote how you feel", "a écrit comment vous vous sentez"),
        Right.READ_LIMITS: _words("looked at your limits", "a regardé vos limites"),
        Right.PROPOSE_LIMITS: _words("proposed a limit for you", "a proposé une limite pour vous"),
        Right.SIGN_LIMITS: _words("signed a limit for you", "a signé une limite pour vous"),
        Right.READ_CONSENT: _words("looked at what you granted", "a regardé ce que vous avez accordé"),
        Right.GIVE_CONSENT: _words("changed what you granted", "a modifié ce que vous avez accordé"),
        Right.INVITE_PATIENTS: _words("made a code for your dossier", "a créé un code pour votre dossier"),
        Right.READ_OWN_AUDIT: _words("looked at who read yours", "a regardé qui vous a lu"),
        Right.EXPORT_OWN: _words("took a copy of your data", "a pris une copie de vos données"),
    }
)
OTHER = _words("looked at something about you", "a regardé quelque chose à votre sujet")


def look(right: str) -> Words:
    """The words for what was done by `right`, as it stands in the record."""
    return OF_RIGHT.get(Right(right), OTHER) if right in tuple(Right) else OTHER
