"""What is not told because its cause is: never anything more urgent than the cause, and never a clinical alert by a
technical one, for a patient may be in danger behind a gateway that is silent.

Of an alert that was told, and ends while its cause goes on, Alertmanager does not tell that it has ended: whoever keeps
a record lets go of what is not told again.
"""

from __future__ import annotations

from alert_rules import freshness
from alert_rules.notifications.matchers import ALERT_NAME, RULE, RULE_GROUP, having, of, other_than
from alert_rules.notifications.rows import Inhibition
from chevet import metrics
from chevet.severities import Kind, Severity

_OFFLINE = "gateway.offline"
_OF_THE_WAY = (
    "ChevetNoSamples",
    "ChevetWindowsLate",
    "ChevetServiceErrors",
    "ChevetUplinkStopped",
    "ChevetUplinkBacklog",
    "ChevetUplinkWaiting",
)
"""What follows where the service, or what it needs, is away."""


def _names(name: str, cause: str, *follow: str, equal: tuple[str, ...] = ()) -> Inhibition:
    return Inhibition(name=name, source=(of(ALERT_NAME, cause),), target=(of(ALERT_NAME, *follow),), equal=equal)


def _milder(than: Severity, *milder: Severity) -> Inhibition:
    return Inhibition(
        name=f"{than} of one patient and rule",
        source=(of("kind", Kind.CLINICAL), of("severity", than)),
        target=(of("kind", Kind.CLINICAL), of("severity", *milder), having(metrics.PATIENT), having(RULE)),
        equal=(metrics.PATIENT, RULE),
    )


INHIBITIONS: tuple[Inhibition, ...] = (
    _names("gateways together", "ChevetGatewaysOfflineTogether", "ChevetGatewayOffline"),
    Inhibition(
        name="gateway",
        source=(of(RULE, _OFFLINE),),
        target=(
            of("kind", Kind.TECHNICAL),
            of("severity", Severity.MEDIUM, Severity.LOW),
            other_than(RULE, _OFFLINE),
            having(metrics.GATEWAY),
        ),
        equal=(metrics.GATEWAY,),
    ),
    _names(
        "sensor",
        "ChevetSensorSilent",
        *(alert.name for alert in freshness.GROUP.alerts),
        equal=(metrics.GATEWAY, metrics.DEVICE),
    ),
    _milder(Severity.HIGH, Severity.MEDIUM, Severity.LOW),
    _milder(Severity.MEDIUM, Severity.LOW),
    _names("service", "ChevetServiceDown", "ChevetDependencyDown", "ChevetGatewaysOfflineTogether", *_OF_THE_WAY),
    _names("dependency", "ChevetDependencyDown", *_OF_THE_WAY),
    _names("no samples", "ChevetNoSamples", "ChevetWindowsLate"),
    _names("alertmanager", "ChevetAlertmanagerDown", "ChevetNoAlertmanager", "ChevetNotificationsDropped"),
    _names("quarantine", "ChevetIngestRejecting", "ChevetQuarantineGrowing", "ChevetSamplesSetAside"),
    _names("store's disk", "ChevetStoreUnwritten", "ChevetStoreTrouble", "ChevetStoreRefusesWrites"),
    _names("rules missed", "ChevetRulesMissed", "ChevetRulesSlow", equal=(RULE_GROUP,)),
    _names("no SMS", "ChevetSmsNoneLeaves", "ChevetSmsFailing", "ChevetModemNotReady", equal=(metrics.GATEWAY,)),
    _names(
        "sensor's battery",
        "ChevetSensorBatteryEmpty",
        "ChevetSensorBatteryLow",
        equal=(metrics.GATEWAY, metrics.DEVICE),
    ),
    _names("gateway's battery", "ChevetGatewayBatteryLow", "ChevetGatewayOnBattery", equal=(metrics.GATEWAY,)),
    _names("gateway's disk", "ChevetGatewayDiskNearlyFull", "ChevetGatewayDiskFilling", equal=(metrics.GATEWAY,)),
    _names("gateway's spool", "ChevetSpoolFull", "ChevetSpoolFolding", equal=(metrics.GATEWAY,)),
)
