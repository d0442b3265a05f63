"""A week of alarms as Prometheus would have kept them, typed by hand: of whom, since when and for how long."""

from __future__ import annotations

from collections.abc import Iterator

from alert_rules.groups import ALERTS

HOUR, MINUTE = 3600.0, 60.0
ALARMS = (
    ("ChevetOxygenSaturationLowMedium", "p-ill", 5, 300),
    ("ChevetNews2Emergency", "p-ill", 1.5, 90),
    ("ChevetNews2Urgent", "p-ill", 9, 220),
    ("ChevetRespiratoryRateHighMedium", "p-ill", 20, 45),
    ("ChevetOxygenSaturationLowMedium", "p-ill", 31, 170),
    ("ChevetOxygenSaturationLowHigh", "p-ill", 32, 12),
    ("ChevetNews2Urgent", "p-ill", 50, 130),
    ("ChevetOxygenSaturationLowMedium", "p-ill", 74, 400),
    ("ChevetGlucoseSensorHighMedium", "p-diabetic", 22, 75),
    ("ChevetGlucoseSensorHighMedium", "p-diabetic", 46, 80),
    ("ChevetGlucoseSensorLowMedium", "p-diabetic", 79, 25),
    ("ChevetGlucoseSensorHighMedium", "p-diabetic", 94, 70),
    ("ChevetGlucoseSensorHighMedium", "p-diabetic", 142, 65),
    ("ChevetHeartRateHighHigh", "p-struck", 1.5, 70),
    ("ChevetHeartRateHighMedium", "p-struck", 28, 65),
    ("ChevetSystolicPressureHighHigh", "p-struck", 29, 60),
    ("ChevetBodyTemperatureHighMedium", "p-struck", 27, 180),
    ("ChevetOxygenSaturationSilent", "p-struck", 30, 35),
    ("ChevetHeartRateSilent", "p-struck", 30, 35),
    ("ChevetSensorBatteryLow", "p-well", 26, 1560),
    ("ChevetHeartRateSilent", "p-well", 60, 12),
    ("ChevetBodyTemperatureSilent", "p-well", 118, 30),
    ("ChevetWeightSilent", "p-new", 2, 120),
    ("ChevetSystolicPressureSilent", "p-new", 2, 120),
)
"""Alert, patient, hours ago and minutes. In the last day no more rules than a panel shows: of equals topk takes any."""
_BY_NAME = {alert.name: alert for alert in ALERTS}


def kept(now: float, gateways: dict[str, str]) -> Iterator[str]:
    """ALERTS as OpenMetrics, in order of time for each of them."""
    for name, patient in sorted({(name, patient) for name, patient, _, _ in ALARMS}):
        row = _BY_NAME[name]
        labels = {
            "alertname": name,
            "alertstate": "firing",
            "gateway": gateways[patient],
            "kind": row.kind.value,
            "patient": patient,
            "rule": row.rule,
            "severity": row.severity.value,
            "team": row.team.value,
        }
        series = "ALERTS{" + ",".join(f'{label}="{text}"' for label, text in labels.items()) + "}"
        own = sorted((hours, minutes) for *of, hours, minutes in ALARMS if of == [name, patient])
        for hours, minutes in reversed(own):
            begins = now - hours * HOUR
            yield from (f"{series} 1 {begins + place * MINUTE:.0f}\n" for place in range(minutes + 1))
