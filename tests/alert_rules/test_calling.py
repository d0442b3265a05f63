"""Alerts of a home that can call nobody, or whose alarms nobody sees, from both sides of their bounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alert_rules import gateways
from tests.alert_rules.conditions import Row, cases
from tests.alert_rules.promtool import Case, failures

OF_GATEWAY = {"gateway": "g01"}
URGENT = 'gateway="g01",process="urgent"'
NOBODY, READY = f"chevet_sms_nobody{{{URGENT}}}", f"chevet_modem_ready{{{URGENT}}}"
FAILED, HANDED = (f'chevet_sms_attempts_total{{{URGENT},outcome="{what}"}}' for what in ("failed", "handed"))
POLLS = f'chevet_sheet_polls_total{{{URGENT},outcome="%s"}}'
UNREGISTERED, CATCHING_UP = f"chevet_urgent_unregistered{{{URGENT}}}", f"chevet_urgent_catching_up{{{URGENT}}}"
WAITING = 'chevet_uplink_waiting{gateway="g01",process="uplink",sent="%s",reason="unavailable"}'

NONE_LEAVES = Row(
    alert="ChevetSmsNoneLeaves",
    rule="sms.none",
    severity="high",
    minutes=0,
    since=8,
    at={FAILED: "_x8 1x30"},
    inside=({FAILED: "_x8 0x9"}, {FAILED: "_x8 1x9", HANDED: "_x8 1x9"}),
    of=OF_GATEWAY,
    says=(
        "no SMS leaves, failed in 15 min: 1 (limit ≥ 1), g01",
        "aucun SMS ne part, échecs en 15 min : 1 (limite ≥ 1), g01",
        "Open the patient's alarms now and call the relative yourself; then look at the modem and the provider.",
        "Ouvrir les alarmes du patient, appeler le proche soi-même ; puis voir le modem et l'opérateur.",
    ),
)

ROWS = (
    Row(
        alert="ChevetSmsNobody",
        rule="sms.nobody",
        severity="high",
        minutes=1,
        at={NOBODY: "1x9"},
        inside=({NOBODY: "0x9"},),
        of=OF_GATEWAY,
        says=(
            "alarms about which nobody can be called: 1 (limit ≥ 1), g01",
            "alarmes sans personne à appeler : 1 (limite ≥ 1), g01",
            "Open the patient's alarms now and call or go yourself; then enter a contact, or mend the sender.",
            "Ouvrir les alarmes du patient, appeler ou y aller soi-même ; puis saisir un contact, réparer l'envoi.",
        ),
    ),
    NONE_LEAVES,
    Row(
        alert="ChevetSmsFailing",
        rule="sms.failing",
        severity="medium",
        minutes=0,
        since=8,
        at={FAILED: "_x8 1x9", HANDED: "_x8 1x9"},
        inside=({FAILED: "_x8 0x9", HANDED: "_x8 1x9"}, {FAILED: "_x8 1x9"}),
        of=OF_GATEWAY,
        says=(
            "SMS failed though others left, in 15 min: 1 (limit ≥ 1), g01",
            "SMS en échec, d'autres partis, en 15 min : 1 (limite ≥ 1), g01",
            "See on the alarm which attempt failed and why: a number, a channel, or the provider.",
            "Voir sur l'alarme quel essai a échoué et pourquoi : un numéro, un canal, ou l'opérateur.",
        ),
    ),
    Row(
        alert="ChevetModemNotReady",
        rule="modem.not_ready",
        severity="medium",
        minutes=5,
        since=3,
        at={READY: "1 1 1 0x9"},
        inside=({READY: "0x12"}, {READY: "1x12"}),
        of=OF_GATEWAY,
        says=(
            "modem not ready, no SMS without internet, g01",
            "modem non prêt, aucun SMS sans internet, g01",
            "See the gateway's own alert for the reason: SIM card, signal, plug, or gammu-smsd.",
            "Voir la raison dans l'alerte de la passerelle : carte SIM, réseau, prise, ou gammu-smsd.",
        ),
    ),
    Row(
        alert="ChevetSheetNotConfirmed",
        rule="sheet.unconfirmed",
        severity="medium",
        minutes=0,
        since=8,
        at={POLLS % "failed": "_x8 9x9", POLLS % "refused": "_x8 1x9"},
        inside=(
            {POLLS % "failed": "_x8 9x9"},
            {POLLS % "failed": "_x8 30x9", POLLS % "unchanged": "_x8 1x9"},
            {POLLS % "failed": "_x8 30x9", POLLS % "none": "_x8 1x9"},
        ),
        of=OF_GATEWAY,
        says=(
            "contacts and limits not confirmed, polls failed in 30 min: 10 (limit ≥ 10), g01",
            "contacts et limites non confirmés, échecs en 30 min : 10 (limite ≥ 10), g01",
            "Change no contact or limit of this patient by Chevet alone: call. See urgent's log for the answer.",
            "Ne changer ni contact ni limite par Chevet seul : appeler. Voir la réponse au journal d'urgent.",
        ),
    ),
    Row(
        alert="ChevetAlertsUnregistered",
        rule="alerts.unregistered",
        severity="high",
        minutes=5,
        at={UNREGISTERED: "1x9"},
        inside=({UNREGISTERED: "0x9"},),
        of=OF_GATEWAY,
        says=(
            "alarms that the staff does not see: 1 (limit ≥ 1), g01",
            "alarmes que le personnel ne voit pas : 1 (limite ≥ 1), g01",
            "Call the home now: something is wrong with the patient there. Then restart the box's broker.",
            "Appeler le domicile maintenant : une alarme y est en cours. Puis relancer le broker du boîtier.",
        ),
    ),
    Row(
        alert="ChevetAlertsWaiting",
        rule="alerts.waiting",
        severity="high",
        minutes=5,
        at={WAITING % "alert": "1x9"},
        inside=({WAITING % "alert": "0x9"}, {WAITING % "batch": "1x9"}),
        of={"gateway": "g01", "reason": "unavailable"},
        says=(
            "alarms that the service does not take: 1 (limit ≥ 1), unavailable of g01",
            "alarmes que le service ne prend pas : 1 (limite ≥ 1), unavailable de g01",
            "Call the home now: something is wrong with the patient there. Then tell operations the reason.",
            "Appeler le domicile maintenant : une alarme y est en cours. Puis donner la raison à l'exploitation.",
        ),
    ),
    Row(
        alert="ChevetUrgentCatchingUp",
        rule="gateway.catching_up",
        severity="medium",
        minutes=10,
        at={CATCHING_UP: "1x20"},
        inside=({CATCHING_UP: "0x20"},),
        of=OF_GATEWAY,
        says=(
            "gateway still reads what waited, and calls nobody, g01",
            "passerelle en rattrapage, elle n'appelle personne, g01",
            "Have somebody look at the patient; then read urgent's log, it may restart again and again.",
            "Faire voir le patient ; puis lire le journal d'urgent, qui redémarre peut-être sans cesse.",
        ),
    ),
)


def _of(alert: str, name: str, series: dict[str, str], at: str, *, told: bool, evaluated: str = "1m") -> Case:
    case = next(case for case in cases(ROWS) if case.alert == alert)
    says = case.says if told else None
    return replace(case, name=f"{alert}: {name}", series=series, at=at, evaluated=evaluated, says=says)


def _of_failures(name: str, values: str, at: str, *, told: bool) -> Case:
    return _of("ChevetSmsNoneLeaves", name, {FAILED: values}, at, told=told)


UNCONFIRMED = {POLLS % "failed": "_x8 9x50", POLLS % "refused": "_x8 1x50"}
ONCE_READY = {READY: "1 0x10090"}
CASES = (
    _of_failures("the very first failure is counted", "_x8 1x30", "8m", told=True),
    _of_failures("for a quarter of an hour", "_x8 1x30", "22m", told=True),
    _of_failures("and then it is over", "_x8 1x30", "23m", told=False),
    _of_failures("one more failure of a counter that was there", "4x20 5x30", "22m", told=True),
    _of_failures("a gateway that was offline for an hour brings no new failure", "4x80 _x60 4x9", "147m", told=False),
    _of("ChevetSheetNotConfirmed", "polls of half an hour count", UNCONFIRMED, "37m", told=True),
    _of("ChevetSheetNotConfirmed", "and no older ones", UNCONFIRMED, "38m", told=False),
    # Looked at when half a week is over, and half a minute before or after the week is.
    _of("ChevetModemNotReady", "ready within a week", ONCE_READY, "604770s", told=True, evaluated="302385s"),
    _of("ChevetModemNotReady", "not ready for a week", ONCE_READY, "604830s", told=False, evaluated="302415s"),
)


def test_every_bound_is_held_from_both_sides(tmp_path: Path) -> None:
    assert failures(tmp_path, [gateways.GROUP], cases(ROWS)) == ""


def test_what_is_counted_and_remembered_is_so_for_its_time_and_no_longer(tmp_path: Path) -> None:
    assert failures(tmp_path, [gateways.GROUP], CASES) == ""
