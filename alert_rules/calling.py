"""Conditions of a home that can call nobody, or whose alarms do not reach the staff."""

from __future__ import annotations

from alert_rules.conditions import HOME, HOUR, MINUTE, Condition, Unit, of
from alert_rules.rows import Sentence
from chevet import metrics, promql
from chevet.alerts import Outcome
from chevet.severities import Severity

GATEWAY = (metrics.GATEWAY,)
SENDING, POLLING = 15 * MINUTE, HOUR // 2
"""Seconds over which attempts to send, and polls of the sheet, are counted."""
MODEM_SEEN = 7 * 86_400

_READY = promql.by("max", GATEWAY, metrics.MODEM_READY.name)
_WAS_READY = promql.bounded(promql.sampled("max_over_time", metrics.MODEM_READY.name, MODEM_SEEN, HOUR), "==", 1)


def _attempts(outcome: Outcome) -> str:
    counted = promql.selector(metrics.SMS_ATTEMPTS.name, {"outcome": outcome.value})
    return promql.by("sum", GATEWAY, promql.grown(counted, SENDING))


def _polls(outcomes: str) -> str:
    counted = promql.matching(metrics.SHEET_POLLS.name, {"outcome": outcomes})
    return promql.by("sum", GATEWAY, promql.grown(counted, POLLING))


_HANDED = promql.bounded(_attempts(Outcome.HANDED), ">", 0)
_CONFIRMED = promql.bounded(_polls("taken|unchanged|ended|none"), ">", 0)

CALLING = (
    Condition(
        name="ChevetSmsNobody",
        rule="sms.nobody",
        measured=promql.by("max", GATEWAY, metrics.SMS_NOBODY.name),
        bound=1,
        unit=Unit.COUNT,
        lasting=MINUTE,  # one look more than the one at which the sheet may just be changing
        severity=Severity.HIGH,
        whose=HOME,
        what=Sentence(en="alarms about which nobody can be called:", fr="alarmes sans personne à appeler :"),
        first=Sentence(
            en="Open the patient's alarms now and call or go yourself; then enter a contact, or mend the sender.",
            fr="Ouvrir les alarmes du patient, appeler ou y aller soi-même ; puis saisir un contact, réparer l'envoi.",
        ),
    ),
    Condition(
        name="ChevetSmsNoneLeaves",
        rule="sms.none",
        measured=promql.joined(_attempts(Outcome.FAILED), "unless", _HANDED, GATEWAY),
        bound=1,
        unit=Unit.COUNT,
        severity=Severity.HIGH,
        whose=HOME,
        what=Sentence(en="no SMS leaves, failed in 15 min:", fr="aucun SMS ne part, échecs en 15 min :"),
        first=Sentence(
            en="Open the patient's alarms now and call the relative yourself; then look at the modem and the provider.",
            fr="Ouvrir les alarmes du patient, appeler le proche soi-même ; puis voir le modem et l'opérateur.",
        ),
    ),
    Condition(
        name="ChevetSmsFailing",
        rule="sms.failing",
        measured=promql.joined(_attempts(Outcome.FAILED), "and", _HANDED, GATEWAY),
        bound=1,
        unit=Unit.COUNT,
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="SMS failed though others left, in 15 min:", fr="SMS en échec, d'autres partis, en 15 min :"),
        first=Sentence(
            en="See on the alarm which attempt failed and why: a number, a channel, or the provider.",
            fr="Voir sur l'alarme quel essai a échoué et pourquoi : un numéro, un canal, ou l'opérateur.",
        ),
    ),
    Condition(
        name="ChevetModemNotReady",
        rule="modem.not_ready",
        # Of a gateway that never had one nothing is said: it shows 0 for ever.
        measured=promql.joined(_READY, "and", _WAS_READY, GATEWAY),
        operator="==",
        bound=0,
        unit=Unit.STATE,
        lasting=5 * MINUTE,  # the network of a village comes and goes
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(en="modem not ready, no SMS without internet", fr="modem non prêt, aucun SMS sans internet"),
        first=Sentence(
            en="See the gateway's own alert for the reason: SIM card, signal, plug, or gammu-smsd.",
            fr="Voir la raison dans l'alerte de la passerelle : carte SIM, réseau, prise, ou gammu-smsd.",
        ),
    ),
    Condition(
        name="ChevetSheetNotConfirmed",
        rule="sheet.unconfirmed",
        measured=promql.joined(_polls("failed|refused"), "unless", _CONFIRMED, GATEWAY),
        bound=10,
        unit=Unit.COUNT,
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(
            en="contacts and limits not confirmed, polls failed in 30 min:",
            fr="contacts et limites non confirmés, échecs en 30 min :",
        ),
        first=Sentence(
            en="Change no contact or limit of this patient by Chevet alone: call. See urgent's log for the answer.",
            fr="Ne changer ni contact ni limite par Chevet seul : appeler. Voir la réponse au journal d'urgent.",
        ),
    ),
    Condition(
        name="ChevetAlertsUnregistered",
        rule="alerts.unregistered",
        measured=promql.by("max", GATEWAY, metrics.URGENT_UNREGISTERED.name),
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # the broker is away for as long as a restart takes
        severity=Severity.HIGH,
        whose=HOME,
        what=Sentence(en="alarms that the staff does not see:", fr="alarmes que le personnel ne voit pas :"),
        first=Sentence(
            en="Call the home now: something is wrong with the patient there. Then restart the box's broker.",
            fr="Appeler le domicile maintenant : une alarme y est en cours. Puis relancer le broker du boîtier.",
        ),
    ),
    Condition(
        name="ChevetAlertsWaiting",
        rule="alerts.waiting",
        measured=promql.by(
            "max", (metrics.GATEWAY, "reason"), promql.selector(metrics.UPLINK_WAITING.name, {"sent": "alert"})
        ),
        bound=1,
        unit=Unit.COUNT,
        lasting=5 * MINUTE,  # some tries, longer apart each time
        severity=Severity.HIGH,
        whose=of("reason", "gateway"),
        what=Sentence(en="alarms that the service does not take:", fr="alarmes que le service ne prend pas :"),
        first=Sentence(
            en="Call the home now: something is wrong with the patient there. Then tell operations the reason.",
            fr="Appeler le domicile maintenant : une alarme y est en cours. Puis donner la raison à l'exploitation.",
        ),
    ),
    Condition(
        name="ChevetUrgentCatchingUp",
        rule="gateway.catching_up",
        measured=promql.by("max", GATEWAY, metrics.URGENT_CATCHING_UP.name),
        operator="==",
        bound=1,
        unit=Unit.STATE,
        lasting=10 * MINUTE,  # a week's backlog is read in less
        severity=Severity.MEDIUM,
        whose=HOME,
        what=Sentence(
            en="gateway still reads what waited, and calls nobody",
            fr="passerelle en rattrapage, elle n'appelle personne",
        ),
        first=Sentence(
            en="Have somebody look at the patient; then read urgent's log, it may restart again and again.",
            fr="Faire voir le patient ; puis lire le journal d'urgent, qui redémarre peut-être sans cesse.",
        ),
    ),
)
