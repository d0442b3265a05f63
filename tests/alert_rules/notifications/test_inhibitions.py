"""What is not told while its cause is: each row by real alerts, and told as soon as the cause is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from alert_rules.notifications.inhibitions import INHIBITIONS
from tests.alert_rules.notifications.receiving import eventually
from tests.alert_rules.notifications.telling import Alertmanager, alert, over, telling

Named = tuple[str, dict[str, str]]
G01, G02 = {"gateway": "g01"}, {"gateway": "g02"}
WATCH, SCALE = {**G01, "device": "watch", "patient": "p1"}, {**G01, "device": "scale", "patient": "p1"}
RULES, OTHERS = {"rule_group": "rules.yml;chevet-sustained"}, {"rule_group": "rules.yml;chevet-service"}
UNRELATED: Named = ("ChevetRulesFailing", RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """By hand: while `source` fires `targets` are not told, and `spared` are."""

    row: str
    source: Named
    targets: tuple[Named, ...]
    spared: tuple[Named, ...] = (UNRELATED,)


def _all(*names: str) -> tuple[Named, ...]:
    return tuple((name, {}) for name in names)


WAY = _all(
    "ChevetNoSamples",
    "ChevetServiceErrors",
    "ChevetUplinkStopped",
    "ChevetUplinkBacklog",
    "ChevetUplinkWaiting",
)
LATE = _all("ChevetWindowsLate")  # alone, for those of WAY inhibit it, too

CASES = (
    Case(
        row="gateways together",
        source=("ChevetGatewaysOfflineTogether", {}),
        targets=(("ChevetGatewayOffline", G01), ("ChevetGatewayOffline", G02)),
        spared=(("ChevetGatewayNeverHeard", {"gateway": "g03", "patient": "p3"}),),
    ),
    Case(
        row="gateway",
        source=("ChevetGatewayOffline", G01),
        targets=(
            ("ChevetHeartRateSilent", WATCH),
            ("ChevetSensorBatteryLow", WATCH),
            ("ChevetGatewayProcessDown", {**G01, "process": "uplink"}),
            ("ChevetUplinkBacklog", G01),
        ),
        spared=(
            ("ChevetSmsNobody", G01),
            ("ChevetHeartRateLowMedium", WATCH),
            ("ChevetUplinkStopped", G02),
            ("ChevetStoreDropsSamples", {}),
        ),
    ),
    Case(
        row="gateway",
        source=("ChevetGatewayNeverHeard", {**G01, "patient": "p1"}),
        targets=(("ChevetSensorSilent", WATCH),),
    ),
    Case(
        row="sensor",
        source=("ChevetSensorSilent", WATCH),
        targets=(
            ("ChevetHeartRateSilent", WATCH),
            ("ChevetOxygenSaturationSilent", WATCH),
            ("ChevetActivitySilent", WATCH),
        ),
        spared=(("ChevetWeightSilent", SCALE), ("ChevetHeartRateSilent", {**WATCH, **G02})),
    ),
    Case(
        row="high of one patient and rule",
        source=("ChevetHeartRateLowHigh", WATCH),
        targets=(("ChevetHeartRateLowMedium", WATCH),),
        spared=(
            ("ChevetHeartRateHighMedium", WATCH),
            ("ChevetOxygenSaturationLowMedium", WATCH),
            ("ChevetHeartRateLowMedium", {"gateway": "g02", "device": "watch", "patient": "p2"}),
        ),
    ),
    Case(
        row="medium of one patient and rule",
        source=("ChevetGlucoseBelow54Day", WATCH),
        targets=(("ChevetGlucoseBelow70Day", WATCH),),
        spared=(("ChevetGlucoseBelow70Day", {**WATCH, "patient": "p2"}), ("ChevetGlucoseBelow70Fortnight", WATCH)),
    ),
    Case(
        row="service",
        source=("ChevetServiceDown", {}),
        targets=(("ChevetGatewaysOfflineTogether", {}), ("ChevetDependencyDown", {"part": "database"})),
    ),
    Case(row="service", source=("ChevetServiceDown", {}), targets=WAY),
    Case(row="service", source=("ChevetServiceDown", {}), targets=LATE),
    Case(row="dependency", source=("ChevetDependencyDown", {"part": "database"}), targets=WAY),
    Case(row="dependency", source=("ChevetDependencyDown", {"part": "database"}), targets=LATE),
    Case(row="no samples", source=("ChevetNoSamples", {}), targets=LATE),
    Case(
        row="alertmanager",
        source=("ChevetAlertmanagerDown", {}),
        targets=_all("ChevetNoAlertmanager", "ChevetNotificationsDropped"),
    ),
    Case(
        row="quarantine",
        source=("ChevetIngestRejecting", {}),
        targets=(*_all("ChevetQuarantineGrowing"), ("ChevetSamplesSetAside", G01)),
    ),
    Case(
        row="store's disk",
        source=("ChevetStoreUnwritten", {}),
        targets=(*_all("ChevetStoreTrouble"), ("ChevetStoreRefusesWrites", {"code": "500"})),
    ),
    Case(
        row="rules missed",
        source=("ChevetRulesMissed", RULES),
        targets=(("ChevetRulesSlow", RULES),),
        spared=(("ChevetRulesSlow", OTHERS),),
    ),
    Case(
        row="no SMS",
        source=("ChevetSmsNoneLeaves", G01),
        targets=(("ChevetSmsFailing", G01), ("ChevetModemNotReady", G01)),
        spared=(("ChevetModemNotReady", G02),),
    ),
    Case(
        row="sensor's battery",
        source=("ChevetSensorBatteryEmpty", WATCH),
        targets=(("ChevetSensorBatteryLow", WATCH),),
        spared=(("ChevetSensorBatteryLow", SCALE),),
    ),
    Case(
        row="gateway's battery",
        source=("ChevetGatewayBatteryLow", G01),
        targets=(("ChevetGatewayOnBattery", G01),),
        spared=(("ChevetGatewayOnBattery", G02),),
    ),
    Case(
        row="gateway's disk",
        source=("ChevetGatewayDiskNearlyFull", G01),
        targets=(("ChevetGatewayDiskFilling", G01),),
        spared=(("ChevetGatewayDiskFilling", G02),),
    ),
    Case(
        row="gateway's spool",
        source=("ChevetSpoolFull", {**G01, "process": "intake"}),
        targets=(("ChevetSpoolFolding", G01),),
        spared=(("ChevetSpoolFolding", G02),),
    ),
)


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with telling(tmp_path_factory.mktemp("inhibitions")) as running:
        yield running


def heard(alertmanager: Alertmanager, alerts: list[dict[str, Any]], status: str = "firing") -> list[dict[str, Any]]:
    """Those of which anybody was told."""
    told = [one for posted in tuple(alertmanager.told.posted) for one in posted.alerts]
    known = [one["labels"] for one in told if one["status"] == status]
    return [one for one in alerts if one["labels"] in known]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row}, {case.source[0]} over {case.targets[0][0]}")
def test_what_follows_from_a_cause_is_told_only_where_the_cause_is_not(alertmanager: Alertmanager, case: Case) -> None:
    source = alert(case.source[0], **case.source[1])
    targets, spared = ([alert(name, **labels) for name, labels in some] for some in (case.targets, case.spared))
    last = alert("ChevetPrometheusReloadFailed")
    everything = [source, *targets, *spared, last]

    def all_heard(alerts: list[dict[str, Any]], status: str = "firing") -> bool:
        return heard(alertmanager, alerts, status) == alerts

    alertmanager.told.posted.clear()
    try:
        alertmanager.fire(source, *targets, *spared)
        eventually(lambda: all_heard([source, *spared]), "the cause and what has nothing to do with it")
        alertmanager.fire(last)
        eventually(lambda: all_heard([last]), "what came later still")
        assert not heard(alertmanager, targets)
        alertmanager.fire(over(source))
        eventually(lambda: all_heard(targets), "what followed, once its cause is gone")
    finally:
        alertmanager.fire(*map(over, everything))
    eventually(lambda: all_heard(everything, "resolved"), "the end of each")


def test_every_row_has_its_case() -> None:
    assert {case.row for case in CASES} == {inhibition.name for inhibition in INHIBITIONS}


def test_the_end_of_what_was_told_is_not_told_while_its_cause_goes_on(alertmanager: Alertmanager) -> None:
    """As Alertmanager is: whoever keeps a record lets go of what is not told again."""
    gone, cause = alert("ChevetGatewayOffline", gateway="g09"), alert("ChevetGatewaysOfflineTogether")
    # Told together with the one that ended: when it is told, the end was looked at.
    first, second = alert("ChevetGatewayNotScraped", gateway="g09"), alert("ChevetRulesFailing", rule_group="second")
    alertmanager.told.posted.clear()
    for one in (gone, cause):
        alertmanager.fire(one)
        eventually(lambda one=one: heard(alertmanager, [one]), "that it fires")
    for ended, later in ((gone, first), (cause, second)):
        alertmanager.fire(over(ended))
        alertmanager.fire(later)
        eventually(lambda later=later: heard(alertmanager, [later]), "what came later")
    alertmanager.fire(over(first), over(second))
    eventually(lambda: len(heard(alertmanager, [cause, first, second], "resolved")) == 3, "the end of the others")
    assert not heard(alertmanager, [gone], "resolved")
